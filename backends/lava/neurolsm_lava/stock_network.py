"""A program that learns as a network of Lava's own processes: LIF, Sparse, DelaySparse, LearningDense, LearningSparse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from neurolsm.program import Program, Projection
from neurolsm.program.plasticity import TRACES
from neurolsm.program.state import PlasticState, State
from neurolsm_lava.exchange import Exchange
from neurolsm_lava.stock import static_connection
from neurolsm_lava.stock_layout import Block, Layout, layout
from neurolsm_lava.stock_records import held_traces, own_names
from neurolsm_lava.stock_rules import DENSE, MATRICES, NEVER, VECTORS, learning_rule, process_for

# Input with which no neuron fires: u = 64 SILENCE is the lowest that does not wrap, and no bias reaches 0 from there.
SILENCE = 1 - (1 << 17)


class Kept(csr_matrix):  # type: ignore[misc]
    """A sparse matrix whose zeros stay: LearningSparse drops weights of 0 when it starts, and they could learn no more."""

    def eliminate_zeros(self) -> None:
        pass


@dataclass(frozen=True, eq=False)
class Network:
    """The processes.

    Attributes:
        program: what they run.
        layout: its groups and blocks.
        clerk: feeds the others; all are compiled with it.
        lifs: the neurons of each group.
        carrying: the process of each block.
        learners: those of them that learn.
    """

    program: Program
    layout: Layout
    clerk: Any
    lifs: list[Any]
    carrying: list[Any]
    learners: list[Any]

    @property
    def settable(self) -> bool:
        """Whether Var.set works: it makes a learning process round its time constants down to whole steps."""
        rules = [p.plasticity for p in self.program.plastic if p.plasticity]
        return all(
            tau >= NEVER or tau == int(tau) for rule in rules for tau in (rule.trace(name).tau for name in TRACES)
        )

    def changes(self, held: State, wanted: State) -> list[tuple[Any, NDArray[Any]]]:
        """What to set to come from one state to another that differs in what it says of neurons alone: Vars and values."""
        found = []
        for lif, group in zip(self.lifs, self.layout.groups, strict=True):
            found += [(var, new[group]) for var, old, new in ((lif.u, held.u, wanted.u), (lif.v, held.v, wanted.v))
                      if not np.array_equal(old[group], new[group])]  # fmt: skip
        if not np.array_equal(held.pending, wanted.pending):  # who holds which part of it is not known
            buffers = [process.a_buff for process in self.carrying]
            found += zip(buffers, fill(self.layout, wanted.pending, [buffer.shape for buffer in buffers]), strict=True)
        for block, process in zip(self.layout.learning, self.learners, strict=True):
            assert block.plastic is not None and block.projection.plasticity is not None
            old, new = held.plastic[block.plastic], wanted.plastic[block.plastic]
            for name in held_traces(block.projection.plasticity):
                before, after = (getattr(memory, name)[block.side(name)] for memory in (old, new))
                if not np.array_equal(before, after):
                    found.append((getattr(process, name), after))
        return found


def build(program: Program, state: State, exchange: Exchange) -> Network:
    """Processes that begin in ``state`` if its clock is 0; else in silence, with the weights and tags of ``state``."""
    from neurolsm_lava.clerk.process import Clerk

    plan, late = layout(program), state.clock > 0
    lifs = [_neurons(program, state, group, late) for group in plan.groups]
    carrying = []
    for block in plan.blocks:
        if block.plastic is None:
            carrying.append(static_connection(block.projection, block.n))
            continue
        memory = state.plastic[block.plastic]
        process = learning_connection(block, memory)
        for name in VECTORS:
            getattr(process, name).init = 0 if late else getattr(memory, name)[block.side(name)].astype(np.int64)
        carrying.append(process)
    learners = [process for block, process in zip(plan.blocks, carrying, strict=True) if block.plastic is not None]
    shapes = [process.a_buff.shape for process in carrying]
    pending = np.zeros_like(state.pending) if late else state.pending
    if late:
        pending[0] = SILENCE
    for process, values in zip(carrying, fill(plan, pending, shapes), strict=True):
        process.a_buff.init = values
    references = [
        {name: getattr(process, name).shape for name in (*VECTORS, *MATRICES) if name in VECTORS or _is_dense(process)}
        for process in learners
    ]
    clerk = Clerk(program=program, exchange=exchange, layout=plan, buffers=shapes, learners=references)
    network = Network(program, plan, clerk, lifs, carrying, learners)
    _connect(network, references)
    return network


def _neurons(program: Program, state: State, group: slice, late: bool) -> Any:
    from lava.proc.lif.process import LIF

    neurons, n = program.neurons, group.stop - group.start
    still = np.zeros(n, np.int32)
    return LIF(
        shape=(n,), du=neurons.du[group], dv=neurons.dv[group], vth=state.vth[group], bias_mant=state.bias_mant[group],
        bias_exp=neurons.bias_exp[group], u=still if late else state.u[group], v=still if late else state.v[group],
    )  # fmt: skip


def _connect(network: Network, references: list[dict[str, tuple[int, ...]]]) -> None:
    clerk, lifs = network.clerk, network.lifs
    for g, lif in enumerate(lifs):
        lif.s_out.connect(getattr(clerk, f"spikes_{g}"))
        getattr(clerk, f"u_{g}").connect_var(lif.u)
        getattr(clerk, f"v_{g}").connect_var(lif.v)
    number = 0  # of the learning process
    for k, (block, process) in enumerate(zip(network.layout.blocks, network.carrying, strict=True)):
        rule = block.projection.plasticity
        source = clerk.s_out if block.source is None else lifs[block.source].s_out
        if rule and block.source is None:
            source = getattr(clerk, f"channels_{number}")
        source.connect(process.s_in)
        process.a_out.connect(lifs[block.target].a_in)
        getattr(clerk, f"buffer_{k}").connect_var(process.a_buff)
        if not rule:
            continue
        lifs[block.target].s_out.connect(process.s_in_bap)
        if rule.third:
            for name in (*rule.third, *own_names(rule)):
                getattr(clerk, f"{name}_{number}").connect(getattr(process, f"s_in_{name}"))
        for name in references[number]:
            getattr(clerk, f"learner_{number}_{name}").connect_var(getattr(process, name))
        number += 1


def learning_connection(block: Block, memory: PlasticState) -> Any:
    """A LearningDense or LearningSparse with the weights and tags of ``memory``, that of the whole projection.

    Nine bits of weight keep odd ones of mixed sign, which learning makes; a chip would drop their lowest bit.
    """
    from lava.proc.dense.process import LearningDense
    from lava.proc.sparse.process import LearningSparse
    from lava.utils.weightutils import SignMode

    p = block.projection
    assert p.plasticity is not None
    shape = (block.n, p.indptr.size - 1)
    dense = process_for(p, block.n) == DENSE
    weights, tag_1, tag_2 = (
        _matrix(p, values[block.synapses], shape, dense) for values in (memory.weight, memory.tag1, memory.tag2)
    )  # fmt: skip
    return (LearningDense if dense else LearningSparse)(
        weights=weights, tag_1=tag_1, tag_2=tag_2, learning_rule=learning_rule(p.plasticity), weight_exp=p.weight_exp,
        sign_mode=SignMode[p.sign_mode.upper()], num_weight_bits=9 if p.sign_mode == "mixed" else 8,
    )  # fmt: skip


def _matrix(projection: Projection, values: NDArray[Any], shape: tuple[int, int], dense: bool) -> Any:
    if dense:
        matrix = np.zeros(shape, np.int32)
        matrix[projection.post, projection.pre] = values
        return matrix
    return Kept((values.astype(np.int32), (projection.post, projection.pre)), shape)


def spread(pending: NDArray[Any], shapes: list[tuple[int, ...]]) -> list[NDArray[Any]]:
    """Input on its way [steps, N] over buffers of these shapes: the one that holds the most steps takes all of it."""
    found = [np.zeros(shape, np.int32) for shape in shapes]
    if found:
        widest = max(found, key=lambda a: a.size)
        widest.reshape(pending.shape[1], -1)[:] = pending[: widest.size // max(pending.shape[1], 1)].T
    return found


def fill(plan: Layout, pending: NDArray[Any], shapes: list[tuple[int, ...]]) -> list[NDArray[Any]]:
    """Input on its way [steps, N] over the buffers of all blocks: in each group the one that holds the most steps takes all of it."""
    found = [np.zeros(shape, np.int32) for shape in shapes]
    for g, group in enumerate(plan.groups):
        into = plan.into(g)
        for k, values in zip(into, spread(pending[:, group], [shapes[k] for k in into]), strict=True):
            found[k] = values
    return found


def _is_dense(process: Any) -> bool:
    return isinstance(process.weights.init, np.ndarray)
