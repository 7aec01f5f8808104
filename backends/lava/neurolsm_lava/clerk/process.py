"""The process at which a network of stock processes that learns gets its input and leaves its output and state."""

from __future__ import annotations

from lava.magma.core.process.ports.ports import InPort, OutPort, RefPort
from lava.magma.core.process.process import AbstractProcess

from neurolsm.program import Program
from neurolsm_lava.exchange import Exchange
from neurolsm_lava.stock import MOST_CONNECTIONS
from neurolsm_lava.stock_rules import MATRICES, MOST_LEARNING, VECTORS


class Clerk(AbstractProcess):
    """Between shared memory and stock processes.

    Ports: ``s_out`` input spikes [n_inputs], ``y1_out``, ``y2_out``, ``y3_out`` third factors [N], ``s_in`` spikes of the
    neurons [N], and references to the state: ``u``, ``v`` [N], ``buffer_k`` to the input on its way in connection k,
    ``learner_k_x1`` and so on to the k-th learning process.

    Args:
        program: what the network runs.
        exchange: shared memory.
        buffers: shapes of the buffers of all connections.
        learners: shapes of the references to each learning process, by name.
    """

    def __init__(
        self, *, program: Program, exchange: Exchange, buffers: list[tuple[int, ...]],
        learners: list[dict[str, tuple[int, ...]]],
    ) -> None:  # fmt: skip
        super().__init__(program=program, exchange=exchange, buffers=buffers, learners=learners)
        self.s_out = OutPort(shape=(program.n_inputs,))
        self.s_in = InPort(shape=(program.n,))
        for name in ("y1_out", "y2_out", "y3_out"):
            setattr(self, name, OutPort(shape=(program.n,)))
        self.u = RefPort(shape=(program.n,))
        self.v = RefPort(shape=(program.n,))
        # Lava wants the ports of a process and of its model to be the same, so those that are not needed exist as well.
        for k in range(MOST_CONNECTIONS):
            setattr(self, f"buffer_{k}", RefPort(shape=buffers[k] if k < len(buffers) else (1,)))
        for k in range(MOST_LEARNING):
            for name in (*VECTORS, *MATRICES):
                shape = learners[k].get(name, (1,)) if k < len(learners) else (1,)
                setattr(self, f"learner_{k}_{name}", RefPort(shape=shape))
