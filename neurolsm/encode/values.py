"""Samples of values, static or over time: read, mapped to 0..1, and turned into spikes piece by piece."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurolsm.arrays import is_table, real
from neurolsm.describe import checks
from neurolsm.errors import refuse, warn_unusual
from neurolsm.program.spikes import Spikes

Bound = float | tuple[float, ...]
Rows = NDArray[np.float64]
Steps = NDArray[np.int64]
CLIPPED = 0.05  # share of the values beyond which clipping is probably not meant
SLACK = 1e-6  # of the range; what lies this little beyond its ends was rounded and is not clipped to speak of
PIECE = 1 << 22  # entries of a raster that are held at once


def read(owner: str, x: Any) -> tuple[Rows, Steps | None]:
    """Samples of either kind: static [B, N], whose lengths are None, or over time (``read_timed``)."""
    if is_ragged(x):
        return read_timed(owner, x)
    array = numbers(owner, "x", x)
    if array.ndim not in (2, 3):
        refuse(
            owner, "x", array.shape, "must have the axes [B, N], or [B, T, N] over time", "Reshape it to one of them"
        )
    return (array, None) if array.ndim == 2 else read_timed(owner, array)


def read_static(owner: str, x: Any) -> Rows:
    """Static samples [B, N] as float64."""
    array = numbers(owner, "x", x)
    if array.ndim != 2:
        remedy = "Give one row of values per sample; use RateEncoder or DeltaEncoder for values over time"
        refuse(owner, "x", array.shape, "must have the axes [B, N]", remedy)
    return array


def read_timed(owner: str, x: Any) -> tuple[Rows, Steps]:
    """Samples over time, [B, T, N] or a list of [T_i, N], as rows [sum(T_i), N] one after the other, and the T_i."""
    if is_ragged(x):
        arrays = [numbers(owner, f"x[{k}]", one) for k, one in enumerate(x)]
        for k, array in enumerate(arrays):
            if array.shape[1] != arrays[0].shape[1]:
                refuse(
                    owner,
                    f"x[{k}]",
                    array.shape,
                    f"must have the axes [T, N] with N = {arrays[0].shape[1]}",
                    "Give every sample the same number of values per step",
                )
        rows, steps = np.concatenate(arrays), np.array([len(array) for array in arrays], np.int64)
    else:
        array = numbers(owner, "x", x)
        if array.ndim != 3:
            remedy = (
                "Give a list of arrays [T, N], or add the missing axis: x[:, :, None] for [B, T], x[None] for [T, N]"
            )
            refuse(owner, "x", array.shape, "must have the axes [B, T, N]", remedy)
        rows, steps = array.reshape(-1, array.shape[2]), np.full(array.shape[0], array.shape[1], np.int64)
    if not steps.size or not steps.all():
        refuse(owner, "x", steps.tolist(), "needs at least one sample, and one step in each", "Drop the empty samples")
    return rows, steps


def is_ragged(x: Any) -> bool:
    """Whether ``x`` is a list of arrays or tables [T_i, N], one per sample."""
    return isinstance(x, (list, tuple)) and len(x) > 0 and all(map(_has_two_axes, x))


def _has_two_axes(x: Any) -> bool:
    return (isinstance(x, np.ndarray) or is_table(x)) and len(getattr(x, "shape", ())) == 2


def check_range(owner: object, low: str = "low", high: str = "high") -> None:
    """Refuse unless the fields are finite with low < high; arrays become tuples, so that the owner stays comparable."""
    name = type(owner).__name__
    for field in (low, high):
        checks.one_or_each(owner, field, "must be one finite number, or one for each value", "Give numbers")
    bounds = [np.atleast_1d(getattr(owner, field)) for field in (low, high)]
    if len({b.size for b in bounds} - {1}) > 1:
        refuse(
            name,
            high,
            getattr(owner, high),
            f"has {bounds[1].size} entries, {low} has {bounds[0].size}",
            "Give one for each value",
        )
    if not (bounds[0] < bounds[1]).all():
        refuse(
            name,
            high,
            getattr(owner, high),
            f"must be above {low} = {getattr(owner, low)}",
            f"Raise {high} or lower {low}",
        )


@np.errstate(under="ignore")  # a value next to nothing above the lowest is 0
def to_unit(owner: str, values: Rows, low: Bound, high: Bound, *, signed: bool = False, say: bool = True) -> Rows:
    """(values - low) / (high - low), clipped to 0..1.

    ``signed``: each value is there twice, the second time with its sign changed, so that one of the two always lies below 0.

    ``say``: whether to warn; a piece of a series is too short to tell.

    Warns:
        UnusualValue: more than 5 % of the values were clipped.
    """
    floor, ceiling = np.asarray(low), np.asarray(high)
    for field, bound in (("low", floor), ("high", ceiling)):
        if bound.ndim and bound.size != values.shape[-1]:
            limit = f"one entry per value is needed, the last axis of the samples has {values.shape[-1]}"
            remedy = "Give one for each value; move the axis of the values to the end if it is another, [B, T, N]"
            refuse(owner, field, bound.size, limit, remedy)
    scaled = (values - floor) / (ceiling - floor)
    above, below = np.count_nonzero(scaled > 1 + SLACK), 0 if signed else np.count_nonzero(scaled < -SLACK)
    share = (above + below) / max(scaled.size / (1 + signed), 1)
    if say and share > CLIPPED:
        _say_clipped(owner, "high" if above >= below else "low", low, high)
    return np.clip(scaled, 0.0, 1.0) + 0.0  # -0.0 is 0.0, also in a hash of the values


def _say_clipped(owner: str, field: str, low: Bound, high: Bound) -> None:
    limit = "more than 5 % of the values lie outside low .. high and are clipped, usual are at most 5 %"
    remedy = "Give the low and high of your data (neurolsm.encode.count_clipped counts), or scale the data"
    warn_unusual(owner, field, high if field == "high" else low, limit, remedy)


def pieces(values: Rows, steps: Steps | None, length: int) -> Iterator[tuple[Rows, Steps]]:
    """Rows over time and sample lengths, in pieces of whole samples; a static sample is held for ``length`` steps."""
    lengths = np.full(len(values), length, np.int64) if steps is None else steps
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    first = 0
    while first < lengths.size:
        rows = max(PIECE // max(values.shape[1], 1), 1)
        last = max(int(np.searchsorted(offsets, offsets[first] + rows, side="right")) - 1, first + 1)
        chosen = values[first:last].repeat(length, axis=0) if steps is None else values[offsets[first] : offsets[last]]
        yield chosen, lengths[first:last]
        first = last


def pack(raster: NDArray[np.bool_], steps: Steps) -> Spikes:
    """Spikes of a raster whose rows are the steps of all samples one after the other."""
    indptr = np.concatenate([[0], np.cumsum(raster.sum(axis=1))]).astype(np.int64)
    return Spikes(steps, indptr, np.nonzero(raster)[1].astype(np.int32), raster.shape[1])


def join(parts: Sequence[Spikes], units: int) -> Spikes:
    return Spikes.concatenate(parts) if parts else pack(np.zeros((0, units), bool), np.zeros(0, np.int64))


def numbers(owner: str, field: str, x: ArrayLike) -> NDArray[np.float64]:
    """Finite real numbers as float64."""
    return real(owner, field, x)
