"""NeuroBench's complexity metrics of a program, as NeuroBench defines them.

    footprint            bytes of all parameters and buffers
    connection sparsity  zero weights / weights, over the dense matrices inputs x n and n x n where there are such synapses
    activation sparsity  1 - spikes / (neurons steps), over all steps and samples
    effective ACs        nonzero weights reached by spikes, a sample; effective MACs are 0, because spikes are binary
    dense operations     all weights of the dense matrices in every step, per sample

Source: Yik et al., NeuroBench, Nature Communications 16 (2025), and neurobench 2.3, metrics/static and metrics/workload.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from neurolsm.execute.recording import Recording
from neurolsm.program import INPUT, NEURON, Program
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State

FLOAT32 = 4


@dataclass(frozen=True, kw_only=True)
class NeuroBench:
    """The metrics of one program on one set of samples.

    Attributes:
        footprint: bytes of the program's arrays and of its state, as they are here.
        dense_footprint: bytes of its connections as dense float32 matrices, as frameworks on top of PyTorch hold them.
        connection_sparsity, activation_sparsity: 0..1.
        effective_macs, effective_acs, dense: operations per sample.
    """

    footprint: int
    dense_footprint: int
    connection_sparsity: float
    activation_sparsity: float
    effective_macs: float
    effective_acs: float
    dense: float

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self)


def neurobench(program: Program, inputs: Spikes, recording: Recording) -> NeuroBench:
    """The metrics of ``program``, which turned ``inputs`` into ``recording``."""
    cells, zeros = 0, 0
    nonzero_acs = 0
    for source, fired, units in ((INPUT, inputs, program.n_inputs), (NEURON, recording.spikes, program.n)):
        parts = [p for p in program.projections if p.source == source and p.size]
        if not parts:
            continue
        pairs = np.unique(np.concatenate([(p.pre * program.n + p.post)[p.weight != 0] for p in parts]))
        cells += units * program.n
        zeros += units * program.n - pairs.size
        fan_out = np.bincount(pairs // program.n, minlength=units)
        nonzero_acs += int(fan_out[fired.unit].sum())
    steps, samples = int(inputs.steps.sum()), max(len(inputs), 1)
    return NeuroBench(
        footprint=sum(a.nbytes for a in program.arrays().values()) + _bytes(State.rest(program)),
        dense_footprint=FLOAT32 * cells,
        connection_sparsity=zeros / cells if cells else 0.0,
        activation_sparsity=1 - recording.spikes.count / (program.n * steps) if steps else 0.0,
        effective_macs=0.0,
        effective_acs=nonzero_acs / samples,
        dense=cells * steps / samples,
    )


def _bytes(state: State) -> int:
    learned = sum(getattr(part, f.name).nbytes for part in state.plastic for f in fields(part))
    return learned + sum(getattr(value, "nbytes", 0) for value in (getattr(state, f.name) for f in fields(state)))
