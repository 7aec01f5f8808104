"""What is taken as a series, as its targets, and as a gap that nothing is learned from."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.arrays import is_table, real, take
from neurolsm.errors import refuse
from neurolsm.program.spikes import Spikes

Series = list[Any]  # of arrays [T, N] alone, or of Spikes of one sample alone
REMEDY = "Give [T, N] for one series, [B, T, N] or a list of [T_i, N] for several"


def read_series(owner: str, x: Any, hold: int) -> Series:
    """The series of X, each [T, N]: one array [T, N] (or [T], one value per step), [B, T, N], a list of [T_i, N], or ``Spikes``.

    Raises:
        InvalidValue: no numbers, NaN, no value, different N, times that do not come evenly.
    """
    if isinstance(x, Spikes):
        return _spikes(owner, x, hold)
    if isinstance(x, (list, tuple)) and len(x) and all(isinstance(one, Spikes) for one in x):
        return [part for one in x for part in _spikes(owner, one, hold)]
    if is_list_of_series(x):
        found = [_one(owner, f"X[{k}]", one) for k, one in enumerate(x)]
    else:
        _check_times(owner, "X", x)
        array = real(owner, "X", x, REMEDY)
        if array.ndim not in (1, 2, 3):
            refuse(owner, "X", array.shape, "must be a series [T, N] or several [B, T, N]", REMEDY)
        found = list(array) if array.ndim == 3 else [_two_axes(array)]
    for k, one in enumerate(found):
        if not one.size:
            refuse(owner, f"X[{k}]" if len(found) > 1 else "X", one.shape, "holds no value", REMEDY)
        if one.shape[1] != found[0].shape[1]:
            limit = f"has another number of values per step than the first, {found[0].shape[1]}"
            refuse(owner, f"X[{k}]", one.shape, limit, "Give every series the same N")
    if not found:
        refuse(owner, "X", x, "holds no series", REMEDY)
    return found


def read_targets(owner: str, y: Any, lengths: list[int]) -> list[NDArray[np.float64]]:
    """One row of targets for each value of each series, [T_i, K]; NaN where nothing is to be learned."""
    found = [_two_axes(_numbers(owner, field, one)) for field, one in parts_of(owner, y, lengths)]
    for k, one in enumerate(found):
        if one.shape[1] != found[0].shape[1] or one.ndim != 2:
            limit = f"has another number of targets per step than the first series, {found[0].shape[1]}"
            refuse(owner, f"y[{k}]", one.shape, limit, "Give every series the same number of targets")
    return found


def parts_of(owner: str, y: Any, lengths: list[int]) -> list[tuple[str, Any]]:
    """The targets of each series and what to call them; refused unless each has one row per value."""
    several = len(lengths) > 1 or (isinstance(y, (list, tuple)) and len(y) == 1 and _is_array(y[0]))
    if not several:
        array = y if _is_array(y) else take(owner, "y", y)
        shape = np.shape(array)
        parts = [("y", array[0] if len(shape) >= 2 and shape[0] == 1 != lengths[0] else array)]
    else:
        try:
            count = len(y)
        except TypeError:
            count = -1
        if count != len(lengths):
            refuse(owner, "len(y)", count, f"X has {len(lengths)} series", "Give the targets of each series, in order")
        parts = [(f"y[{k}]", y[k]) for k in range(count)]
    for (field, one), length in zip(parts, lengths, strict=True):
        rows = np.shape(one)[0] if np.ndim(one) else -1
        if rows != length:
            limit = f"its series has {length:,} values, and each needs a row of y"
            refuse(
                owner, f"len({field})", rows, limit, "Give one row for each value; NaN where nothing is to be learned"
            )
    return parts


def _numbers(owner: str, field: str, y: Any) -> NDArray[np.float64]:
    array = take(owner, field, y)
    if (
        array.dtype.kind == "O"
        and array.ndim
        and all(one is None or isinstance(one, (int, float)) for one in array.flat)
    ):
        array = array.astype(np.float64)  # None: nothing is to be learned
    if array.dtype.kind not in "biuf":
        refuse(
            owner,
            field,
            str(array.dtype),
            "must hold real numbers",
            "Convert it to numbers; NaN where there is no target",
        )
    values = array.astype(np.float64)
    if np.isinf(values).any():
        refuse(owner, field, "infinity", "must be finite, or NaN where nothing is to be learned", "Replace it")
    return values


def _one(owner: str, field: str, x: Any) -> NDArray[np.float64]:
    _check_times(owner, field, x)
    array = real(owner, field, x, REMEDY)
    if array.ndim not in (1, 2):
        refuse(owner, field, array.shape, "must be one series [T, N]", REMEDY)
    return _two_axes(array)


def _two_axes(array: NDArray[Any]) -> NDArray[Any]:
    return array[:, None] if array.ndim == 1 else array


def is_list_of_series(x: Any) -> bool:
    """Whether x holds several series, one per entry: arrays [T_i] or [T_i, N], tables, or nested lists [T_i][N]."""
    return isinstance(x, (list, tuple)) and len(x) > 0 and all(map(_is_array, x))


def _is_array(x: Any) -> bool:
    return (
        (isinstance(x, np.ndarray) and x.ndim > 0) or is_table(x) or (isinstance(x, (list, tuple)) and np.ndim(x) == 2)
    )


def _check_times(owner: str, field: str, x: Any) -> None:
    """Refuse a table whose rows are named by times that do not come evenly: a gap would be read as no time."""
    index = getattr(x, "index", None)
    times = getattr(index, "values", None) if is_table(x) else None
    if times is None or getattr(times, "dtype", np.dtype(float)).kind not in "Mm" or len(times) < 3:
        return
    ways = np.diff(times.astype("int64"))
    if (ways != ways[0]).any():
        at = int(np.flatnonzero(ways != ways[0])[0]) + 1
        limit = f"the times of its rows do not come evenly: after row {at} there is a gap"
        refuse(owner, field, str(times[at]), limit, "Fill the gap, or give the pieces as a list of series")


def _spikes(owner: str, x: Spikes, hold: int) -> Series:
    odd = np.flatnonzero(x.steps % hold)
    if odd.size or not len(x):
        limit = f"must be a multiple of hold = {hold} steps, at least one sample"
        refuse(
            owner, "X.steps", x.steps[odd[:1]].tolist(), limit, "Cut the spikes to whole values, or choose another hold"
        )
    return [x[k : k + 1] for k in range(len(x))]


def length_of(one: NDArray[np.float64] | Spikes, hold: int) -> int:
    """Number of values of a series."""
    return int(one.steps[0]) // hold if isinstance(one, Spikes) else len(one)


def width_of(one: NDArray[np.float64] | Spikes) -> int:
    """Numbers in each value of a series."""
    return one.units if isinstance(one, Spikes) else one.shape[1]


def cut(spikes: Spikes, first: int, last: int) -> Spikes:
    """Steps ``first`` .. ``last`` of one long sample."""
    indptr = spikes.indptr[first : last + 1]
    return Spikes(np.array([last - first]), indptr - indptr[0], spikes.unit[indptr[0] : indptr[-1]], spikes.units)


def part_of(one: NDArray[np.float64] | Spikes, rows: slice, hold: int) -> NDArray[np.float64] | Spikes:
    """Some values of a series."""
    return cut(one, rows.start * hold, rows.stop * hold) if isinstance(one, Spikes) else one[rows]
