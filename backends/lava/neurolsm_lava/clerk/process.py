"""The process at which a network of stock processes that learns gets its input and leaves its output and state."""

from __future__ import annotations

from lava.magma.core.process.ports.ports import InPort, OutPort, RefPort
from lava.magma.core.process.process import AbstractProcess

from neurolsm.program import Program
from neurolsm_lava.exchange import Exchange
from neurolsm_lava.stock import MOST_CONNECTIONS
from neurolsm_lava.stock_layout import MOST_GROUPS, Layout
from neurolsm_lava.stock_rules import MATRICES, MOST_LEARNING, THIRD, VECTORS


class Clerk(AbstractProcess):
    """Between shared memory and stock processes, and the teacher of those that learn from third factors.

    Ports: ``s_out`` input spikes [n_inputs]; of group g of neurons ``spikes_g`` and references ``u_g``, ``v_g``; ``buffer_k`` to the
    input on its way in block k; of the k-th learning process ``channels_k`` the input spikes it learns from, ``y1_k``, ``y2_k``,
    ``y3_k`` its third factors, and references ``learner_k_x1`` and so on to its state.

    Args:
        program: what the network runs.
        exchange: shared memory.
        layout: groups and blocks.
        buffers: shapes of the buffers of all blocks.
        learners: shapes of the references to each learning process, by name.
    """

    def __init__(
        self, *, program: Program, exchange: Exchange, layout: Layout, buffers: list[tuple[int, ...]],
        learners: list[dict[str, tuple[int, ...]]],
    ) -> None:  # fmt: skip
        super().__init__(program=program, exchange=exchange, layout=layout, buffers=buffers, learners=learners)
        self.s_out = OutPort(shape=(program.n_inputs,))
        # Lava wants the ports of a process and of its model to be the same, so those that are not needed exist as well.
        for g in range(MOST_GROUPS):
            group = layout.groups[g] if g < len(layout.groups) else slice(0, 1)
            shape = (group.stop - group.start,)
            setattr(self, f"spikes_{g}", InPort(shape=shape))
            setattr(self, f"u_{g}", RefPort(shape=shape))
            setattr(self, f"v_{g}", RefPort(shape=shape))
        for k in range(MOST_CONNECTIONS):
            setattr(self, f"buffer_{k}", RefPort(shape=buffers[k] if k < len(buffers) else (1,)))
        for k in range(MOST_LEARNING):
            block = layout.learning[k] if k < len(learners) else None
            setattr(self, f"channels_{k}", OutPort(shape=(block.projection.indptr.size - 1,) if block else (1,)))
            for name in THIRD:
                setattr(self, f"{name}_{k}", OutPort(shape=(block.n,) if block else (1,)))
            for name in (*VECTORS, *MATRICES):
                shape = learners[k].get(name, (1,)) if k < len(learners) else (1,)
                setattr(self, f"learner_{k}_{name}", RefPort(shape=shape))
