"""Graded input: rewards and teacher values, non-zero in few steps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurolsm.arrays import take
from neurolsm.errors import refuse
from neurolsm.program.sealed import own, seal
from neurolsm.program.spikes_check import MOST_ROWS, whole
from neurolsm.shown import shown

LOW, HIGH = -128, 127


@shown(steps="rows", channels="channels", steps_with_values="row.size")
@dataclass(frozen=True, eq=False)
class Graded:
    """Values of the graded channels of a batch; every step that is not listed has zeros.

    Rows follow one another over all samples, as in ``Spikes``. Arrays are checked and copied, and nobody can change them afterwards.

    Attributes:
        row: steps that have values, ascending, each once, int64 [M].
        value: their values, -128..127, int16 [M, channels].
        rows: number of steps of the whole batch.

    Raises:
        InvalidValue: steps that do not ascend or lie outside the batch, values outside their range.

    Example:
        >>> import neurolsm as nl
        >>> reward = nl.Graded.build(row=[4], value=[[100]], rows=10)  # 100 on one channel in step 4 of 10
        >>> reward.at(4).tolist(), reward.at(5).tolist(), reward.channels
        ([100], [0], 1)
    """

    row: NDArray[np.int64]
    value: NDArray[np.int16]
    rows: int

    def __post_init__(self) -> None:
        _checked(self)

    @staticmethod
    def made(row: NDArray[Any], value: NDArray[Any], rows: int) -> Graded:
        """Values that are right by construction, in arrays that nobody else holds: neither checked nor copied."""
        graded = object.__new__(Graded)
        _keep(graded, seal(row), seal(value), rows)
        return graded

    @staticmethod
    def build(row: ArrayLike, value: ArrayLike, rows: int) -> Graded:
        """Checked construction from any order of rows."""
        row, value = whole("Graded", "row", row, np.int64, "Give the numbers of steps"), take("Graded", "value", value)
        if value.ndim != 2 or len(value) != row.size:
            refuse(
                "Graded",
                "value",
                value.shape,
                f"must be [{row.size}, channels]",
                "Give one row of values for each step",
            )
        if value.dtype.kind not in "biuf" or not np.isfinite(value).all() or (value != np.floor(value)).any():
            refuse("Graded", "value", value, "must be whole numbers", "Round the values first")
        if value.size and (value.min() < LOW or value.max() > HIGH):
            refuse("Graded", "value", (value.min(), value.max()), f"must lie in {LOW}..{HIGH}", "Scale the values down")
        order = np.argsort(row)
        return Graded(row[order], value[order].astype(np.int16), rows)

    @staticmethod
    def none(channels: int, rows: int) -> Graded:
        graded = object.__new__(Graded)
        _keep(graded, *_nothing(channels), rows)
        return graded

    def recheck(self) -> None:
        """Check again only what is no longer what was checked, as ``Spikes.recheck``.

        Raises:
            InvalidValue: the first array that is wrong.
        """
        if not _intact(self):
            _checked(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return Graded, (self.row, self.value, self.rows)  # what is unpickled is checked anew

    def __copy__(self) -> Graded:
        return self

    def __deepcopy__(self, memo: object) -> Graded:
        return self

    @property
    def channels(self) -> int:
        return self.value.shape[1]

    def part(self, first: int, last: int) -> Graded:
        """The steps first .. last - 1, renumbered from 0."""
        a, b = np.searchsorted(self.row, [first, last])
        return Graded.made(self.row[a:b] - first, self.value[a:b], last - first)

    def at(self, row: int) -> NDArray[np.int16]:
        """The values of one step."""
        k = int(np.searchsorted(self.row, row))
        if k < self.row.size and self.row[k] == row:
            return self.value[k]
        return np.zeros(self.channels, np.int16)


@lru_cache(maxsize=16)
def _nothing(channels: int) -> tuple[NDArray[np.int64], NDArray[np.int16]]:
    """Rows and values of no step; nobody can change them, so all may share them."""
    return seal(np.zeros(0, np.int64)), seal(np.zeros((0, channels), np.int16))


def _intact(graded: Graded) -> bool:
    """Whether all fields are what was checked."""
    kept = graded.__dict__.get("_kept")
    if kept is None or kept[0] is not graded.row or kept[1] is not graded.value or kept[2] is not graded.rows:
        return False
    row, value = kept[0], kept[1]
    return (
        row.dtype == np.int64
        and value.dtype == np.int16
        and row.ndim == 1
        and value.ndim == 2
        and len(value) == row.size
        and row.flags.c_contiguous
        and value.flags.c_contiguous
    )


def _keep(graded: Graded, row: NDArray[np.int64], value: NDArray[np.int16], rows: int) -> None:
    graded.__dict__.update(row=row, value=value, rows=rows, _kept=(row, value, rows))


def _checked(graded: Graded) -> None:
    row, value, rows = (getattr(graded, name, None) for name in ("row", "value", "rows"))
    if not isinstance(rows, (int, np.integer)) or isinstance(rows, (bool, np.timedelta64)) or not 0 <= rows < MOST_ROWS:
        limit = f"must be a whole number in 0..{MOST_ROWS - 1}"
        refuse("Graded", "rows", rows, limit, "Give the number of steps of the batch")
    row = own(whole("Graded", "row", row, np.int64, "Give the numbers of steps"))
    value = own(whole("Graded", "value", value, np.int16, "Give whole numbers [steps, channels]", ndim=2))
    if len(value) != row.size:
        refuse(
            "Graded", "value", value.shape, f"must be [{row.size}, channels]", "Give one row of values for each step"
        )
    if value.size and (value.min() < LOW or value.max() > HIGH):
        refuse("Graded", "value", (value.min(), value.max()), f"must lie in {LOW}..{HIGH}", "Scale the values down")
    if row.size and (row[0] < 0 or row[-1] >= rows or (row[1:] <= row[:-1]).any()):
        refuse("Graded", "row", row, f"must be different steps in 0..{rows - 1}, ascending", "Give each step once")
    _keep(graded, row, value, int(rows))
