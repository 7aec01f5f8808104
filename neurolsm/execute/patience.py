"""How long to wait for a process that runs a program."""

from __future__ import annotations

from neurolsm.program import Program
from neurolsm.program.spikes import Spikes


def patience(program: Program, inputs: Spikes) -> float:
    """Seconds after which no answer will come: a minute, and ten times the time of a run in which every neuron fires always."""
    return 60.0 + 1e-7 * (inputs.indptr.size - 1) * (1000 + program.n + program.synapses)
