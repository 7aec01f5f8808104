"""A Program laid out for the kernel: all projections of one source in one table, delays folded into the targets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.program import INPUT, NEURON, Program, Projection
from neurolsm.state import State


@dataclass(frozen=True, eq=False)
class Table:
    """Synapses grouped by source; those of source j are ``ptr[j]`` to ``ptr[j + 1]``.

    Attributes:
        ptr: uint32 [sources + 1] (uint64 above 2^32 synapses).
        target: delay * n + post, uint32 [synapses].
        weight: effective weight, int32 or float64 [synapses].
    """

    ptr: NDArray[Any]
    target: NDArray[np.uint32]
    weight: NDArray[Any]


def table(program: Program, source: str, projections: Sequence[Projection]) -> Table:
    """The table of those ``projections`` that start at ``input`` or at ``neuron``."""
    sources = program.n_inputs if source == INPUT else program.n
    found = [p for p in projections if p.source == source]
    fan_out = sum((np.diff(p.indptr) for p in found), np.zeros(sources, np.int64))
    ptr = np.concatenate([[0], np.cumsum(fan_out)])
    target = np.empty(ptr[-1], np.uint32)
    weight = np.empty(ptr[-1], program.dtype)
    begin = ptr[:-1].copy()
    for p in found:
        lengths = np.diff(p.indptr)
        place = np.arange(p.size) + np.repeat(begin - p.indptr[:-1], lengths)
        target[place] = p.delay.astype(np.uint32) * np.uint32(program.n) + p.post.astype(np.uint32)
        weight[place] = p.effective
        begin += lengths
    return Table(ptr.astype(np.uint32 if ptr[-1] < 1 << 32 else np.uint64), target, weight)


def static_tables(program: Program) -> tuple[Table, Table]:
    """Inputs and neurons, without the plastic projections."""
    static = [p for p in program.projections if not p.plasticity]
    return table(program, INPUT, static), table(program, NEURON, static)


def frozen_tables(program: Program, state: State) -> tuple[Table, Table]:
    """Inputs and neurons, plastic projections with the weights that they have learned."""
    learned = iter(state.plastic)
    every = [replace(p, weight=next(learned).weight) if p.plasticity else p for p in program.projections]
    return table(program, INPUT, every), table(program, NEURON, every)
