"""Population code: each scalar drives a row of channels with overlapping tuning curves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.describe import checks
from neurolsm.encode.rate import begin_phases, fire, fire_on
from neurolsm.encode.streaming import Memory
from neurolsm.encode.values import Bound, Rows, check_range, read, to_unit
from neurolsm.program.spikes import Spikes

PHASE = 0.5
GRAIN = 1 << 12  # activities are whole multiples of 1 / GRAIN: the last bit of exp differs between platforms


@dataclass(frozen=True, kw_only=True)
class PopulationEncoder:
    """Gaussian tuning curves, then the deterministic rate code.

        activity_k = exp(-((x - c_k) / width)^2 / 2),   c_k = k / (neurons - 1),   x = (value - low) / (high - low) in 0..1

    with ``width`` = overlap / (neurons - 1). Each activity drives a phase accumulator (``RateEncoder``); activities are
    rounded to 1/4096 so that the spikes are the same on every platform. Channel i * neurons + k is curve k of value i.

    Args:
        steps: for how many steps a static value is held, at least 1. Values over time bring their own length.
        neurons: channels per value, at least 2.
        overlap: standard deviation of a curve in spacings of the centres, above 0.
        rate: spikes per step at the centre of a curve, above 0 and at most 1.
        low, high: as in ``RateEncoder``.

    Raises:
        InvalidValue: a field outside its range.

    Example:
        >>> import neurolsm as nl
        >>> spikes = nl.PopulationEncoder(steps=20, neurons=5).encode([[0.5]])
        >>> spikes.dense()[0].sum(axis=0).tolist()  # spikes of the five curves
        [1, 8, 20, 8, 1]
    """

    steps: int = 40
    neurons: int = 8
    overlap: float = 0.75
    rate: float = 1.0
    low: Bound = 0.0
    high: Bound = 1.0

    def __post_init__(self) -> None:
        checks.whole(self, "steps", 1)
        checks.whole(self, "neurons", 2)
        checks.number(self, "overlap", 0, open_low=True, unit="spacings")
        checks.number(self, "rate", 0, 1, open_low=True, unit="spikes per step")
        check_range(self)

    def channels(self, n_values: int) -> int:
        return n_values * self.neurons

    def encode(self, x: Any) -> Spikes:
        """Spikes of static values [B, N], values over time [B, T, N], or a list of [T_i, N]; N * neurons channels."""
        values, steps = read("PopulationEncoder", x)
        return fire(self._activity(values, True), steps, self.steps, self.rate, PHASE)

    def begin(self, n_values: int) -> Memory:
        """Phases before the first value of a series."""
        return begin_phases(self.channels(n_values), PHASE)

    def go_on(self, memory: Memory, values: Rows, hold: int) -> tuple[NDArray[np.bool_], Memory]:
        """The raster of the next values [T, N], each shown for ``hold`` steps."""
        return fire_on(memory, self._activity(values, False), self.rate, hold)

    @np.errstate(under="ignore")  # far from its place a curve is 0
    def _activity(self, values: Rows, say: bool) -> Rows:
        place = to_unit("PopulationEncoder", values, self.low, self.high, say=say)[:, :, None] * (self.neurons - 1)
        activity = np.exp(-(((place - np.arange(self.neurons)) / self.overlap) ** 2) / 2)
        return np.rint(activity * GRAIN).reshape(len(values), self.channels(values.shape[1])) / GRAIN
