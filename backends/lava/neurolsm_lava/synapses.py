"""All synapses of a program, grouped by source."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.program import INPUT, Program
from neurolsm_lava.compiled import deliver


class Synapses:
    """Synapses in the order of their sources: the input channels and then the neurons.

    Attributes:
        first: first synapse of each source, int64 [sources + 1].
        target: ``delay * N + post``, int32.
        weight: what a spike adds there, of the program's type.
        place: where the synapses of each plastic projection are.
    """

    def __init__(self, program: Program) -> None:
        pre, target, weight, order = _entries(program)
        fan_out = np.bincount(pre, minlength=program.n_inputs + program.n)
        self.first = np.concatenate([[0], np.cumsum(fan_out)]).astype(np.int64)
        self.target, self.weight = target.astype(np.int32), weight.astype(program.dtype)
        self.place = _places(program, np.argsort(order))

    def assign(self, plastic: int, synapses: Any, weight: NDArray[Any]) -> None:
        """Give some synapses of a plastic projection, by its number, another weight (what a spike adds)."""
        self.weight[self.place[plastic][synapses]] = weight

    def deliver(self, source: NDArray[np.int64], base: NDArray[np.int64], pending: NDArray[Any]) -> None:
        """Add the weights of all synapses of each ``source`` to the flat ``pending``, at ``base`` + target."""
        deliver(self.first, self.target, self.weight, source, base, pending)


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
