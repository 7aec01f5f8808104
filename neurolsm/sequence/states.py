"""Many series through one network, a piece at a time: memory does not grow with their length."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeVar

import numpy as np
from joblib import cpu_count
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from neurolsm.encode.streaming import Streaming
from neurolsm.execute.backend import Simulator, open_simulator
from neurolsm.program import Program
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State
from neurolsm.progress import Bar
from neurolsm.sequence.features import StepFeatures
from neurolsm.sequence.series import Series, length_of, part_of, width_of
from neurolsm.sequence.walk import Walk, WalkState

PIECE = 1 << 20  # features that are held at once
T = TypeVar("T")


class Piece(NamedTuple):
    """Some states of one series.

    Attributes:
        series: which one.
        rows: which of its values.
        states: float32 [T, F].
    """

    series: int
    rows: slice
    states: NDArray[np.float32]


@dataclass(frozen=True, eq=False, kw_only=True)
class SeriesStates:
    """The function from series to states after each value. Every series begins afresh, whatever came before.

    Args:
        program: the network.
        encoder: turns values into spikes; None where the series are ``Spikes``.
        features: what is read after each value.
        hold: steps of the network for each value.
        backend, options: what runs it.
        start: what each series begins with, for a network that has learned; None for rest.
        progress: True or False: a bar or none; None: a bar on a terminal once it takes long.
    """

    program: Program
    encoder: Streaming | None
    features: StepFeatures
    hold: int
    backend: str = "emulator"
    options: dict[str, Any] = field(default_factory=dict)
    start: State | None = None
    progress: bool | None = None

    def open(self) -> Simulator:
        """A simulator of the network."""
        return open_simulator(self.program, self.backend, **self.options)

    def walk(self, simulator: Simulator, n_values: int, *, learn: bool = False) -> Walk:
        """A series that begins."""
        return Walk(simulator, self.encoder, self.features, self.hold, n_values, start=self.start, learn=learn)

    def learned(self, series: Series) -> SeriesStates:
        """The same, beginning with what a plastic network has learned from the series, once and in order."""
        with self.open() as simulator:
            walk = self.walk(simulator, width_of(series[0]), learn=True)
            for one in series:
                walk.begin_again()
                for _ in self.through(walk, one):
                    pass
            state = simulator.state
        state.begin_sample(self.program)
        return replace(self, start=state)

    def stream(self, series: Series, *, end: list[WalkState] | None = None) -> Iterator[Piece]:
        """The states of all series, one after the other; the network runs ahead by one piece while the caller works.

        ``end`` is given where the last series stands after its last value.
        """
        # Products of features on all cores at once would take turns with the network instead of working next to it.
        with self.open() as simulator, threadpool_limits(max(cpu_count() - 1, 1)):
            yield from ahead(self._pieces(simulator, series, end))

    def __call__(self, series: Series) -> list[NDArray[np.float32]]:
        """The states [T_i, F] of each series."""
        found: list[list[NDArray[np.float32]]] = [[] for _ in series]
        for piece in self.stream(series):
            found[piece.series].append(piece.states)
        return [parts[0] if len(parts) == 1 else np.concatenate(parts) for parts in found]

    def through(self, walk: Walk, one: NDArray[np.float64] | Spikes) -> Iterator[tuple[slice, NDArray[np.float32]]]:
        """The states of one series, which goes on where the walk stands, and which of its values they belong to."""
        length, once = length_of(one, self.hold), max(PIECE // walk.width, 1)
        for first in range(0, length, once):
            rows = slice(first, min(first + once, length))
            yield rows, walk.push(part_of(one, rows, self.hold))

    def width(self, series: Series) -> int:
        """Number of features F."""
        return self.features.width(self.program.n, width_of(series[0]), self.hold)

    def _pieces(self, simulator: Simulator, series: Series, end: list[WalkState] | None) -> Iterator[Piece]:
        total = sum(length_of(one, self.hold) for one in series)
        off = None if self.progress is None else not self.progress
        with Bar(total=total, unit="value", desc=self.backend, delay=2, leave=False, disable=off) as bar:
            walk = self.walk(simulator, width_of(series[0]))
            for k, one in enumerate(series):
                if k:
                    walk.reset()
                for rows, states in self.through(walk, one):
                    yield Piece(k, rows, states)
                    bar.update(len(states))
            if end is not None:
                end.append(walk.state)


def ahead(items: Iterator[T]) -> Iterator[T]:
    """The same items; the next is made on another thread while the caller works on one."""
    nothing: Any = object()
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, items, nothing)
        try:
            while (item := coming.result()) is not nothing:
                coming = thread.submit(next, items, nothing)
                yield item
        finally:
            coming.cancel()
            thread.shutdown(wait=True)
            close = getattr(items, "close", None)
            if close:
                close()
