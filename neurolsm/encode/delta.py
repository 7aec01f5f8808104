"""Level-crossing (delta) code for signals: spikes tell of change, silence of none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.describe import checks
from neurolsm.encode.streaming import Memory
from neurolsm.encode.values import Bound, Rows, join, pack, read_timed
from neurolsm.errors import refuse
from neurolsm.program.spikes import Spikes

TOUCH = 1 - 1e-9  # a change this close to the threshold reaches it, so that 0.3 / 0.1 crosses three levels


@dataclass(frozen=True, kw_only=True)
class DeltaEncoder:
    """A spike each time the signal has moved by one threshold from the level that the spikes so far stand for.

        on  at t if signal(t) - level >=  threshold, then level <- level + threshold
        off at t if signal(t) - level <= -threshold, then level <- level - threshold

    The level starts at the first value. It moves by at most one threshold per step, so a jump becomes a burst; signal(0) +
    threshold * (on spikes - off spikes) follows the signal. Channels 0..C-1 are on, C..2C-1 are off.

    Args:
        threshold: in units of the signal, above 0; one number or one for each signal.

    Raises:
        InvalidValue: a field outside its range.

    Example:
        >>> import neurolsm as nl
        >>> signal = [[0.0], [0.5], [1.0], [1.0], [0.5]]
        >>> spikes = nl.DeltaEncoder(threshold=0.5).encode([signal])
        >>> spikes.dense()[0].T.astype(int).tolist()  # on, off
        [[0, 1, 1, 0, 0], [0, 0, 0, 0, 1]]
    """

    threshold: Bound = 0.1

    def __post_init__(self) -> None:
        limit = "must be above 0, one number or one for each signal"
        remedy = "Choose a share of the range of the signal, such as a tenth"
        checks.one_or_each(self, "threshold", limit, remedy, above_zero=True)

    @property
    def steps(self) -> None:
        """None: each sample is as long as its signal."""

    def channels(self, n_values: int) -> int:
        return 2 * n_values

    @np.errstate(over="ignore", under="ignore")  # changes next to nothing reach no threshold, immense ones any
    def encode(self, x: Any) -> Spikes:
        """Spikes of signals [B, T, C] or a list of [T_i, C]; 2 C channels."""
        rows, steps = read_timed("DeltaEncoder", x)
        n = rows.shape[1]
        if np.ndim(self.threshold) and np.size(self.threshold) != n:
            limit = f"one entry per signal is needed, the last axis of the samples has {n}"
            remedy = "Give one for each signal; move the axis of the signals to the end if it is another, [B, T, N]"
            refuse("DeltaEncoder", "threshold", np.size(self.threshold), limit, remedy)
        start = np.cumsum(steps) - steps
        moved = (rows - rows[start].repeat(steps, axis=0)) / np.asarray(self.threshold)
        level = np.zeros((steps.size, n))
        raster = np.zeros((len(rows), 2 * n), bool)
        for t in range(int(steps.max())):
            running = steps > t
            at = start[running] + t
            change = moved[at] - level[running]
            on, off = change >= TOUCH, change <= -TOUCH
            raster[at] = np.concatenate([on, off], axis=1)
            level[running] += on.astype(float) - off
        return join([pack(raster, steps)], 2 * n)

    def begin(self, n_values: int) -> Memory:
        """Level and first value of each signal of a series; NaN before there is one."""
        return np.full((2, n_values), np.nan)

    @np.errstate(over="ignore", under="ignore")
    def go_on(self, memory: Memory, values: Rows, hold: int) -> tuple[NDArray[np.bool_], Memory]:
        """The raster of the next values [T, N], each shown for ``hold`` steps."""
        level, first = memory.copy()
        rows = values.repeat(hold, axis=0)
        if len(rows) and np.isnan(first).any():
            level, first = np.zeros(rows.shape[1]), rows[0].copy()
        raster = np.zeros((len(rows), 2 * rows.shape[1]), bool)
        moved = (rows - first) / np.asarray(self.threshold)
        for t in range(len(rows)):
            change = moved[t] - level
            on, off = change >= TOUCH, change <= -TOUCH
            raster[t] = np.concatenate([on, off])
            level += on.astype(float) - off
        return raster, np.stack([level, first])
