"""Deterministic rate code: a phase that grows with the value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.describe import checks
from neurolsm.encode.streaming import Memory
from neurolsm.encode.values import Bound, Rows, Steps, check_range, join, pack, pieces, read, to_unit
from neurolsm.program.spikes import Spikes

BITS = 32  # phases are whole multiples of 2**-32, so that every platform finds the same spikes
ONE = 1 << BITS


@dataclass(frozen=True, kw_only=True)
class RateEncoder:
    """A spike each time the phase reaches 1.

        phase <- phase + rate x(t);   spike and phase <- phase - 1 when phase >= 1,   x = (value - low) / (high - low) in 0..1

    A constant x held for T steps gives floor(T rate x + phase) spikes, evenly spread. Phases are integers in units of
    2**-32; the increment rounds up, so that a rate of 1/3 fires exactly each third step.

    Args:
        steps: for how many steps a static value is held, at least 1. Values over time bring their own length: the value at
            step t drives step t.
        rate: spikes per step at the largest value, above 0 and at most 1.
        phase: phase before the first step, 0 to below 1; one half rounds the number of spikes to the nearest.
        low, high: values that map to x = 0 and x = 1, one number or one for each value; beyond them values are clipped
            (``count_clipped`` says how many).

    Raises:
        InvalidValue: a field outside its range.

    Example:
        >>> import neurolsm as nl
        >>> nl.RateEncoder(steps=8).encode([[0.5, 0.25]]).dense()[0].T.astype(int).tolist()  # [channel][step]
        [[1, 0, 1, 0, 1, 0, 1, 0], [0, 1, 0, 0, 0, 1, 0, 0]]
    """

    steps: int = 40
    rate: float = 1.0
    phase: float = 0.5
    low: Bound = 0.0
    high: Bound = 1.0

    def __post_init__(self) -> None:
        checks.whole(self, "steps", 1)
        checks.number(self, "rate", 0, 1, open_low=True, unit="spikes per step")
        checks.number(self, "phase", 0, 1 - 1 / ONE)
        check_range(self)

    def channels(self, n_values: int) -> int:
        return n_values

    def encode(self, x: Any) -> Spikes:
        """Spikes of static values [B, N], values over time [B, T, N], or a list of [T_i, N]; one channel per value."""
        values, steps = read("RateEncoder", x)
        return fire(to_unit("RateEncoder", values, self.low, self.high), steps, self.steps, self.rate, self.phase)

    def begin(self, n_values: int) -> Memory:
        """Phases before the first value of a series."""
        return begin_phases(n_values, self.phase)

    def go_on(self, memory: Memory, values: Rows, hold: int) -> tuple[NDArray[np.bool_], Memory]:
        """The raster of the next values [T, N], each shown for ``hold`` steps."""
        return fire_on(memory, to_unit("RateEncoder", values, self.low, self.high, say=False), self.rate, hold)


def fire(x: Rows, steps: Steps | None, length: int, rate: float, phase: float) -> Spikes:
    """The phase accumulator on values in 0..1; ``steps`` is None for static values, held for ``length`` steps."""
    return join([pack(_raster(r, s, rate, phase), s) for r, s in pieces(x, steps, length)], x.shape[1])


@np.errstate(under="ignore")  # a value next to nothing counts up like any above 0
def _raster(rows: Rows, steps: Steps, rate: float, phase: float) -> NDArray[np.bool_]:
    share = np.ceil(rows * rate * ONE)
    increment = share.astype(np.int64).astype(np.uint32)  # 32 bits hold a phase: whole spikes are what leaves them
    after = np.cumsum(increment, axis=0, dtype=np.uint32)
    start = np.cumsum(steps) - steps  # each sample begins afresh
    after += (np.uint32(int(phase * ONE)) - (after[start] - increment[start])).repeat(steps, axis=0)
    return np.asarray((after < increment) | (share >= ONE))  # an increment of a whole spike is 0 here


def begin_phases(channels: int, phase: float) -> Memory:
    """Phases before the first step."""
    return np.full(channels, int(phase * ONE), np.int64)


@np.errstate(under="ignore")  # a value next to nothing counts up like any above 0
def fire_on(memory: Memory, activity: Rows, rate: float, hold: int) -> tuple[NDArray[np.bool_], Memory]:
    """The phase accumulator, going on, with activities in 0..1 [T, channels], each for ``hold`` steps."""
    increment = np.ceil(activity * rate * ONE).astype(np.int64).repeat(hold, axis=0)
    after = np.cumsum(increment, axis=0) + memory
    raster = after >> BITS > (after - increment) >> BITS
    return np.asarray(raster), (after[-1] if len(after) else memory) & (ONE - 1)
