"""Graded input: rewards and teacher values, non-zero in few steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurolsm.errors import refuse

LOW, HIGH = -128, 127


@dataclass(frozen=True, eq=False)
class Graded:
    """Values of the graded channels of a batch; every step that is not listed has zeros.

    Rows follow one another over all samples, as in ``Spikes``.

    Attributes:
        row: steps that have values, ascending, each once, int64 [M].
        value: their values, -128..127, int16 [M, channels].
        rows: number of steps of the whole batch.
    """

    row: NDArray[np.int64]
    value: NDArray[np.int16]
    rows: int

    @staticmethod
    def build(row: ArrayLike, value: ArrayLike, rows: int) -> Graded:
        """Checked construction from any order of rows."""
        row, value = np.asarray(row, np.int64), np.asarray(value)
        if value.ndim != 2 or len(value) != row.size:
            refuse(
                "Graded",
                "value",
                value.shape,
                f"must be [{row.size}, channels]",
                "Give one row of values for each step",
            )
        if not np.isfinite(value).all() or (value != np.floor(value)).any():
            refuse("Graded", "value", value, "must be whole numbers", "Round the values first")
        if value.size and (value.min() < LOW or value.max() > HIGH):
            refuse("Graded", "value", (value.min(), value.max()), f"must lie in {LOW}..{HIGH}", "Scale the values down")
        if np.unique(row).size != row.size or (row.size and (row.min() < 0 or row.max() >= rows)):
            refuse("Graded", "row", row, f"must be different steps in 0..{rows - 1}", "Give each step once")
        order = np.argsort(row)
        return Graded(row[order], value[order].astype(np.int16), rows)

    @staticmethod
    def none(channels: int, rows: int) -> Graded:
        return Graded(np.zeros(0, np.int64), np.zeros((0, channels), np.int16), rows)

    @property
    def channels(self) -> int:
        return self.value.shape[1]

    def part(self, first: int, last: int) -> Graded:
        """The steps first .. last - 1, renumbered from 0."""
        a, b = np.searchsorted(self.row, [first, last])
        return Graded(self.row[a:b] - first, self.value[a:b], last - first)

    def at(self, row: int) -> NDArray[np.int16]:
        """The values of one step."""
        k = int(np.searchsorted(self.row, row))
        if k < self.row.size and self.row[k] == row:
            return self.value[k]
        return np.zeros(self.channels, np.int16)
