"""The model of the clerk."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort, PyRefPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol
from numpy.typing import NDArray

from neurolsm_lava.clerk.process import Clerk
from neurolsm_lava.plan import NONE
from neurolsm_lava.stock import MOST_CONNECTIONS
from neurolsm_lava.stock_layout import MOST_GROUPS
from neurolsm_lava.stock_network import SILENCE, fill
from neurolsm_lava.stock_records import Records, held_traces, kept, own_traces
from neurolsm_lava.stock_rules import MATRICES, MOST_LEARNING, THIRD, VECTORS
from neurolsm_lava.teacher import needs_voltages, third_factors

OUT, REF = LavaPyType(PyOutPort.VEC_DENSE, np.int32), LavaPyType(PyRefPort.VEC_DENSE, np.int32)
IN = LavaPyType(PyInPort.VEC_DENSE, np.int32)
NOBODY = np.zeros(0, np.int32)


@implements(proc=Clerk, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyClerk(PyLoihiProcessModel):
    """Feeds a stream without a gap, for Lava's random numbers go on with every step.

    In the spiking phase it sends input, hears who fired and sends third factors. Errors need the voltages after the step: these
    are read, and the errors written, in the management phase before learning. States are kept and set in the one after it.

    Steps without a sample come before all others: they advance the random numbers to the clock of a state, while no neuron
    can fire, and after the last of them that state is set. ``load`` of the plan asks for this, and after a step with a
    sample for the state of rest in which the next sample begins.
    """

    s_out: PyOutPort = OUT
    vars().update({f"spikes_{g}": IN for g in range(MOST_GROUPS)})
    vars().update({f"{name}_{g}": REF for g in range(MOST_GROUPS) for name in ("u", "v")})
    vars().update({f"buffer_{k}": REF for k in range(MOST_CONNECTIONS)})
    vars().update({f"{name}_{k}": OUT for k in range(MOST_LEARNING) for name in ("channels", *THIRD)})
    vars().update({f"learner_{k}_{name}": REF for k in range(MOST_LEARNING) for name in (*VECTORS, *MATRICES)})

    def __init__(self, proc_params: Any) -> None:
        super().__init__(proc_params)
        self.exchange, self.program = proc_params["exchange"], proc_params["program"]
        self.shapes, self.learners = proc_params["buffers"], proc_params["learners"]
        self.layout = proc_params["layout"]
        self.still = np.zeros(self.program.n, np.int32)
        self.modulators = [asdict(m) for m in self.program.modulators]
        silent = np.zeros((self.program.max_delay + 1, self.program.n), np.int32)
        silent[0] = SILENCE
        self.silent = fill(self.layout, silent, self.shapes)

    # ------------------------------------------------------------------ spiking

    def run_spk(self) -> None:
        exchange, layout = self.exchange, self.layout
        turn = exchange.turn(self.time_step)
        if turn == 0:
            self._begin()
        self.turn, row = turn, int(self.row[turn])
        inside = row != NONE
        channels = exchange.input(np.array([row]))[1] if inside else NOBODY
        stimulus = np.zeros(self.program.n_inputs, np.int32)
        stimulus[channels] = 1
        self.s_out.send(stimulus)
        for k, block in enumerate(layout.learning):
            if block.source is None:
                getattr(self, f"channels_{k}").send(stimulus[block.pre])
        fired = np.concatenate([getattr(self, f"spikes_{g}").recv() != 0 for g in range(len(layout.groups))])
        self.graded_now = self.graded.at(row) if inside and self.modulators else None
        third = dict.fromkeys(THIRD, self.still)
        if self.graded_now is not None:
            third = third_factors(self.modulators, self.graded_now, self.still)
        if inside:
            exchange.raster[row] = np.packbits(fired)
            spiking = np.flatnonzero(fired)
            for record in self.records.values():
                record.step(channels, spiking, third, self.time_step)
        for k, block in enumerate(layout.learning):
            self._send_third(k, block, third, fired, inside)
        exchange.progress[0] = self.time_step

    def _begin(self) -> None:
        """A run begins: its plan, what is taught in it, and the traces that are kept here."""
        plan, plastic, clock = self.exchange.plan(), self.exchange.plastic, self.exchange.learning_clock
        self.row, self.load, self.last = plan.row[:, 0], plan.load[:, 0], plan.last[:, 0]
        self.graded = self.exchange.graded
        steps = int(np.count_nonzero(self.row != NONE))
        self.records = {
            k: Records(p, plastic[k], clock, steps)
            for k, p in enumerate(self.program.plastic)
            if kept(self.program, self.layout, k)
        }
        self.own = [own_traces(block, plastic[block.plastic], clock) for block in self.layout.learning]

    def _send_third(
        self, k: int, block: Any, third: dict[str, NDArray[Any]], fired: NDArray[np.bool_], inside: bool
    ) -> None:
        rule, own = block.projection.plasticity, self.own[k]
        traces = own.step(fired[block.post]) if own and inside else {}
        for name in THIRD:
            said = third[name][block.post] if name in rule.third else traces.get(name, self.still[block.post])
            getattr(self, f"{name}_{k}").send(said.astype(np.int32))

    # ------------------------------------------------------------------ before learning

    def pre_guard(self) -> bool:
        return self.graded_now is not None and needs_voltages(self.modulators, self.graded_now)

    def lrn_guard(self) -> bool:  # Lava looks at the one above only where a process takes part in learning
        return self.pre_guard()

    def run_pre_mgmt(self) -> None:
        """Errors of this step."""
        v = np.concatenate([getattr(self, f"v_{g}").read() for g in range(len(self.layout.groups))])
        third = third_factors(self.modulators, self.graded_now, v)
        for record in self.records.values():
            record.taught(third)
        for k, block in enumerate(self.layout.learning):
            for name in block.projection.plasticity.third:
                self._write(getattr(self, f"learner_{k}_{name}"), third[name][block.post])

    # ------------------------------------------------------------------ after learning

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
            exchange.trace_u[row], exchange.trace_v[row] = self._read("u"), self._read("v")
        if sample != NONE:
            exchange.u[sample], exchange.v[sample] = self._read("u"), self._read("v")
            if sample == exchange.final:
                self._give()
        if load:
            self._rest()

    # ------------------------------------------------------------------ to the processes

    def _hush(self) -> None:
        """Nobody can fire in the next step: all of it is lost, but for the random numbers."""
        self._neurons(self.still, self.still)
        self._fill(self.silent)

    def _take(self, state: dict[str, NDArray[Any]], plastic: list[Any]) -> None:
        """The whole state; input on its way goes into the block that holds the most steps."""
        self._neurons(state["u"], state["v"])
        self._fill(fill(self.layout, state["pending"], self.shapes))
        for k, block in enumerate(self.layout.learning):
            memory, p = plastic[block.plastic], block.projection
            for name in VECTORS:
                self._write(getattr(self, f"learner_{k}_{name}"), getattr(memory, name)[block.side(name)])
            for name, ours in MATRICES.items():
                if name in self.learners[k]:
                    matrix = np.zeros(self.learners[k][name], np.int32)
                    matrix[p.post, p.pre] = getattr(memory, ours)[block.synapses]
                    self._write(getattr(self, f"learner_{k}_{name}"), matrix)

    def _rest(self) -> None:
        """What a new sample does not inherit."""
        self._neurons(self.still, self.still)
        self._fill([np.zeros(shape, np.int32) for shape in self.shapes])
        for k, block in enumerate(self.layout.learning):
            forgotten = block.projection.plasticity.forgotten
            for name in forgotten:
                self._write(getattr(self, f"learner_{k}_{name}"), np.zeros(self.learners[k][name], np.int32))
            if self.own[k]:
                self.own[k].forget(forgotten)
        for record in self.records.values():
            record.forget()

    def _neurons(self, u: NDArray[Any], v: NDArray[Any]) -> None:
        for g, group in enumerate(self.layout.groups):
            self._write(getattr(self, f"u_{g}"), u[group])
            self._write(getattr(self, f"v_{g}"), v[group])

    def _fill(self, buffers: list[NDArray[Any]]) -> None:
        for k, values in enumerate(buffers):
            self._write(getattr(self, f"buffer_{k}"), values)

    @staticmethod
    def _write(port: PyRefPort, values: NDArray[Any]) -> None:
        port.write(np.ascontiguousarray(values, np.int32))
        port.wait()

    # ------------------------------------------------------------------ from the processes

    def _read(self, name: str) -> NDArray[Any]:
        """u or v of all neurons."""
        return np.concatenate([getattr(self, f"{name}_{g}").read() for g in range(len(self.layout.groups))])

    def _give(self) -> None:
        """The whole state, but for what LearningSparse holds: Lava cannot send its matrices to a reference."""
        after, plastic = self.exchange.after, self.exchange.plastic
        after["u"][:], after["v"][:] = self._read("u"), self._read("v")
        after["pending"][:] = 0
        for k, block in enumerate(self.layout.blocks):
            held = getattr(self, f"buffer_{k}").read().reshape(block.n, -1)
            after["pending"][: held.shape[1], block.post] += held.T
        for k, record in self.records.items():
            record.give(plastic[k])
        for k, block in enumerate(self.layout.learning):
            memory, p = plastic[block.plastic], block.projection
            for name in held_traces(p.plasticity):
                getattr(memory, name)[block.side(name)] = getattr(self, f"learner_{k}_{name}").read()
            for name, ours in MATRICES.items():
                if name in self.learners[k]:
                    matrix = getattr(self, f"learner_{k}_{name}").read()
                    getattr(memory, ours)[block.synapses] = matrix[p.post, p.pre]
