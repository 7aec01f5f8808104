"""All synapses of a program as rows of equal width, so that spikes are delivered by whole rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.program import INPUT, Program

ROW_COST = 8  # what a row costs beside its entries, in entries; decides the width
EVENTS_AT_ONCE = 1 << 15  # keeps the temporary arrays in the cache


class Synapses:
    """Synapses grouped by source, cut into rows of ``width`` entries and filled up with entries of weight 0.

    Sources are the input channels and then the neurons. Indexing rows copies runs of memory instead of single numbers,
    which makes delivery several times faster than a list of synapses for each spike.

    Attributes:
        first: first row of each source, int64 [sources + 1].
        target: ``delay * N + post`` of each entry, int64 [rows, width].
        weight: what a spike adds there, of the program's type [rows, width].
        place: where in ``weight`` the synapses of each plastic projection are, flat [synapses].
    """

    def __init__(self, program: Program) -> None:
        pre, target, weight, order = _entries(program)
        fan_out = np.bincount(pre, minlength=program.n_inputs + program.n)
        self.width = _width(fan_out)
        rows = -(-fan_out // self.width)
        self.first = np.concatenate([[0], np.cumsum(rows)]).astype(np.int64)
        self.target = np.zeros((int(self.first[-1]), self.width), np.int64)
        self.weight = np.zeros(self.target.shape, program.dtype)
        rank = np.arange(pre.size) - (np.cumsum(fan_out) - fan_out)[pre]
        place = self.first[pre] * self.width + rank
        self.target.reshape(-1)[place] = target
        self.weight.reshape(-1)[place] = weight
        self.place = _places(program, place[np.argsort(order)])

    def assign(self, plastic: int, synapses: Any, weight: NDArray[Any]) -> None:
        """Give some synapses of a plastic projection, by its number, another weight (what a spike adds)."""
        self.weight.reshape(-1)[self.place[plastic][synapses]] = weight

    def deliver(self, source: NDArray[np.int64], base: NDArray[np.int64], pending: NDArray[Any]) -> None:
        """Add the weights of all synapses of each ``source`` to the flat ``pending``, at ``base`` + target."""
        rows = self.first[source + 1] - self.first[source]
        before = np.cumsum(rows) - rows
        row = np.repeat(self.first[source] - before, rows) + np.arange(rows.sum())
        base = np.repeat(base, rows)
        at_once = max(1, EVENTS_AT_ONCE // self.width)
        for k in range(0, row.size, at_once):
            part = row[k : k + at_once]
            target = self.target[part]
            target += base[k : k + at_once, None]
            np.add.at(pending, target.reshape(-1), self.weight[part].reshape(-1))


def _entries(program: Program) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[Any], NDArray[np.int64]]:
    """Source, target and weight of every synapse, ordered by source, and its number in the order of the projections."""
    kinds = program.projections
    pre = [p.pre + (0 if p.source == INPUT else program.n_inputs) for p in kinds]
    target = [p.delay.astype(np.int64) * program.n + p.post for p in kinds]
    nothing = np.zeros(0, np.int64)
    joined = np.concatenate([*pre, nothing])
    order = np.argsort(joined, kind="stable")
    weight = np.concatenate([*(p.effective for p in kinds), nothing])
    return joined[order], np.concatenate([*target, nothing])[order], weight[order], order


def _places(program: Program, place: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """The part of ``place`` that belongs to each plastic projection."""
    parts = np.split(place, np.cumsum([p.size for p in program.projections]))
    return [part for part, p in zip(parts, program.projections, strict=False) if p.plasticity]


def _width(fan_out: NDArray[np.int64]) -> int:
    """The width that moves the fewest entries when every source fires once."""
    candidates = [1 << k for k in range(2, 11)] + [int(fan_out.max(initial=1))]
    return min(candidates, key=lambda width: int((-(-fan_out // max(width, 1))).sum()) * (width + ROW_COST))
