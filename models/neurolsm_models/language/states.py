"""Liquid states of a text: who fires in the silent step before each character, as sorted events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurolsm.execute.backend import Simulator
from neurolsm_models.language.encode import STEPS, one_step, spikes
from neurolsm_models.language.text import Symbols

CHUNK = 2000  # characters per run, so that memory does not grow with the text


@dataclass(frozen=True, eq=False)
class States:
    """States before each of T characters: ``unit[indptr[t]:indptr[t + 1]]`` fired before character t.

    Attributes:
        indptr: int64 [T + 1].
        unit: int32.
        units: neurons.
    """

    indptr: NDArray[np.int64]
    unit: NDArray[np.int32]
    units: int

    def __len__(self) -> int:
        return self.indptr.size - 1

    def part(self, first: int, last: int) -> States:
        """Characters first .. last - 1."""
        indptr = self.indptr[first : last + 1]
        return States(indptr - indptr[0], self.unit[indptr[0] : indptr[-1]], self.units)

    def select(self, start: int, stop: int) -> States:
        """Only the neurons start .. stop - 1, under the same numbers."""
        keep = (self.unit >= start) & (self.unit < stop)
        return States(np.concatenate([[0], np.cumsum(keep)])[self.indptr], self.unit[keep], self.units)

    @staticmethod
    def join(parts: list[States]) -> States:
        counts = np.concatenate([np.zeros(1, np.int64)] + [np.diff(p.indptr) for p in parts])
        return States(np.cumsum(counts), np.concatenate([p.unit for p in parts]), parts[0].units)


def stream(simulator: Simulator, symbols: Symbols) -> Iterator[tuple[States, int]]:
    """States before each symbol and synaptic operations, chunk by chunk; the simulator goes on from where it is."""
    for start in range(0, symbols.size, CHUNK):
        piece = symbols[start : start + CHUNK]
        recording = simulator.run(spikes(piece, simulator.program.n_inputs), carry=True)
        found = recording.spikes
        rows = found.indptr
        first = rows[:-1:STEPS]  # events of the silent step of each character
        size = rows[1::STEPS] - first
        take = np.repeat(first - np.concatenate([[0], np.cumsum(size)[:-1]]), size) + np.arange(size.sum())
        yield States(np.concatenate([[0], np.cumsum(size)]), found.unit[take], found.units), int(recording.synops.sum())


def states(simulator: Simulator, symbols: Symbols) -> tuple[States, float]:
    """All states of a text, and synaptic operations per character."""
    parts, operations = zip(*stream(simulator, symbols), strict=True)
    return States.join(list(parts)), sum(operations) / symbols.size


def ahead(simulator: Simulator) -> States:
    """The silent step before the next character."""
    found = simulator.run(one_step(None, simulator.program.n_inputs), carry=True).spikes
    return States(np.array([0, found.unit.size], np.int64), found.unit, found.units)


def enter(simulator: Simulator, symbol: int) -> None:
    """The step in which the character comes."""
    simulator.run(one_step(symbol, simulator.program.n_inputs), carry=True)
