"""Memory that this process and Lava's processes share, instead of ports and of one message for each number."""

from __future__ import annotations

import mmap
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from neurolsm.program import Program
from neurolsm.spikes import Spikes
from neurolsm.state import State
from neurolsm_lava.plan import Plan

INFERENCE = ("u", "v", "refractory", "theta", "pending")  # the part of a State that changes in static networks


@dataclass(frozen=True)
class Capacity:
    """How much one run may use: entries of the plan, rows, input spikes, samples, and rows of traces."""

    plan: int = 1 << 12
    rows: int = 1 << 10
    events: int = 1 << 14
    samples: int = 1 << 6
    traced: int = 0

    @staticmethod
    def of(plan: Plan, inputs: Spikes, traced: bool) -> Capacity:
        rows = int(inputs.steps.sum())
        return Capacity(plan.row.size, rows, inputs.count, len(inputs), rows if traced else 0)

    def covers(self, other: Capacity) -> bool:
        return all(getattr(self, f.name) >= getattr(other, f.name) for f in fields(self))

    def grown(self, other: Capacity) -> Capacity:
        """Enough for both, rounded up so that it seldom grows."""
        larger = {f.name: max(getattr(self, f.name), getattr(other, f.name)) for f in fields(self)}
        return replace(self, **{name: 1 << (size - 1).bit_length() if size else 0 for name, size in larger.items()})


class Exchange:
    """Arrays in anonymous shared pages: Lava forks its processes, so all of them see the same memory.

    Written on this side, read on Lava's: ``clock`` (Lava steps done before this run, steps and lanes of this run, the
    sample after which to keep the state, whether to trace), the plan, the input spikes (``in_ptr`` and ``in_unit``, as in
    ``Spikes``) and the state ``before``, by name.
    The other way: ``progress`` (Lava steps done), ``raster`` (eight neurons a byte), ``u`` and ``v`` after each sample,
    ``trace_u`` and ``trace_v`` after each step, and the state ``after``.
    """

    def __init__(self, program: Program, capacity: Capacity) -> None:
        self.capacity, self.n = capacity, program.n
        n, dtype, c = program.n, program.dtype, capacity
        self.clock, self.progress, self._row, self._load, self._last, self.in_ptr, self.in_unit = _shared(
            ((5,), np.int64),
            ((1,), np.int64),
            ((c.plan,), np.int64),
            ((c.plan,), np.bool_),
            ((c.plan,), np.int64),
            ((c.rows + 1,), np.int64),
            ((c.events,), np.int32),
        )
        self.raster, self.u, self.v, self.trace_u, self.trace_v = _shared(
            ((c.rows, -(-n // 8)), np.uint8),
            ((c.samples, n), dtype),
            ((c.samples, n), dtype),
            ((c.traced, n), dtype),
            ((c.traced, n), dtype),
        )
        rest = [getattr(State.rest(program), name) for name in INFERENCE]
        layout = [(array.shape, array.dtype) for array in rest]
        self.before = dict(zip(INFERENCE, _shared(*layout), strict=True))
        self.after = dict(zip(INFERENCE, _shared(*layout), strict=True))

    # ------------------------------------------------------------------ this side

    def write(self, plan: Plan, inputs: Spikes, state: State, *, final: int, traced: bool) -> None:
        """Put one run in place; ``final`` is the sample after which the state is kept."""
        self.clock[:] = self.progress[0], plan.steps, plan.lanes, final, traced
        for place, values in (
            (self._row, plan.row),
            (self._load, plan.load),
            (self._last, plan.last),
            (self.in_ptr, inputs.indptr),
            (self.in_unit, inputs.unit),
        ):
            place[: values.size] = values.reshape(-1)
        for name in INFERENCE:
            self.before[name][:] = getattr(state, name)

    def spikes(self, steps: NDArray[np.int64]) -> Spikes:
        """What the neurons emitted, for samples of these lengths."""
        raster = np.unpackbits(self.raster[: int(steps.sum())], axis=1, count=self.n).view(bool)
        indptr = np.concatenate([[0], np.cumsum(np.count_nonzero(raster, axis=1))]).astype(np.int64)
        row_and_unit = np.flatnonzero(raster)
        return Spikes(steps, indptr, (row_and_unit % max(self.n, 1)).astype(np.int32), self.n)

    # ------------------------------------------------------------------ Lava's side

    def plan(self) -> Plan:
        """The plan of this run."""
        _, steps, lanes, _, _ = self.clock
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


def _shared(*layout: tuple[tuple[int, ...], DTypeLike]) -> list[NDArray[Any]]:
    """Arrays of these shapes and types in one block of shared pages, filled with zeros."""
    sizes = [-(-int(np.prod(shape)) * np.dtype(dtype).itemsize // 64) * 64 for shape, dtype in layout]
    block = mmap.mmap(-1, max(sum(sizes), 1))
    starts = np.cumsum([0, *sizes])
    return [
        np.frombuffer(block, dtype, int(np.prod(shape)), int(start)).reshape(shape)
        for (shape, dtype), start in zip(layout, starts, strict=False)
    ]
