"""One series through one network: values in, spikes, states and features out. Everybody who computes in time goes this way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.encode.streaming import Memory, Streaming
from neurolsm.encode.values import pack
from neurolsm.errors import refuse
from neurolsm.execute.backend import Simulator
from neurolsm.memory import require
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State
from neurolsm.sequence.features import FeatureMemory, StepFeatures, features_into, threshold_scale
from neurolsm.sequence.series import cut

AT_ONCE = 1 << 22  # entries of rasters and traces that are held at once
SHORTEST = 2


@dataclass(eq=False)
class WalkState:
    """Where a series stands: everything that has to be remembered to go on with its next value, on any backend.

    Attributes:
        network: of the simulator.
        encoder: of the encoder; None where spikes are given.
        features: of the features.
        row: the features after the last value, float32 [F]; zeros before the first.
        values: how many values were shown.
    """

    network: State
    encoder: Memory | None
    features: FeatureMemory
    row: NDArray[np.float32]
    values: int = 0

    def copy(self) -> WalkState:
        memory = None if self.encoder is None else self.encoder.copy()
        return WalkState(self.network.copy(), memory, self.features.copy(), self.row.copy(), self.values)


class Walk:
    """A series that is shown to a network, each value for ``hold`` steps.

    Args:
        simulator: of the program; it belongs to the caller, and to nobody else while the walk goes on.
        encoder: from values to spikes; None: ``push`` takes ``Spikes``, ``hold`` steps for each state.
        features: what is read after each value.
        hold: steps per value, at least 2: an input spike acts one step later, so with 1 a state would not know its own value.
        n_values: numbers in each value of the series, N; the channels where spikes are given.
        start: what the network begins with; None for rest.
        learn: whether a plastic network learns on the way.
        neurons: how many of the first neurons are looked at; None for all.

    Attributes:
        row: the features after the last value, float32 [F].
        values, spikes, synops: how many there were so far.
    """

    def __init__(
        self, simulator: Simulator, encoder: Streaming | None, features: StepFeatures, hold: int, n_values: int,
        *, start: State | None = None, learn: bool = False, neurons: int | None = None,
    ) -> None:  # fmt: skip
        self.simulator, self.encoder, self.features, self.hold, self.n_values = (
            simulator,
            encoder,
            features,
            hold,
            n_values,
        )
        self.learn = learn
        self._start = start
        self._neurons = simulator.program.n if neurons is None else neurons
        self._scale = threshold_scale(simulator.program)[: self._neurons]
        self.width = features.width(self._neurons, n_values, hold)
        self.reset()

    def reset(self) -> None:
        """Before the first value, with the network it began with."""
        program = self.simulator.program
        self.simulator.state = State.rest(program) if self._start is None else self._start
        self._begin()

    def begin_again(self) -> None:
        """Before the first value, with what the network has learned since."""
        state = self.simulator.state
        state.begin_sample(self.simulator.program)
        self.simulator.state = state
        self._begin()

    def _begin(self) -> None:
        self._memory = self.encoder.begin(self.n_values) if self.encoder else None
        self._features = FeatureMemory.empty(self.features, self._neurons, self.hold)
        self.row = np.zeros(self.width, np.float32)
        self.values = self.spikes = self.synops = 0

    @property
    def state(self) -> WalkState:
        """A copy of where the series stands; may be set, also to one that was taken on another backend."""
        return WalkState(self.simulator.state, self._memory, self._features, self.row, self.values).copy()

    @state.setter
    def state(self, state: WalkState) -> None:
        self.simulator.state = state.network
        own = state.copy()
        self._memory, self._features, self.row, self.values = own.encoder, own.features, own.row, own.values

    def push(self, values: NDArray[np.float64] | Spikes) -> NDArray[np.float32]:
        """States [T, F] after each of the next values [T, N]; all pieces of any division give the same."""
        rows = values.steps.sum() // self.hold if isinstance(values, Spikes) else len(values)
        require(
            "Walk", "states", f"{rows:,} states of {self.width:,} features", rows * self.width * 4,
            "Take fewer values at a time, or fewer features",
        )  # fmt: skip
        out = np.empty((rows, self.width), np.float32)
        once = max(AT_ONCE // (self.hold * max(self._neurons, self.simulator.program.n_inputs)), 1)
        for first in range(0, rows, once):
            part = slice(first, min(first + once, rows))
            self._advance(values, part, out[part])
        return out

    def _advance(self, values: NDArray[np.float64] | Spikes, part: slice, out: NDArray[np.float32]) -> None:
        memory = self._memory
        if isinstance(values, Spikes):
            inputs = cut(values, part.start * self.hold, part.stop * self.hold)
        else:
            assert self.encoder is not None and memory is not None
            raster, memory = self.encoder.go_on(memory, values[part], self.hold)
            inputs = pack(raster, np.array([len(raster)], np.int64))
        found = self.simulator.run(inputs, learn=self.learn, carry=True, trace=self.features.states)
        self._memory = memory
        ends = slice(self.hold - 1, None, self.hold)
        states = {name: found.traces[name][ends, : self._neurons] / self._scale for name in self.features.states}
        shown = _input_counts(values, part, self.hold) if isinstance(values, Spikes) else values[part]
        features_into(
            self.features, self._features, self.hold, found.spikes.indptr, found.spikes.unit, states, shown, out
        )
        self.values += len(out)
        self.row = out[-1].copy()
        self.spikes += found.spikes.unit.size
        self.synops += int(found.synops.sum())


def check_hold(owner: str, hold: Any) -> int:
    """Steps a value."""
    if not isinstance(hold, (int, np.integer)) or isinstance(hold, bool) or not SHORTEST <= hold <= 1 << 16:
        limit = f"must be a whole number, at least {SHORTEST}: an input spike acts one step later"
        refuse(owner, "hold", hold, limit, "Show each value for several steps, such as 8")
    return int(hold)


def _input_counts(spikes: Spikes, part: slice, hold: int) -> NDArray[np.int64]:
    """Spikes of each channel in each value."""
    here = cut(spikes, part.start * hold, part.stop * hold)
    row = np.arange(here.indptr.size - 1).repeat(np.diff(here.indptr)) // hold
    count = part.stop - part.start
    return np.bincount(row * here.units + here.unit, minlength=count * here.units).reshape(count, here.units)
