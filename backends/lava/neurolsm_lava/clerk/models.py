"""The model of the clerk."""

from __future__ import annotations

from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort, PyRefPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol
from numpy.typing import NDArray

from neurolsm.semantics.modulation import third_factors
from neurolsm_lava.clerk.process import Clerk
from neurolsm_lava.plan import NONE
from neurolsm_lava.stock import MOST_CONNECTIONS
from neurolsm_lava.stock_network import SILENCE, spread
from neurolsm_lava.stock_rules import MATRICES, MOST_LEARNING, THIRD, VECTORS

OUT, REF = LavaPyType(PyOutPort.VEC_DENSE, np.int32), LavaPyType(PyRefPort.VEC_DENSE, np.int32)


@implements(proc=Clerk, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyClerk(PyLoihiProcessModel):
    """Feeds a stream without a gap, for Lava's random numbers go on with every step; acts in the management phase.

    Steps without a sample come before all others: they advance the random numbers to the clock of a state, while no neuron
    can fire, and after the last of them that state is set. ``load`` of the plan asks for this, and after a step with a
    sample for the state of rest in which the next sample begins.
    """

    s_out: PyOutPort = OUT
    y1_out: PyOutPort = OUT
    y2_out: PyOutPort = OUT
    y3_out: PyOutPort = OUT
    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    u: PyRefPort = REF
    v: PyRefPort = REF
    vars().update({f"buffer_{k}": REF for k in range(MOST_CONNECTIONS)})
    vars().update({f"learner_{k}_{name}": REF for k in range(MOST_LEARNING) for name in (*VECTORS, *MATRICES)})

    def __init__(self, proc_params: Any) -> None:
        super().__init__(proc_params)
        self.exchange, self.program = proc_params["exchange"], proc_params["program"]
        self.shapes, self.learners = proc_params["buffers"], proc_params["learners"]
        self.still = np.zeros(self.program.n, np.int32)
        silent = np.zeros((self.program.max_delay + 1, self.program.n), np.int32)
        silent[0] = SILENCE
        self.silent = spread(silent, self.shapes)

    def run_spk(self) -> None:
        exchange = self.exchange
        turn = exchange.turn(self.time_step)
        if turn == 0:
            plan = exchange.plan()
            self.row, self.load, self.last = plan.row[:, 0], plan.load[:, 0], plan.last[:, 0]
            self.graded = exchange.graded
        self.turn = turn
        rows = self.row[turn : turn + 1]
        rows = rows[rows != NONE]
        stimulus = np.zeros(self.program.n_inputs, np.int32)
        stimulus[exchange.input(rows)[1]] = 1
        self.s_out.send(stimulus)
        third = dict.fromkeys(THIRD, self.still)
        if rows.size and self.program.modulators:
            third = third_factors(self.program.modulators, self.graded.at(int(rows[0])), self.still)
        for name, values in third.items():
            getattr(self, f"{name}_out").send(values.astype(np.int32))
        fired = self.s_in.recv()
        exchange.raster[rows] = np.packbits(fired != 0)
        exchange.progress[0] = self.time_step

    def post_guard(self) -> bool:
        row, last = self.row[self.turn], self.last[self.turn]
        return bool(row == NONE or self.load[self.turn] or last != NONE or self.exchange.traced)

    def run_post_mgmt(self) -> None:
        exchange = self.exchange
        row, load, sample = self.row[self.turn], self.load[self.turn], self.last[self.turn]
        if row == NONE:
            self._take(exchange.before, exchange.plastic) if load else self._hush()
            return
        if exchange.traced:
            exchange.trace_u[row], exchange.trace_v[row] = self.u.read(), self.v.read()
        if sample != NONE:
            exchange.u[sample], exchange.v[sample] = self.u.read(), self.v.read()
            if sample == exchange.final:
                self._give()
        if load:
            self._rest()

    # ------------------------------------------------------------------ to the processes

    def _hush(self) -> None:
        """Nobody can fire in the next step: all of it is lost, but for the random numbers."""
        self._write(self.u, self.still)
        self._write(self.v, self.still)
        self._fill(self.silent)

    def _take(self, state: dict[str, NDArray[Any]], plastic: list[Any]) -> None:
        """The whole state; input on its way goes into the connection that holds the most steps."""
        self._write(self.u, state["u"])
        self._write(self.v, state["v"])
        self._fill(spread(state["pending"], self.shapes))
        for k, (projection, memory) in enumerate(zip(self.program.plastic, plastic, strict=True)):
            for name in VECTORS:
                self._write(getattr(self, f"learner_{k}_{name}"), getattr(memory, name))
            for name, ours in MATRICES.items():
                if name in self.learners[k]:
                    matrix = np.zeros(self.learners[k][name], np.int32)
                    matrix[projection.post, projection.pre] = getattr(memory, ours)
                    self._write(getattr(self, f"learner_{k}_{name}"), matrix)

    def _rest(self) -> None:
        """What a new sample does not inherit."""
        self._write(self.u, self.still)
        self._write(self.v, self.still)
        self._fill([np.zeros(shape, np.int32) for shape in self.shapes])
        for k, projection in enumerate(self.program.plastic):
            for name in projection.plasticity.forgotten:
                self._write(getattr(self, f"learner_{k}_{name}"), np.zeros(self.learners[k][name], np.int32))

    def _fill(self, buffers: list[NDArray[Any]]) -> None:
        for k, values in enumerate(buffers):
            self._write(getattr(self, f"buffer_{k}"), values)

    @staticmethod
    def _write(port: PyRefPort, values: NDArray[Any]) -> None:
        port.write(np.ascontiguousarray(values, np.int32))
        port.wait()

    # ------------------------------------------------------------------ from the processes

    def _give(self) -> None:
        """The whole state, but for what LearningSparse holds: Lava cannot send its matrices to a reference."""
        after = self.exchange.after
        after["u"][:], after["v"][:] = self.u.read(), self.v.read()
        after["pending"][:] = 0
        for k in range(len(self.shapes)):
            held = getattr(self, f"buffer_{k}").read().reshape(self.program.n, -1)
            after["pending"][: held.shape[1]] += held.T
        for k, (projection, memory) in enumerate(zip(self.program.plastic, self.exchange.plastic, strict=True)):
            for name in VECTORS:
                getattr(memory, name)[:] = getattr(self, f"learner_{k}_{name}").read()
            for name, ours in MATRICES.items():
                if name in self.learners[k]:
                    matrix = getattr(self, f"learner_{k}_{name}").read()
                    getattr(memory, ours)[:] = matrix[projection.post, projection.pre]
