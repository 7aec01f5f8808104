"""A program that learns as a network of Lava's own processes: LIF, Sparse, DelaySparse, LearningDense, LearningSparse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from neurolsm.program import INPUT, Program, Projection
from neurolsm.program.plasticity import TRACES
from neurolsm.program.state import PlasticState, State
from neurolsm_lava.exchange import Exchange
from neurolsm_lava.stock import static_connection
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
        clerk: feeds the others; all are compiled with it.
        lif: the neurons.
        carrying: the processes of all projections that have synapses.
        learners: the learning process of each plastic projection.
    """

    program: Program
    clerk: Any
    lif: Any
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
        found = [(var, new) for var, old, new in ((self.lif.u, held.u, wanted.u), (self.lif.v, held.v, wanted.v))
                 if not np.array_equal(old, new)]  # fmt: skip
        if not np.array_equal(held.pending, wanted.pending):  # who holds which part of it is not known
            buffers = [process.a_buff for process in self.carrying]
            found += zip(buffers, spread(wanted.pending, [buffer.shape for buffer in buffers]), strict=True)
        for process, old, new in zip(self.learners, held.plastic, wanted.plastic, strict=True):
            found += [
                (getattr(process, name), getattr(new, name))
                for name in VECTORS
                if not np.array_equal(getattr(old, name), getattr(new, name))
            ]
        return found


def build(program: Program, state: State, exchange: Exchange) -> Network:
    """Processes that begin in ``state`` if its clock is 0; else in silence, with the weights and tags of ``state``."""
    from lava.proc.lif.process import LIF

    from neurolsm_lava.clerk.process import Clerk

    n, neurons, late = program.n, program.neurons, state.clock > 0
    lif = LIF(
        shape=(n,), du=neurons.du, dv=neurons.dv, vth=state.vth, bias_mant=state.bias_mant, bias_exp=neurons.bias_exp,
        u=np.zeros(n, np.int32) if late else state.u, v=np.zeros(n, np.int32) if late else state.v,
    )  # fmt: skip
    memories = iter(state.plastic)
    learners, wired = [], []
    for p in program.projections:
        if p.plasticity:
            memory = next(memories)
            process = learning_connection(p, memory, n)
            for name in VECTORS:
                getattr(process, name).init = 0 if late else getattr(memory, name).astype(np.int64)
            learners.append(process)
        elif p.size:
            process = static_connection(p, n)
        else:
            continue
        wired.append((p, process))
    carrying = [process for p, process in wired if p.size]
    shapes = [process.a_buff.shape for process in carrying]
    pending = np.zeros_like(state.pending) if late else state.pending
    if late:
        pending[0] = SILENCE
    for process, values in zip(carrying, spread(pending, shapes), strict=True):
        process.a_buff.init = values
    references = [
        {name: getattr(process, name).shape for name in (*VECTORS, *MATRICES) if name in VECTORS or _is_dense(process)}
        for process in learners
    ]
    clerk = Clerk(program=program, exchange=exchange, buffers=shapes, learners=references)
    lif.s_out.connect(clerk.s_in)
    clerk.u.connect_var(lif.u)
    clerk.v.connect_var(lif.v)
    for p, process in wired:
        (clerk if p.source == INPUT else lif).s_out.connect(process.s_in)
        if p.size:
            process.a_out.connect(lif.a_in)
    for k, process in enumerate(carrying):
        getattr(clerk, f"buffer_{k}").connect_var(process.a_buff)
    for k, (p, process) in enumerate(zip(program.plastic, learners, strict=True)):
        lif.s_out.connect(process.s_in_bap)
        assert p.plasticity is not None
        if p.plasticity.third:
            for name in ("y1", "y2", "y3"):
                getattr(clerk, f"{name}_out").connect(getattr(process, f"s_in_{name}"))
        for name in references[k]:
            getattr(clerk, f"learner_{k}_{name}").connect_var(getattr(process, name))
    return Network(program, clerk, lif, carrying, learners)


def learning_connection(projection: Projection, memory: PlasticState, n: int) -> Any:
    """A LearningDense or LearningSparse with the weights and tags of ``memory``.

    Nine bits of weight keep odd ones of mixed sign, which learning makes; a chip would drop their lowest bit.
    """
    from lava.proc.dense.process import LearningDense
    from lava.proc.sparse.process import LearningSparse
    from lava.utils.weightutils import SignMode

    p = projection
    assert p.plasticity is not None
    shape = (n, p.indptr.size - 1)
    dense = process_for(p, n) == DENSE
    weights, tag_1, tag_2 = (
        _matrix(p, values, shape, dense) for values in (memory.weight, memory.tag1, memory.tag2)
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


def _is_dense(process: Any) -> bool:
    return isinstance(process.weights.init, np.ndarray)
