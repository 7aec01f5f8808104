"""Spikes of a batch of samples, of inputs and of neurons alike, as sorted events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurolsm.arrays import samples_of, take
from neurolsm.errors import refuse
from neurolsm.program.sealed import seal
from neurolsm.program.spikes_check import MOST_ROWS, MOST_UNITS, checked, intact, keep, room


@dataclass(frozen=True, eq=False)
class Spikes:
    """Which unit fired at which step of which sample.

    The steps of all samples follow one another as rows; the units that fired in row ``r`` are
    ``unit[indptr[r]:indptr[r + 1]]``, in ascending order and each once. Compiled code trusts that: arrays given by hand are
    checked and copied, and nobody can change them afterwards.

    Attributes:
        steps: length of each sample in steps, int64 [B].
        indptr: row boundaries, int64 [sum(steps) + 1].
        unit: firing units, int32 [events], each in 0..units-1.
        units: number of channels or neurons.
        merged: how many events were dropped because the same unit had already fired in that step.

    Raises:
        InvalidValue: arrays that do not say which unit fired when.
    """

    steps: NDArray[np.int64]
    indptr: NDArray[np.int64]
    unit: NDArray[np.int32]
    units: int
    merged: int = 0

    def __post_init__(self) -> None:
        checked(self)

    @staticmethod
    def made(steps: NDArray[Any], indptr: NDArray[Any], unit: NDArray[Any], units: int, merged: int = 0) -> Spikes:
        """Spikes that are right by construction, of arrays that nobody else holds: neither checked nor copied."""
        spikes = object.__new__(Spikes)
        keep(spikes, seal(steps), seal(indptr), seal(unit), units, merged)
        return spikes

    def recheck(self) -> None:
        """Check again only what is no longer what was checked: fields that were exchanged, arrays that were given another form.

        Raises:
            InvalidValue: the first array that is wrong.
        """
        if not intact(self):
            checked(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return Spikes, (
            self.steps,
            self.indptr,
            self.unit,
            self.units,
            self.merged,
        )  # what is unpickled is checked anew

    def __copy__(self) -> Spikes:
        return self

    def __deepcopy__(self, memo: object) -> Spikes:
        return self

    # ------------------------------------------------------------------ constructors

    @staticmethod
    def from_dense(raster: ArrayLike) -> Spikes:
        """From an array [B, T, N] whose non-zero entries are spikes."""
        array = _numbers("raster", raster)
        if array.ndim != 3:
            remedy = "Add the missing axis: array[None] for [T, N], array[:, :, None] for [B, T]"
            refuse("Spikes", "raster", array.shape, "must have the axes [B, T, N]", remedy)
        sample, step, unit = np.nonzero(array)
        return _build(np.full(array.shape[0], array.shape[1]), sample, step, unit, array.shape[2])

    @staticmethod
    def from_list(rasters: Sequence[ArrayLike]) -> Spikes:
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

    @staticmethod
    def from_events(events: Iterable[tuple[ArrayLike, ArrayLike]], steps: int | Sequence[int], units: int) -> Spikes:
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

    @staticmethod
    def concatenate(parts: Sequence[Spikes]) -> Spikes:
        """All samples of several batches, one batch after the other."""
        if not isinstance(parts, (list, tuple)) or not all(isinstance(part, Spikes) for part in parts):
            refuse("Spikes", "parts", parts, "must be batches of spikes", "Give a list of Spikes")
        if not parts:
            refuse("Spikes", "parts", parts, "needs at least one batch", "Give a list of Spikes")
        for k, part in enumerate(parts):
            if part.units != parts[0].units:
                refuse(
                    "Spikes",
                    f"parts[{k}]",
                    part.units,
                    f"units, the first has {parts[0].units}",
                    "Join equal numbers of units",
                )
        offsets = np.cumsum([0] + [part.count for part in parts])
        indptr = np.concatenate(
            [part.indptr[:-1] + o for part, o in zip(parts, offsets, strict=False)] + [offsets[-1:]]
        )
        return Spikes.made(
            np.concatenate([p.steps for p in parts]),
            indptr.astype(np.int64),
            np.concatenate([p.unit for p in parts]),
            parts[0].units,
            sum(p.merged for p in parts),
        )

    # ------------------------------------------------------------------ views

    def __len__(self) -> int:
        return self.steps.size

    @property
    def count(self) -> int:
        """Number of spikes in all samples."""
        return self.unit.size

    @property
    def offsets(self) -> NDArray[np.int64]:
        """First row of each sample, and the number of rows, int64 [B + 1]."""
        return np.concatenate([[0], np.cumsum(self.steps)]).astype(np.int64)

    @property
    def row(self) -> NDArray[np.int64]:
        """The row of each event, int64 [events]."""
        return np.repeat(np.arange(self.indptr.size - 1), np.diff(self.indptr))

    def __getitem__(self, index: Any) -> Spikes:
        """The samples selected by a number, a slice or an array of numbers."""
        chosen = np.atleast_1d(np.arange(len(self))[index])
        offsets = self.offsets
        rows = np.concatenate([np.arange(offsets[b], offsets[b + 1]) for b in chosen] + [np.zeros(0, np.int64)]).astype(
            np.int64
        )
        lengths = np.diff(self.indptr)[rows]
        indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        if np.array_equal(rows, np.arange(rows[0], rows[0] + rows.size) if rows.size else rows):
            unit = self.unit[self.indptr[rows[0]] : self.indptr[rows[-1] + 1]] if rows.size else self.unit[:0]
        else:
            unit = self.unit[np.repeat(self.indptr[rows] - indptr[:-1], lengths) + np.arange(indptr[-1])]
        return Spikes.made(self.steps[chosen], indptr, unit, self.units)

    def events(self, sample: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """(steps, units) of one sample, sorted by step and unit."""
        one = self[sample]
        return one.row, one.unit

    def dense(self) -> NDArray[np.bool_]:
        """Boolean raster [B, T, N]; refused for samples of different lengths (use ``to_list``)."""
        if len(self) and (self.steps != self.steps[0]).any():
            refuse("Spikes", "steps", self.steps.tolist(), "samples differ in length", "Use to_list()")
        return self._rows_dense().reshape(len(self), int(self.steps[0]) if len(self) else 0, self.units)

    def to_list(self) -> list[NDArray[np.bool_]]:
        """One raster [T_i, N] a sample."""
        return np.split(self._rows_dense(), self.offsets[1:-1]) if len(self) else []

    def _rows_dense(self) -> NDArray[np.bool_]:
        raster = np.zeros((self.indptr.size - 1, self.units), bool)
        raster[self.row, self.unit] = True
        return raster

    def select(self, units: slice) -> Spikes:
        """Only the units of a contiguous slice, renumbered from 0."""
        start, stop, step = units.indices(self.units)
        if step != 1:
            refuse("Spikes", "select", units, "must be contiguous", "Select slice(start, stop)")
        stop = max(start, stop)
        keep = (self.unit >= start) & (self.unit < stop)
        indptr = np.concatenate([[0], np.cumsum(keep)])[self.indptr].astype(np.int64)
        return Spikes.made(self.steps, indptr, (self.unit[keep] - start).astype(np.int32), stop - start)

    def equal(self, other: Spikes) -> bool:
        return (
            isinstance(other, Spikes)
            and self.units == other.units
            and np.array_equal(self.steps, other.steps)
            and np.array_equal(self.indptr, other.indptr)
            and np.array_equal(self.unit, other.unit)
        )

    def __repr__(self) -> str:
        return f"Spikes({len(self)} samples, {int(self.steps.sum())} steps, {self.units} units, {self.count} spikes)"


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


def _build(steps: NDArray[Any], sample: NDArray[Any], step: NDArray[Any], unit: NDArray[Any], units: int) -> Spikes:
    steps = steps.astype(np.int64)
    offsets = np.concatenate([[0], np.cumsum(steps)]).astype(np.int64)
    key = (offsets[sample] + step) * max(units, 1) + unit
    unique = np.unique(key)
    row, unit = np.divmod(unique, max(units, 1))
    indptr = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=offsets[-1]))]).astype(np.int64)
    return Spikes.made(steps, indptr, unit.astype(np.int32), units, merged=int(key.size - unique.size))
