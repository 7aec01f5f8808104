"""The models of the processes. Lava's run configuration chooses: the leaf, or the network of stock processes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort, PyRefPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.model.sub.model import AbstractSubProcessModel
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol
from lava.proc.lif.process import LIF
from numpy.typing import NDArray

from neurolsm.program import INPUT
from neurolsm_lava.lanes import Lanes
from neurolsm_lava.learning import Learning
from neurolsm_lava.liquid.process import Desk, Liquid
from neurolsm_lava.plan import NONE
from neurolsm_lava.stock import MOST_CONNECTIONS, connections


@implements(proc=Liquid, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class FusedLiquid(PyLoihiProcessModel):
    """One process for everything, for the CPU simulator: each Lava step advances all lanes by one step."""

    def __init__(self, proc_params: Any) -> None:
        super().__init__(proc_params)
        self.exchange = proc_params["exchange"]
        program = proc_params["program"]
        self.lanes = Lanes(program, proc_params["lanes"])
        self.learning = Learning(program, self.exchange.learned, self.exchange.plastic)

    def run_spk(self) -> None:
        exchange, lanes = self.exchange, self.lanes
        turn = exchange.turn(self.time_step)
        if turn == 0:
            self._begin()
        if self.plan.load[turn].any():
            lanes.load(np.flatnonzero(self.plan.load[turn]), exchange.before)
            if turn and exchange.learns:
                self.learning.forget()
        active = np.flatnonzero(self.plan.row[turn] != NONE)
        rows = self.plan.row[turn, active]
        place, channel = exchange.input(rows)
        spike = lanes.step(active[place], channel)
        if exchange.learns:
            self.learning.step(lanes, channel, spike[0], self.graded.at(int(rows[0])))
        exchange.raster[rows] = np.packbits(spike, axis=1)[active]
        if exchange.traced:
            exchange.trace_u[rows], exchange.trace_v[rows] = lanes.u[active], lanes.v[active]
        for lane in np.flatnonzero(self.plan.last[turn] != NONE):
            self._finish(lane, self.plan.last[turn, lane])
        exchange.progress[0] = self.time_step

    def _begin(self) -> None:
        exchange, lanes = self.exchange, self.lanes
        self.plan, self.graded = exchange.plan(), exchange.graded
        if lanes.count != self.plan.lanes:
            lanes.resize(self.plan.lanes)
        lanes.adopt(exchange.learned)
        if exchange.learns:
            self.learning.begin(exchange.learning_clock, self.plan.steps)

    def _finish(self, lane: int, sample: int) -> None:
        self.exchange.u[sample], self.exchange.v[sample] = self.lanes.u[lane], self.lanes.v[lane]
        if sample == self.exchange.final:
            self.lanes.store(lane, self.exchange.after)


@implements(proc=Liquid, protocol=LoihiProtocol)
@tag("fixed_pt")
class StockLiquid(AbstractSubProcessModel):
    """Stock processes: LIF, one Sparse or DelaySparse for each projection, and ``Desk``. The form that a chip needs."""

    def __init__(self, proc: Liquid) -> None:
        program = proc.proc_params["program"]
        neurons = program.neurons
        self.lif = LIF(
            shape=(program.n,),
            du=neurons.du,
            dv=neurons.dv,
            vth=neurons.vth,
            bias_mant=neurons.bias_mant,
            bias_exp=neurons.bias_exp,
        )
        found = connections(program)
        depths = [c.a_buff.shape[1] if len(c.a_buff.shape) > 1 else 1 for _, c in found]
        self.desk = Desk(
            program=program,
            exchange=proc.proc_params["exchange"],
            buffers=[c.a_buff.shape for _, c in found],
            widest=int(np.argmax([*depths, 0])),
        )
        self.lif.s_out.connect(self.desk.s_in)
        self.desk.u.connect_var(self.lif.u)
        self.desk.v.connect_var(self.lif.v)
        for k, (source, connection) in enumerate(found):
            setattr(self, f"connection_{k}", connection)
            (self.desk if source == INPUT else self.lif).s_out.connect(connection.s_in)
            connection.a_out.connect(self.lif.a_in)
            getattr(self.desk, f"buffer_{k}").connect_var(connection.a_buff)


@implements(proc=Desk, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyDesk(PyLoihiProcessModel):
    """Feeds one sample after the other; sets and reads the state in the management phase, one message an array.

    A state is set at the end of a step without input, which the plan puts before a sample: whatever that step did is
    overwritten, and the next step is the first of the sample.
    """

    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32)
    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    u: PyRefPort = LavaPyType(PyRefPort.VEC_DENSE, np.int32)
    v: PyRefPort = LavaPyType(PyRefPort.VEC_DENSE, np.int32)
    vars().update({f"buffer_{k}": LavaPyType(PyRefPort.VEC_DENSE, np.int32) for k in range(MOST_CONNECTIONS)})

    def __init__(self, proc_params: Any) -> None:
        super().__init__(proc_params)
        self.exchange = proc_params["exchange"]
        self.n_inputs, self.widest = proc_params["program"].n_inputs, proc_params["widest"]
        self.buffer_names = [f"buffer_{k}" for k in range(proc_params["buffers"])]

    def run_spk(self) -> None:
        exchange = self.exchange
        turn = exchange.turn(self.time_step)
        if turn == 0:
            plan = exchange.plan()
            self.row, self.load, self.last = plan.row[:, 0], plan.load[:, 0], plan.last[:, 0]
        self.turn = turn
        rows = self.row[turn : turn + 1]
        rows = rows[rows != NONE]
        stimulus = np.zeros(self.n_inputs, np.int32)
        stimulus[exchange.input(rows)[1]] = 1
        self.s_out.send(stimulus)
        fired = self.s_in.recv()
        exchange.raster[rows] = np.packbits(fired != 0)
        exchange.progress[0] = self.time_step

    def post_guard(self) -> bool:
        return bool(self.load[self.turn] or self.last[self.turn] != NONE or self.exchange.traced)

    def run_post_mgmt(self) -> None:
        row, sample = self.row[self.turn], self.last[self.turn]
        if self.load[self.turn]:
            self._set(self.exchange.before)
        if row != NONE and self.exchange.traced:
            self.exchange.trace_u[row], self.exchange.trace_v[row] = self.u.read(), self.v.read()
        if sample != NONE:
            self.exchange.u[sample], self.exchange.v[sample] = self.u.read(), self.v.read()
            if sample == self.exchange.final:
                self._get(self.exchange.after)

    def _buffers(self) -> Iterator[tuple[PyRefPort, int]]:
        """References to the input on its way, with the number of steps each connection holds."""
        for name in self.buffer_names:
            port = getattr(self, name)
            yield port, port._shape[1] if len(port._shape) > 1 else 1

    def _set(self, state: dict[str, NDArray[Any]]) -> None:
        """Input on its way may have come by any connection; the one that holds the most steps takes all of it."""
        self._write(self.u, state["u"])
        self._write(self.v, state["v"])
        for k, (port, depth) in enumerate(self._buffers()):
            pending = state["pending"][:depth].T if k == self.widest else 0
            self._write(port, np.broadcast_to(pending, (port._shape[0], depth)).reshape(port._shape))

    @staticmethod
    def _write(port: PyRefPort, values: NDArray[Any]) -> None:
        port.write(np.ascontiguousarray(values, np.int32))
        port.wait()

    def _get(self, state: dict[str, NDArray[Any]]) -> None:
        state["u"][:], state["v"][:] = self.u.read(), self.v.read()
        state["pending"][:] = 0
        for port, depth in self._buffers():
            state["pending"][:depth] += port.read().reshape(-1, depth).T
