"""Spikes of a batch of samples, of inputs and of neurons alike, as sorted events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurolsm.errors import refuse
from neurolsm.program import spikes_given as given
from neurolsm.program.sealed import seal
from neurolsm.program.spikes_check import checked, intact, keep


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

    Example:
        >>> import neurolsm as nl
        >>> spikes = nl.Spikes.from_dense([[[1, 0, 0], [0, 0, 0], [1, 0, 1]]])  # [sample, step, unit]
        >>> spikes
        Spikes(1 samples, 3 steps, 3 units, 3 spikes)
        >>> spikes.steps.tolist(), spikes.indptr.tolist(), spikes.unit.tolist()
        ([3], [0, 1, 1, 3], [0, 0, 2])
        >>> spikes.equal(nl.Spikes.from_events([([0, 2, 2], [0, 0, 2])], steps=3, units=3))
        True
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
        return Spikes.made(*given.dense(raster))

    @staticmethod
    def from_list(rasters: Sequence[ArrayLike]) -> Spikes:
        """From a list of arrays [T_i, N], samples of different lengths."""
        return Spikes.made(*given.rasters(rasters))

    @staticmethod
    def from_events(events: Iterable[tuple[ArrayLike, ArrayLike]], steps: int | Sequence[int], units: int) -> Spikes:
        """From one pair (times, channels) per sample; times are whole steps, 0 <= time < steps.

        Events may come in any order. The same channel twice in one step is one spike; ``merged`` counts the others.
        """
        return Spikes.made(*given.events(events, steps, units))

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
        if isinstance(index, slice) and index.step in (None, 1):
            return self._span(*index.indices(len(self))[:2])
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

    def _span(self, first: int, last: int) -> Spikes:
        """Samples ``first`` to ``last`` - 1."""
        begin = int(self.steps[:first].sum())
        steps = self.steps[first : max(first, last)]
        indptr = self.indptr[begin : begin + int(steps.sum()) + 1]
        return Spikes.made(steps, indptr - indptr[0], self.unit[indptr[0] : indptr[-1]], self.units)

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
