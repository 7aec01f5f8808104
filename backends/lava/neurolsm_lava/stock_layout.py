"""How a program that learns is cut into Lava processes: groups of neurons, and blocks of synapses between them.

LearningDense learns between all of its sources and all of its targets. A readout learns between some of the program's neurons,
so those are a LIF process of their own. Each cut is at a boundary of a population. The random numbers of the parts of a projection
are the same, for Lava draws one number per step for all synapses of a process.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from neurolsm.program import INPUT, Program, Projection

MOST_GROUPS = 16  # each is an operating-system process


@dataclass(frozen=True, eq=False)
class Block:
    """The synapses of a projection from one group, or from the inputs, to another: one Lava process.

    Attributes:
        projection: these synapses, with sources and targets counted from 0.
        synapses: their numbers in the projection of the program.
        plastic: the projection's number among the plastic ones; None for a static one.
        source: number of the source group; None for the inputs.
        pre: the sources, as a range of channels or of neurons.
        target: number of the target group.
        post: the targets, as a range of neurons.
    """

    projection: Projection
    synapses: NDArray[np.int64]
    plastic: int | None
    source: int | None
    pre: slice
    target: int
    post: slice

    @property
    def n(self) -> int:
        """Targets."""
        return int(self.post.stop - self.post.start)

    def side(self, name: str) -> slice:
        """The part of a trace or spike time of the projection that belongs to this block."""
        return self.pre if "x" in name else self.post


@dataclass(frozen=True, eq=False)
class Layout:
    """A program as processes.

    Attributes:
        groups: ranges of neurons, one LIF process each; all neurons are in one of them.
        blocks: one process each, in the order of the projections.
    """

    groups: tuple[slice, ...]
    blocks: tuple[Block, ...]

    @property
    def learning(self) -> tuple[Block, ...]:
        """The blocks that learn."""
        return tuple(block for block in self.blocks if block.plastic is not None)

    def into(self, group: int) -> list[int]:
        """The numbers of the blocks that lead to a group."""
        return [k for k, block in enumerate(self.blocks) if block.target == group]


def layout(program: Program) -> Layout:
    """The processes of a program, as few as its plastic projections allow."""
    groups = _groups(program)
    bounds = np.array([group.stop for group in groups])
    blocks, plastic = [], 0
    for p in program.projections:
        number = plastic if p.plasticity else None
        plastic += p.plasticity is not None
        if p.size:
            blocks += _blocks(p, number, groups, bounds)
    return Layout(groups, tuple(blocks))


def _groups(program: Program) -> tuple[slice, ...]:
    allowed = {q.start for q in program.populations} | {q.stop for q in program.populations}
    ends = [_span(units) for p in program.plastic if p.size for units in _neurons(p)]
    cuts = sorted({0, program.n} | (allowed & {end for span in ends for end in span}))
    return tuple(slice(low, high) for low, high in pairwise(cuts))


def _neurons(p: Projection) -> list[NDArray[np.int32]]:
    """The neurons at the two ends of a projection."""
    return [p.post] if p.source == INPUT else [p.post, p.pre]


def _span(units: NDArray[np.int32]) -> tuple[int, int]:
    return int(units.min()), int(units.max()) + 1


def _blocks(p: Projection, plastic: int | None, groups: tuple[slice, ...], bounds: NDArray[np.int64]) -> list[Block]:
    """A projection cut at the groups of its targets and of its sources; a plastic one from the inputs has the channels it uses."""
    pre = p.pre
    target = np.searchsorted(bounds, p.post, side="right")
    if p.source == INPUT:
        first, last = _span(pre) if p.plasticity else (0, p.indptr.size - 1)
        sources: list[tuple[int | None, slice]] = [(None, slice(first, last))]
        origin = np.zeros(p.size, np.int64)
    else:
        sources = list(enumerate(groups))
        origin = np.searchsorted(bounds, pre, side="right")
    found = []
    for s, (source, span) in enumerate(sources):
        for t, group in enumerate(groups):
            synapses = np.flatnonzero((origin == s) & (target == t))
            if synapses.size:
                found.append(Block(_part(p, pre, synapses, span, group), synapses, plastic, source, span, t, group))
    return found


def _part(p: Projection, pre: NDArray[np.int32], synapses: NDArray[np.int64], span: slice, group: slice) -> Projection:
    count = np.bincount(pre[synapses] - span.start, minlength=span.stop - span.start)
    return replace(
        p, indptr=np.concatenate([[0], np.cumsum(count)]).astype(np.int64), post=p.post[synapses] - np.int32(group.start),
        weight=p.weight[synapses], delay=p.delay[synapses],
    )  # fmt: skip
