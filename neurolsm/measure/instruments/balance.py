"""Balance of excitation and inhibition, as the neurons receive it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurolsm.program import INPUT, Program
from neurolsm.program.spikes import Spikes


@dataclass(frozen=True, eq=False)
class Balance:
    """Synaptic input of the neurons, in thresholds of current a step (one threshold is 64 vth in Loihi arithmetic).

    Attributes:
        excitation, inhibition: mean of each neuron, both positive [N].
        ratio: inhibition over excitation, sums over all neurons; 1 is balance. 0 without excitation.
        recurrent: share of all absolute input that comes from neurons rather than channels.
    """

    excitation: NDArray[np.float64]
    inhibition: NDArray[np.float64]
    ratio: float
    recurrent: float


def balance(program: Program, inputs: Spikes, spikes: Spikes) -> Balance:
    """What excitatory and inhibitory synapses delivered.

        E_i = sum over synapses with w > 0 of w * (spikes of the source) / steps,   I_i likewise with -w for w < 0

    Args:
        program: whose synapses; plastic ones count with the weights it starts from.
        inputs: spikes of the channels.
        spikes: of the neurons in the same run.

    Source: van Vreeswijk and Sompolinsky, Science 274 (1996), for what is balanced.
    """
    rows = max(int(spikes.steps.sum()), 1)
    count = {
        INPUT: np.bincount(inputs.unit, minlength=program.n_inputs),
        "neuron": np.bincount(spikes.unit, minlength=program.n),
    }
    up, down, total = np.zeros(program.n), np.zeros(program.n), {INPUT: 0.0, "neuron": 0.0}
    for p in program.projections:
        sent = p.effective.astype(np.float64) * count[p.source][p.pre]
        up += np.bincount(p.post, np.maximum(sent, 0), program.n)
        down += np.bincount(p.post, np.maximum(-sent, 0), program.n)
        total[p.source] += float(np.abs(sent).sum())
    scale = program.neurons.vth.astype(np.float64) * rows
    everything = total[INPUT] + total["neuron"]
    return Balance(
        excitation=up / scale,
        inhibition=down / scale,
        ratio=float(down.sum() / up.sum()) if up.any() else 0.0,
        recurrent=total["neuron"] / everything if everything else 0.0,
    )
