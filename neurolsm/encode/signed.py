"""Rate code for values with a sign: one channel for what is above zero, one for what is below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.describe import checks
from neurolsm.encode.rate import begin_phases, fire, fire_on
from neurolsm.encode.streaming import Memory
from neurolsm.encode.values import Rows, read, to_unit
from neurolsm.program.spikes import Spikes


@dataclass(frozen=True, kw_only=True)
class SignedRateEncoder:
    """On and off channels whose phases grow with the value and with its negative.

        on <- on + rate max(x, 0),   off <- off + rate max(-x, 0);   spike and phase - 1 when phase >= 1,   x = value / high

    Args:
        steps: for how many steps a static value is held, at least 1. Values over time bring their own length.
        rate: spikes per step at the largest magnitude, above 0 and at most 1.
        phase: phase before the first step, 0 to below 1.
        high: magnitude that maps to 1, above 0; what lies beyond is clipped.

    Channels 0..C-1 are on, C..2C-1 are off, as in ``DeltaEncoder``.

    Raises:
        InvalidValue: a field outside its range.

    Example:
        >>> import neurolsm as nl
        >>> spikes = nl.SignedRateEncoder(steps=8).encode([[0.5, -1.0]])
        >>> spikes.dense()[0].sum(axis=0).tolist()  # on of both values, then off of both
        [4, 0, 0, 8]
    """

    steps: int = 40
    rate: float = 1.0
    phase: float = 0.5
    high: float = 1.0

    def __post_init__(self) -> None:
        checks.whole(self, "steps", 1)
        checks.number(self, "rate", 0, 1, open_low=True, unit="spikes per step")
        checks.number(self, "phase", 0, 1 - 2**-32)
        checks.number(self, "high", 0, open_low=True, finite=True)

    def channels(self, n_values: int) -> int:
        return 2 * n_values

    def encode(self, x: Any) -> Spikes:
        """Spikes of static values [B, N], values over time [B, T, N], or a list of [T_i, N]; 2 N channels."""
        values, steps = read("SignedRateEncoder", x)
        return fire(self._activity(values, True), steps, self.steps, self.rate, self.phase)

    def begin(self, n_values: int) -> Memory:
        """Phases before the first value of a series."""
        return begin_phases(self.channels(n_values), self.phase)

    def go_on(self, memory: Memory, values: Rows, hold: int) -> tuple[NDArray[np.bool_], Memory]:
        """The raster of the next values [T, N], each shown for ``hold`` steps."""
        return fire_on(memory, self._activity(values, False), self.rate, hold)

    def _activity(self, values: Rows, say: bool) -> Rows:
        both = np.concatenate([values, -values], axis=1)
        return to_unit("SignedRateEncoder", both, 0.0, self.high, signed=True, say=say)
