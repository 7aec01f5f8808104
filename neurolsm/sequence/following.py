"""What answers in a live session: a readout on the host that was fitted before, or neurons of an on-chip readout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from neurolsm.execute.stepping import Stepper
from neurolsm.program import Program
from neurolsm.program.spikes import Spikes
from neurolsm.sequence.features import FeatureMemory, StepFeatures, features_into, threshold_scale


class Solved(Protocol):
    """Weights of a readout: rows of features [T, F] to [T, K]."""

    def __call__(self, rows: NDArray[np.float32]) -> NDArray[np.float64]: ...


@dataclass(frozen=True, eq=False)
class Following:
    """Features and a fitted readout; it answers after each value, of ``hold`` steps.

    Attributes:
        program, features, hold, n_values: as in ``Walk``.
        solution: the weights.
        classes: of a classifier; else None.
    """

    program: Program
    features: StepFeatures
    hold: int
    n_values: int
    solution: Solved
    classes: NDArray[Any] | None

    def begin(self) -> FeatureMemory:
        """What the features remember before the first value."""
        return FeatureMemory.empty(self.features, self.program.n, self.hold)

    def answer(
        self, memory: FeatureMemory, spikes: Spikes, stepper: Stepper, shown: NDArray[Any]
    ) -> tuple[NDArray[np.float64], Any]:
        """What the readout says after a value [K], and the label; ``memory`` is moved on."""
        states = {name: (getattr(stepper, name) / threshold_scale(self.program))[None] for name in self.features.states}
        row = np.empty((1, self.features.width(self.program.n, self.n_values, self.hold)), np.float32)
        features_into(self.features, memory, self.hold, spikes.indptr, spikes.unit, states, shown[None], row)
        said = self.solution(row)[0]
        return said, None if self.classes is None else self.classes[said.argmax()]


def joined(steps: list[NDArray[np.int32]], units: int) -> Spikes:
    """The spikes of consecutive steps as one sample."""
    indptr = np.concatenate([[0], np.cumsum([one.size for one in steps])]).astype(np.int64)
    unit = np.concatenate([*steps, np.zeros(0, np.int32)]).astype(np.int32)
    return Spikes.made(np.array([len(steps)], np.int64), indptr, unit, units)
