"""What a live session answers, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurolsm.encode.streaming import Memory
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State
from neurolsm.sequence.features import FeatureMemory


class Step(NamedTuple):
    """What came out of one step.

    Attributes:
        spikes: the neurons that fired in it, ascending, int32.
        readout: numbers of the readout [K], where there is one and it has something to say in this step; else None.
        label: of a classifier; else None.
        confidence: the probability of that label, where the readout gives one; else None.
    """

    spikes: NDArray[np.int32]
    readout: NDArray[np.float64] | None = None
    label: Any = None
    confidence: float | None = None


class Shown(NamedTuple):
    """What came out while values were shown.

    Attributes:
        spikes: of all neurons in all steps, one sample.
        readout: after the last step of each value, [K] for one value, [T, K] for several; None without a readout.
        label: of a classifier, one label or [T]; else None.
        confidence: the probability of that label, where the readout gives one; else None.
    """

    spikes: Spikes
    readout: NDArray[np.float64] | None = None
    label: Any = None
    confidence: float | None = None


@dataclass(eq=False)
class SessionState:
    """Everything that a session has to remember to go on, on any backend.

    Attributes:
        network: of the simulator.
        steps: how many there were.
        encoder: of the encoder; None before the first value, and without an encoder.
        n_values: numbers in each value; None before the first.
        features: of the readout's features; None without.
        within: input channels and spikes of each step of a value that has not ended.
    """

    network: State
    steps: int = 0
    encoder: Memory | None = None
    n_values: int | None = None
    features: FeatureMemory | None = None
    within: tuple[tuple[NDArray[np.int32], NDArray[np.int32]], ...] = ()

    def copy(self) -> SessionState:
        encoder = None if self.encoder is None else self.encoder.copy()
        features = None if self.features is None else self.features.copy()
        within = tuple((heard.copy(), fired.copy()) for heard, fired in self.within)
        return SessionState(self.network.copy(), self.steps, encoder, self.n_values, features, within)
