"""What a probe saw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.errors import refuse
from neurolsm.execute.probe import INTEGERS, LEARNED, NEURON, Probe, Synapses
from neurolsm.execute.recording import Recording
from neurolsm.program import Program
from neurolsm.shown import shown


@shown(values="values", neurons="neurons", synapses="synapses.size", samplings="step.size", probe="probe")
@dataclass(frozen=True, eq=False)
class Probed:
    """What a probe saw.

    Attributes:
        recording: spikes, final u and v and synaptic operations, the same as without a probe.
        values: by name, [M, K] of neurons or [M, S] of synapses; M samplings, sample after sample.
        sample, step: of which sample, and after which step of it (0 is its first), each sampling is, int64 [M].
        neurons: their numbers [K].
        synapses: projection, number, source and target of each [S].
        probe, program: what was asked for, and of what.
    """

    recording: Recording
    values: dict[str, NDArray[Any]]
    sample: NDArray[np.int64]
    step: NDArray[np.int64]
    neurons: NDArray[np.int64]
    synapses: Synapses
    probe: Probe
    program: Program

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name not in self.values:
            refuse("Probed", "name", name, f"was not asked for; there are {', '.join(self.values)}", "Add it to what")
        return self.values[name]

    @property
    def ms(self) -> NDArray[np.float64]:
        """Time of each sampling from the start of its sample, on the axis on which step t lies at t dt."""
        return np.multiply(1e3 * self.program.dt, self.step)

    def rows(self, sample: int) -> NDArray[np.int64]:
        """The samplings of one sample.

        Raises:
            InvalidValue: no such sample.
        """
        count = len(self.recording.spikes)
        if isinstance(sample, bool) or not isinstance(sample, (int, np.integer)) or not 0 <= sample < count:
            refuse(
                "Probed", "sample", sample, f"must be 0 to {count - 1}, the samples of the run", "Choose one of them"
            )
        return np.flatnonzero(self.sample == sample)

    def unit(self, name: str) -> str:
        """The unit of a quantity, for the label of an axis."""
        if name == "rate":
            return "Hz"
        if name in LEARNED or self.probe.units == INTEGERS:
            return "integer" if self.program.integer else "as held"
        return "thresholds per step" if name == "bias" else "thresholds"

    def label(self, name: str, column: int) -> str:
        """What a column of a quantity belongs to, such as ``neuron 7`` or ``3 → 7``."""
        if name in NEURON:
            return f"neuron {self.neurons[column]}"
        return f"{self.synapses.pre[column]} → {self.synapses.post[column]}"
