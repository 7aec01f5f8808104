"""A Program laid out for the kernel: all projections of one source in one table, delays folded into the targets.

A synapse takes 4 bytes in integer arithmetic, a 16-bit target and a 16-bit weight, and 6 where rows times neurons need 32 bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.compiled import compiled
from neurolsm.emulator.update import FLAGS
from neurolsm.program import INPUT, NEURON, Program, Projection
from neurolsm.program.state import State


@dataclass(frozen=True, eq=False)
class Table:
    """Synapses grouped by source; those of source j are ``ptr[j]`` to ``ptr[j + 1]``.

    Attributes:
        ptr: uint32 [sources + 1] (uint64 above 2^32 synapses).
        target: delay * n + post, uint16 or uint32 [synapses].
        weight: effective weight, which 16 bits always hold, int16 or float64 [synapses].
    """

    ptr: NDArray[Any]
    target: NDArray[Any]
    weight: NDArray[Any]

    @property
    def arrays(self) -> tuple[NDArray[Any], ...]:
        return self.ptr, self.target, self.weight

    @property
    def nbytes(self) -> int:
        return sum(array.nbytes for array in self.arrays)


def target_type(program: Program, n: int) -> type[np.unsignedinteger[Any]]:
    """The smallest type that holds every target among ``n`` neurons of a program."""
    return np.uint16 if (program.max_delay + 1) * n <= 1 << 16 else np.uint32


def table(
    program: Program, source: str, projections: Sequence[Projection], span: tuple[int, int] | None = None
) -> Table:
    """The table of those ``projections`` that start at ``input`` or at ``neuron``; with ``span``, of their synapses onto the neurons
    from ``span[0]`` to ``span[1]`` - 1, as if there were no others."""
    sources = program.n_inputs if source == INPUT else program.n
    found = [p for p in projections if p.source == source]
    ptr, (first, last) = np.zeros(sources + 1, np.int64), span or (0, program.n)
    for p in found:
        if span:
            _count(p.indptr, p.post, first, last, ptr)
        else:
            ptr += p.indptr
    target = np.empty(ptr[-1], target_type(program, last - first))
    weight = np.empty(ptr[-1], np.int16 if program.integer else np.float64)
    begin = ptr[:-1].copy()
    for p in found:
        _place(begin, p.indptr, p.post, p.delay, p.weight, p.weight_exp, first, last, target, weight)
    return Table(ptr.astype(np.uint32 if ptr[-1] < 1 << 32 else np.uint64), target, weight)


def late_targets(program: Program) -> int:
    """The targets of all synapses that have a delay are among the first so many neurons."""
    return max((int(p.post[p.delay > 0].max(initial=-1)) + 1 for p in program.projections), default=0)


@compiled(**FLAGS)
def _count(indptr, post, first, last, ptr):  # type: ignore[no-untyped-def]
    """Add to ``ptr`` where the synapses of each source onto neurons ``first`` to ``last`` - 1 end."""
    end = 0
    for j in range(indptr.size - 1):
        for s in range(indptr[j], indptr[j + 1]):
            end += first <= post[s] < last
        ptr[j + 1] += end


@compiled(**FLAGS)
def _place(begin, indptr, post, delay, weight, exp, first, last, target, effective):  # type: ignore[no-untyped-def]
    """Write one projection behind ``begin``, where the synapses of each source go on, and move that."""
    scale = 1 << exp
    for j in range(begin.size):
        at = begin[j]
        for s in range(indptr[j], indptr[j + 1]):
            if first <= post[s] < last:
                target[at] = np.int64(delay[s]) * (last - first) + post[s] - first
                effective[at] = weight[s] * scale
                at += 1
        begin[j] = at


def static_tables(program: Program) -> tuple[Table, Table]:
    """Inputs and neurons, without the plastic projections."""
    static = [p for p in program.projections if not p.plasticity]
    return table(program, INPUT, static), table(program, NEURON, static)


def frozen_tables(program: Program, state: State) -> tuple[Table, Table]:
    """Inputs and neurons, plastic projections with the weights that they have learned."""
    learned = iter(state.plastic)
    every = [replace(p, weight=next(learned).weight) if p.plasticity else p for p in program.projections]
    return table(program, INPUT, every), table(program, NEURON, every)
