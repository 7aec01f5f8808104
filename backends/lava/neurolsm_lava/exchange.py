"""Memory that this process and Lava's processes share, instead of ports and of one message for each number."""

from __future__ import annotations

import mmap
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from neurolsm.program import Program
from neurolsm.program.graded import Graded
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import PlasticState, State
from neurolsm_lava.plan import Plan

INFERENCE = ("u", "v", "refractory", "theta", "pending")  # the part of a State that each lane has for itself


@dataclass(frozen=True)
class Capacity:
    """How much one run may use: entries of the plan, rows, input spikes, samples, rows of traces, graded rows."""

    plan: int = 1 << 12
    rows: int = 1 << 11
    events: int = 1 << 14
    samples: int = 1 << 6
    traced: int = 0
    graded: int = 0

    @staticmethod
    def of(plan: Plan, inputs: Spikes, graded: Graded, traced: bool) -> Capacity:
        rows = int(inputs.steps.sum())
        return Capacity(plan.row.size, rows, inputs.count, len(inputs), rows if traced else 0, graded.row.size)

    def covers(self, other: Capacity) -> bool:
        return all(getattr(self, f.name) >= getattr(other, f.name) for f in fields(self))

    def grown(self, other: Capacity) -> Capacity:
        """Enough for both, rounded up so that it seldom grows."""
        larger = {f.name: max(getattr(self, f.name), getattr(other, f.name)) for f in fields(self)}
        return replace(self, **{name: 1 << (size - 1).bit_length() if size else 0 for name, size in larger.items()})


class Exchange:
    """Arrays in anonymous shared pages: Lava forks its processes, so all of them see the same memory.

    Written on this side, read on Lava's: ``clock`` (Lava steps done before this run, steps and lanes of this run, the
    sample after which to keep the state, whether to trace, whether to learn, learning steps done before, graded rows; 0 if
    nothing learns), the plan, the input spikes (``in_ptr`` and ``in_unit``, as in ``Spikes``), graded rows, and the state
    ``before``, by name.
    The other way: ``progress`` (Lava steps done), ``raster`` (eight neurons a byte), ``u`` and ``v`` after each sample,
    ``trace_u`` and ``trace_v`` after each step, and the state ``after``.
    Both ways: ``learned``, the rest of the state by name; a run that learns changes it in place.
    """

    def __init__(self, program: Program, capacity: Capacity) -> None:
        self.capacity, self.n = capacity, program.n
        n, dtype, c = program.n, program.dtype, capacity
        self.clock, self.progress, self._row, self._load, self._last, self.in_ptr, self.in_unit = _shared(
            ((8,), np.int64),
            ((1,), np.int64),
            ((c.plan,), np.int64),
            ((c.plan,), np.bool_),
            ((c.plan,), np.int64),
            ((c.rows + 1,), np.int64),
            ((c.events,), np.int32),
        )
        self.graded_row, self.graded_value = _shared(((c.graded,), np.int64), ((c.graded, program.n_graded), np.int16))
        self.raster, self.u, self.v, self.trace_u, self.trace_v = _shared(
            ((c.rows, -(-n // 8)), np.uint8),
            ((c.samples, n), dtype),
            ((c.samples, n), dtype),
            ((c.traced, n), dtype),
            ((c.traced, n), dtype),
        )
        learned = State.rest(program).arrays()
        inference = {name: learned.pop(name) for name in INFERENCE}
        self.before, self.after, self.learned = (_like(arrays) for arrays in (inference, inference, learned))

    # ------------------------------------------------------------------ this side

    def write(
        self, plan: Plan, inputs: Spikes, graded: Graded, state: State, *, final: int, traced: bool, learn: bool
    ) -> None:
        """Put one run in place; ``final`` is the sample after which the state is kept."""
        self.clock[:] = (
            self.progress[0], plan.steps, plan.lanes, final, traced, learn, state.clock, graded.row.size * learn,
        )  # fmt: skip
        for place, values in (
            (self._row, plan.row),
            (self._load, plan.load),
            (self._last, plan.last),
            (self.in_ptr, inputs.indptr),
            (self.in_unit, inputs.unit),
        ):
            place[: values.size] = values.reshape(-1)
        if learn:  # a network without plasticity has no graded channels
            self.graded_row[: graded.row.size], self.graded_value[: graded.row.size] = graded.row, graded.value
        arrays = state.arrays()
        for part in (self.before, self.learned):
            for name, place in part.items():
                place[:] = arrays[name]

    def keep(self, state: State) -> None:
        """Copy the state after the run into ``state``."""
        arrays = state.arrays()
        for name, values in (self.after | self.learned if self.learns else self.after).items():
            arrays[name][:] = values

    def spikes(self, steps: NDArray[np.int64]) -> Spikes:
        """What the neurons emitted, for samples of these lengths."""
        raster = np.unpackbits(self.raster[: int(steps.sum())], axis=1, count=self.n).view(bool)
        indptr = np.concatenate([[0], np.cumsum(np.count_nonzero(raster, axis=1))]).astype(np.int64)
        row_and_unit = np.flatnonzero(raster)
        return Spikes(steps, indptr, (row_and_unit % max(self.n, 1)).astype(np.int32), self.n)

    # ------------------------------------------------------------------ Lava's side

    def plan(self) -> Plan:
        """The plan of this run."""
        _, steps, lanes, *_ = self.clock
        return Plan(*(a[: steps * lanes].reshape(steps, lanes) for a in (self._row, self._load, self._last)))

    def turn(self, time_step: int) -> int:
        """Which step of this run Lava's ``time_step`` (from 1) is."""
        return time_step - 1 - int(self.clock[0])

    def input(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Input spikes of some rows, as pairs (place in ``rows``, channel)."""
        first = self.in_ptr[rows]
        count = self.in_ptr[rows + 1] - first
        place = np.repeat(np.arange(rows.size), count)
        return place, self.in_unit[np.arange(place.size) + np.repeat(first - (np.cumsum(count) - count), count)]

    @property
    def traced(self) -> bool:
        return bool(self.clock[4])

    @property
    def final(self) -> int:
        return int(self.clock[3])

    @property
    def learns(self) -> bool:
        return bool(self.clock[5])

    @property
    def learning_clock(self) -> int:
        return int(self.clock[6])

    @property
    def graded(self) -> Graded:
        """The graded input of this run."""
        count = int(self.clock[7])
        return Graded(self.graded_row[:count], self.graded_value[:count], self.in_ptr.size - 1)

    @property
    def plastic(self) -> list[PlasticState]:
        """What the plastic projections have learned, in place."""
        numbers = sorted({int(name.split("/")[1]) for name in self.learned if "/" in name})
        return [
            PlasticState(**{f.name: self.learned[f"plastic/{k}/{f.name}"] for f in fields(PlasticState)})
            for k in numbers
        ]


def _shared(*layout: tuple[tuple[int, ...], DTypeLike]) -> list[NDArray[Any]]:
    """Arrays of these shapes and types in one block of shared pages, filled with zeros."""
    sizes = [-(-int(np.prod(shape)) * np.dtype(dtype).itemsize // 64) * 64 for shape, dtype in layout]
    block = mmap.mmap(-1, max(sum(sizes), 1))
    starts = np.cumsum([0, *sizes])
    return [
        np.frombuffer(block, dtype, int(np.prod(shape)), int(start)).reshape(shape)
        for (shape, dtype), start in zip(layout, starts, strict=False)
    ]


def _like(arrays: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Shared arrays of the same names, shapes and types."""
    return dict(zip(arrays, _shared(*((a.shape, a.dtype) for a in arrays.values())), strict=True))
