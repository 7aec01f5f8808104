"""A Program with short-term plasticity and its state laid out for the kernel: one table a source, all projections in it.

A static synapse is one that spends everything and recovers at once: U = 1 and a recovery of next to no time.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.emulator import short_term_kernel
from neurolsm.program import INPUT, NEURON, Program
from neurolsm.program.short_term import LONG_AGO, ShortTermState
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State

AT_ONCE = 1e-300  # steps
Table = tuple[NDArray[Any], ...]
Places = list[tuple[ShortTermState, NDArray[np.int64]]]


def run_block(
    program: Program, state: State, inputs: Spikes, span: tuple[int, int], carry: bool, out: tuple[NDArray[Any], ...]
) -> NDArray[np.int32]:
    """Samples ``span[0]`` to ``span[1]``; moves ``state`` to the end of the last one and fills ``out``."""
    neurons = program.neurons
    (heard, from_inputs), (sent, from_neurons) = (_table(program, state, source) for source in (INPUT, NEURON))
    fired = short_term_kernel.run(
        inputs.indptr, inputs.unit, inputs.offsets, span[0], span[1], carry, heard, sent,
        neurons.du, neurons.dv, state.bias_mant, state.vth, neurons.refractory, neurons.theta_step, neurons.theta_decay,
        state.u, state.v, state.refractory, state.theta, state.pending, *out,
    )  # fmt: skip
    for table, places in ((heard, from_inputs), (sent, from_neurons)):
        for memory, place in places:
            memory.spent[:], memory.left[:], memory.age[:] = table[7][place], table[8][place], table[9]
    return np.asarray(fired)


def _table(program: Program, state: State, source: str) -> tuple[Table, Places]:
    """indptr, post, delay, weight, use, recovery, facilitation, spent, left [synapses], age [sources]; and what lies where."""
    memories = dict(zip((id(p) for p in program.dynamic), state.short_term, strict=True))
    found = [p for p in program.projections if p.source == source]
    sources = program.n_inputs if source == INPUT else program.n
    indptr = sum((p.indptr for p in found), np.zeros(sources + 1, np.int64))
    size = int(indptr[-1])
    post, delay, weight = np.zeros(size, np.int32), np.zeros(size, np.uint8), np.zeros(size)
    use, recovery, facilitation = np.ones(size), np.full(size, AT_ONCE), np.ones(size)
    spent, left, age = np.zeros(size), np.ones(size), np.full(sources, LONG_AGO, np.int32)
    begin, places = indptr[:-1].copy(), []
    for p in found:
        lengths = np.diff(p.indptr)
        place = np.arange(p.size) + np.repeat(begin - p.indptr[:-1], lengths)
        begin += lengths
        post[place], delay[place], weight[place] = p.post, p.delay, p.weight
        if p.short_term is not None:
            c, memory = p.short_term, memories[id(p)]
            use[place], recovery[place], facilitation[place] = c.use, c.recovery, c.facilitation
            spent[place], left[place], age[:] = memory.spent, memory.left, memory.age
            places.append((memory, place))
    return (indptr, post, delay, weight, use, recovery, facilitation, spent, left, age), places
