"""Adding neurons, input channels and synapses to a Program that is already lowered."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
from numpy.typing import NDArray

from neurolsm.lowering.target import DU_MAX
from neurolsm.program import INPUT, NEURON, Neurons, Population, Program, Projection
from neurolsm.program.plasticity import LAVA, SYNAPSE, Plasticity
from neurolsm.random import stream

Indices = NDArray[np.int64]


def seed_of(program: Program, name: str) -> int:
    """A seed for the rounding stream of the projection ``name``."""
    return int(stream(program.seed, name).integers(1, 2**31 - 1))


def stream_of(stock: bool) -> str:
    """The rounding stream of a readout: Lava's own processes draw one number per step for all synapses, a chip one for each."""
    return LAVA if stock else SYNAPSE


def point_neurons(n: int, *, vth: int, leak: int = 0, refractory: int = 0) -> Neurons:
    """Neurons whose current lasts one step: v <- v (4096 - leak) / 4096 + 64 a, a spike when v > 64 vth."""

    def constant(value: int) -> NDArray[np.int32]:
        return np.full(n, value, np.int32)

    zero = constant(0)
    return Neurons(constant(DU_MAX), constant(leak), constant(vth), zero, zero, constant(refractory), zero, zero)


def add_neurons(program: Program, name: str, more: Neurons) -> tuple[Program, Indices]:
    """The program with a population behind the others, and the numbers of its neurons."""
    first, n = program.n, more.size
    old = program.neurons
    joined = Neurons(**{f.name: np.concatenate([getattr(old, f.name), getattr(more, f.name)]) for f in fields(Neurons)})
    grown = tuple(_more_sources(p, n) if p.source == NEURON else p for p in program.projections)
    populations = (*program.populations, Population(name, first, first + n))
    return replace(program, neurons=joined, populations=populations, projections=grown), np.arange(first, first + n)


def add_inputs(program: Program, n: int) -> tuple[Program, Indices]:
    """The program with ``n`` more input channels, and their numbers."""
    first = program.n_inputs
    grown = tuple(_more_sources(p, n) if p.source == INPUT else p for p in program.projections)
    return replace(program, n_inputs=first + n, projections=grown), np.arange(first, first + n)


def connect(
    program: Program,
    name: str,
    source: str,
    pre: Indices,
    post: Indices,
    weight: int | NDArray[np.int64],
    *,
    sign_mode: str = "excitatory",
    exp: int = 0,
    delay: int = 0,
    plasticity: Plasticity | None = None,
) -> Program:
    """The program with synapses from pre[k] to post[k], of ``weight`` (one for all, or one each) and ``delay`` steps."""
    sources = program.n_inputs if source == INPUT else program.n
    order = np.lexsort((post, pre))
    indptr = np.concatenate([[0], np.cumsum(np.bincount(pre, minlength=sources))]).astype(np.int64)
    made = Projection(
        name, source, sign_mode, exp, indptr, post[order].astype(np.int32),
        np.broadcast_to(weight, pre.shape)[order].astype(np.int16), np.full(pre.size, delay, np.uint8), plasticity,
    )  # fmt: skip
    return replace(program, projections=(*program.projections, made))


def all_pairs(pre: Indices, post: Indices) -> tuple[Indices, Indices]:
    return np.repeat(pre, post.size), np.tile(post, pre.size)


def _more_sources(projection: Projection, n: int) -> Projection:
    return replace(projection, indptr=np.concatenate([projection.indptr, np.full(n, projection.indptr[-1])]))
