"""Latency code: the larger the value, the earlier its one spike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from neurolsm.describe import checks
from neurolsm.encode.values import PIECE, Bound, check_range, join, pack, read_static, to_unit
from neurolsm.program.spikes import Spikes


@dataclass(frozen=True, kw_only=True)
class LatencyEncoder:
    """One spike per value, at the step

        t = floor((1 - x) (steps - 1) + 1/2),   x = (value - low) / (high - low) in 0..1

    so the largest value fires at step 0 and the smallest at the last step; x at or below ``silent`` does not fire.

    Args:
        steps: length of a sample, at least 1.
        silent: in 0..1; the default keeps values at ``low`` silent.
        low, high: as in ``RateEncoder``.

    Raises:
        InvalidValue: a field outside its range.

    Example:
        >>> import neurolsm as nl
        >>> spikes = nl.LatencyEncoder(steps=11).encode([[1.0, 0.7, 0.0]])
        >>> [part.tolist() for part in spikes.events(0)]  # steps and channels; the value 0 stays silent
        [[0, 3], [0, 1]]
    """

    steps: int = 40
    silent: float = 0.0
    low: Bound = 0.0
    high: Bound = 1.0

    def __post_init__(self) -> None:
        checks.whole(self, "steps", 1)
        checks.number(self, "silent", 0, 1)
        check_range(self)

    def channels(self, n_values: int) -> int:
        return n_values

    def encode(self, x: Any) -> Spikes:
        """Spikes of static values [B, N]; one channel per value."""
        unit = to_unit("LatencyEncoder", read_static("LatencyEncoder", x), self.low, self.high)
        when = np.where(unit > self.silent, np.floor((1 - unit) * (self.steps - 1) + 0.5), -1)
        n = unit.shape[1]
        size = max(PIECE // (self.steps * max(n, 1)), 1)
        parts = []
        for first in range(0, len(when), size):
            raster = when[first : first + size, None] == np.arange(self.steps)[:, None]
            parts.append(pack(raster.reshape(-1, n), np.full(len(raster), self.steps, np.int64)))
        return join(parts, n)
