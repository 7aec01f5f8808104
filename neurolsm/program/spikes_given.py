"""What users give as spikes, rasters or events, checked and sorted into the arrays of ``Spikes``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurolsm.arrays import samples_of, take
from neurolsm.errors import refuse
from neurolsm.program.spikes_check import MOST_ROWS, MOST_UNITS, room

Arrays = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32], int, int]  # steps, indptr, unit, units, merged


def dense(raster: ArrayLike) -> Arrays:
    """From an array [B, T, N] whose non-zero entries are spikes."""
    array = _numbers("raster", raster)
    if array.ndim != 3:
        remedy = "Add the missing axis: array[None] for [T, N], array[:, :, None] for [B, T]"
        refuse("Spikes", "raster", array.shape, "must have the axes [B, T, N]", remedy)
    sample, step, unit = np.nonzero(array)
    return _build(np.full(array.shape[0], array.shape[1]), sample, step, unit, array.shape[2])


def rasters(rasters: Sequence[ArrayLike]) -> Arrays:
    """From a list of arrays [T_i, N], samples of different lengths."""
    samples = samples_of("Spikes", "rasters", rasters, "a list of arrays [T_i, N]")
    arrays = [_numbers(f"rasters[{k}]", raster) for k, raster in enumerate(samples)]
    if not arrays:
        refuse("Spikes", "rasters", [], "needs at least one sample", "Give a list of arrays [T_i, N]")
    units = arrays[0].shape[1] if arrays[0].ndim == 2 else "the number of channels"
    for k, array in enumerate(arrays):
        if array.ndim != 2 or array.shape[1] != units:
            refuse(
                "Spikes",
                f"rasters[{k}]",
                array.shape,
                f"must have the axes [T, N] with N = {units}",
                "Give every sample the same number of channels",
            )
    found = [np.nonzero(array) for array in arrays]
    sample = np.repeat(np.arange(len(arrays)), [len(step) for step, _ in found])
    step = np.concatenate([step for step, _ in found])
    unit = np.concatenate([unit for _, unit in found])
    return _build(np.array([len(a) for a in arrays]), sample, step, unit, arrays[0].shape[1])


def events(events: Iterable[tuple[ArrayLike, ArrayLike]], steps: int | Sequence[int], units: int) -> Arrays:
    """From one pair (times, channels) per sample; times are whole steps, 0 <= time < steps.

    Events may come in any order. The same channel twice in one step is one spike; ``merged`` counts the others.
    """
    samples = samples_of("Spikes", "events", events, "one pair (times, channels) per sample")
    pairs = [_pair(k, entry) for k, entry in enumerate(samples)]
    if not isinstance(units, (int, np.integer)) or isinstance(units, (bool, np.timedelta64)) or units < 0:
        refuse("Spikes", "units", units, "must be a whole number, at least 0", "Give the number of channels")
    if units > MOST_UNITS:
        refuse("Spikes", "units", units, f"must be at most {MOST_UNITS}", "Give the number of channels")
    units = int(units)  # a narrow type would overflow in the first product
    lengths = _lengths(steps, len(pairs))
    room(lengths, units)
    for k, (times, channels) in enumerate(pairs):
        _check_events(k, times, channels, int(lengths[k]), units)
    sample = np.repeat(np.arange(len(pairs)), [times.size for times, _ in pairs])
    step = np.concatenate([t.ravel() for t, _ in pairs]) if pairs else np.zeros(0)
    unit = np.concatenate([c.ravel() for _, c in pairs]) if pairs else np.zeros(0)
    return _build(lengths, sample, step.astype(np.int64), unit.astype(np.int64), int(units))


def _numbers(field: str, values: ArrayLike) -> NDArray[Any]:
    array = take("Spikes", field, values, "Give booleans or numbers, rows of one length")
    if array.dtype.kind not in "biuf":
        refuse("Spikes", field, values, "must be an array of numbers", "Give booleans or numbers, rows of one length")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        refuse("Spikes", field, "NaN or infinity", "must be finite", "Remove or replace the missing values first")
    return array


def _pair(sample: int, entry: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    try:
        times, channels = entry
    except (TypeError, ValueError):
        refuse("Spikes", f"events[{sample}]", entry, "must be a pair (times, channels)", "Give two lists of one length")
    where, remedy = f"events[{sample}]", "Give two lists of one length"
    return take("Spikes", f"{where}.times", times, remedy), take("Spikes", f"{where}.channels", channels, remedy)


def _lengths(steps: Any, samples: int) -> NDArray[np.int64]:
    lengths = take("Spikes", "steps", steps)
    if lengths.shape not in ((), (samples,)) or (lengths.dtype.kind not in "iu" and lengths.size):
        limit = f"must be one whole number, or one per sample, {samples}"
        refuse("Spikes", "steps", steps, limit, "Give the length of each sample in steps")
    if (lengths < 0).any():
        refuse("Spikes", "steps", steps, "must not be negative", "Give the length of each sample in steps")
    if lengths.size and lengths.max() >= MOST_ROWS:
        refuse("Spikes", "steps", lengths.max(), "steps are too many", "Give the length of each sample in steps")
    return np.broadcast_to(lengths, (samples,)).astype(np.int64)


def _check_events(sample: int, times: NDArray[Any], channels: NDArray[Any], steps: int, units: int) -> None:
    where = f"events[{sample}]"
    if times.shape != channels.shape:
        refuse(
            "Spikes",
            where,
            (times.shape, channels.shape),
            "times and channels must have one length",
            "Give one channel for each time",
        )
    if not times.size:
        return
    for name, values in (("times", times), ("channels", channels)):
        whole = values.dtype.kind in "iu" or (
            values.dtype.kind == "f" and np.isfinite(values).all() and (values == np.floor(values)).all()
        )
        if not whole:
            refuse(
                "Spikes",
                f"{where}.{name}",
                values,
                "must be whole numbers",
                "Convert times to steps with numpy.floor(seconds / dt)",
            )
    if times.min() < 0:
        refuse(
            "Spikes",
            f"{where}.times",
            times.min(),
            "must not be negative",
            "Shift the recording so that it starts at step 0",
        )
    if times.max() >= steps:
        refuse(
            "Spikes",
            f"{where}.times",
            times.max(),
            f"lies past the end of the sample, {steps} steps",
            "Give more steps or cut the events",
        )
    if channels.min() < 0 or channels.max() >= units:
        wrong = channels.min() if channels.min() < 0 else channels.max()
        refuse(
            "Spikes", f"{where}.channels", wrong, f"must lie in 0..{units - 1}", "Check the number of input channels"
        )


def _build(steps: NDArray[Any], sample: NDArray[Any], step: NDArray[Any], unit: NDArray[Any], units: int) -> Arrays:
    steps = steps.astype(np.int64)
    offsets = np.concatenate([[0], np.cumsum(steps)]).astype(np.int64)
    key = (offsets[sample] + step) * max(units, 1) + unit
    unique = np.unique(key)
    row, unit = np.divmod(unique, max(units, 1))
    indptr = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=offsets[-1]))]).astype(np.int64)
    return steps, indptr, unit.astype(np.int32), units, int(key.size - unique.size)
