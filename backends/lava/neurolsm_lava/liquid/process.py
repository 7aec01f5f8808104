"""The processes: a whole liquid, and ``Desk``, through which stock processes get their input and give their output."""

from __future__ import annotations

from lava.magma.core.process.ports.ports import InPort, OutPort, RefPort
from lava.magma.core.process.process import AbstractProcess

from neurolsm.program import Program
from neurolsm_lava.exchange import Exchange
from neurolsm_lava.stock import MOST_CONNECTIONS


class Liquid(AbstractProcess):
    """A program, run once for all that ``exchange`` holds. It has two models, ``FusedLiquid`` and ``StockLiquid``."""

    def __init__(self, *, program: Program, exchange: Exchange, lanes: int) -> None:
        super().__init__(program=program, exchange=exchange, lanes=lanes)


class Desk(AbstractProcess):
    """Between shared memory and stock processes.

    Ports: ``s_out`` input spikes [n_inputs], ``s_in`` spikes of the neurons [N], and references to the state: ``u``,
    ``v`` [N], ``buffer_k`` to the input on its way in connection k.
    """

    def __init__(self, *, program: Program, exchange: Exchange, buffers: list[tuple[int, ...]], widest: int) -> None:
        super().__init__(program=program, exchange=exchange, buffers=len(buffers), widest=widest)
        self.s_out = OutPort(shape=(program.n_inputs,))
        self.s_in = InPort(shape=(program.n,))
        self.u = RefPort(shape=(program.n,))
        self.v = RefPort(shape=(program.n,))
        # Lava wants the ports of a process and of its model to be the same, so those that are not needed exist as well.
        for k in range(MOST_CONNECTIONS):
            setattr(self, f"buffer_{k}", RefPort(shape=buffers[k] if k < len(buffers) else (1,)))
