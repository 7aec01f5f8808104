"""Single steps by the same kernels: all that a run prepares is prepared once, and the state stays where the kernel left it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.emulator import kernel, plastic_kernel
from neurolsm.emulator.learners import Learners
from neurolsm.emulator.output import Output
from neurolsm.emulator.plastic_tables import keep_traces, random_numbers
from neurolsm.emulator.tables import frozen_tables
from neurolsm.program.plasticity import LAVA
from neurolsm.program.sealed import seal
from neurolsm.program.state import State

if TYPE_CHECKING:
    from neurolsm.emulator.simulator import EmulatorSimulator

AHEAD = 256  # steps whose random numbers are asked for at once
OFFSETS, GRADED, CLOCK, SINCE, SETTLED = 2, slice(3, 5), 6, 7, 8  # places among the arguments of the plastic kernel


class EmulatorStepper:
    """See ``neurolsm.execute.stepping.Stepper``. Without short-term plasticity."""

    def __init__(self, simulator: EmulatorSimulator, learn: bool) -> None:
        program = simulator.program
        self._simulator, self._program, self._learns = simulator, program, learn and program.learns
        self._unit, self._indptr = np.zeros(program.n_inputs, np.int32), np.zeros(2, np.int64)
        self._value = np.zeros((1, program.n_graded), np.int16)
        # The kernel was compiled for arrays that nobody may write to.
        self._inputs = _sealed(self._indptr), _sealed(self._unit), np.array([0, 1], np.int64)
        self._no_graded = seal(np.zeros(0, np.int64)), seal(np.zeros((0, program.n_graded), np.int16))
        self._graded = seal(np.zeros(1, np.int64)), _sealed(self._value)
        self._out = Output.empty(program, 1, 1, ())
        self.state = simulator.state

    @property
    def u(self) -> NDArray[Any]:
        return self._state.u

    @property
    def v(self) -> NDArray[Any]:
        return self._state.v

    @property
    def state(self) -> State:
        if self._learns:
            self._settle()
        self._simulator.pending.keep(self._state, self._ring)
        return self._state.copy()

    @state.setter
    def state(self, state: State) -> None:
        s = self._state = State.given(state, self._program)
        pending = self._simulator.pending
        self._ring, wide = pending.ring(s), pending.wide(s)
        if not self._learns:
            plastic = self._program.plastic
            tables = frozen_tables(self._program, s) if plastic else self._simulator.static
            fired = np.empty(2 * self._program.n + 64, np.int32)
            self._arguments = self._simulator.static_arguments(
                *self._inputs, (0, 1), True, tables, s, self._ring, fired, self._out
            )
            return
        self._tables = self._simulator.learned.new(s, 1)
        self._learners = Learners(self._tables)
        self._arguments = self._simulator.plastic_arguments(
            *self._inputs, *self._no_graded, True, self._learners, s, self._ring, wide, self._out
        )
        self._arguments[SETTLED] = False
        self._since = 0
        self._draw()

    def step(self, channels: NDArray[np.int32], graded: NDArray[np.int16] | None = None) -> NDArray[np.int32]:
        count = channels.size
        self._unit[:count] = channels
        self._indptr[1] = count
        if not self._learns:
            return kernel.run(*self._arguments).copy()  # type: ignore[no-any-return]
        arguments, clock = self._arguments, self._state.clock
        if graded is None:
            arguments[GRADED] = self._no_graded
        else:
            self._value[0] = graded
            arguments[GRADED] = self._graded
        at = clock - self._drawn
        if at == AHEAD:
            self._draw()
            at = 0
        for table, draws, up in self._numbers:
            table.draws[:, 0] = draws[:, at]
            table.up[0] = up[at]
        arguments[CLOCK], arguments[SINCE] = clock, self._since
        try:
            return plastic_kernel.run(*arguments).copy()  # type: ignore[no-any-return]
        finally:  # an interrupt is heard when the kernel has changed the state
            self._state.clock = clock + 1
            self._since += 1

    def _draw(self) -> None:
        """The random numbers of the coming steps, of projections that have Lava's stream."""
        self._drawn = self._state.clock
        rules = [p.plasticity for p in self._program.plastic]
        self._numbers = [
            (table, *random_numbers(rule, self._drawn, AHEAD))
            for table, rule in zip(self._tables, rules, strict=True)
            if rule is not None and rule.stream == LAVA
        ]

    def _settle(self) -> None:
        """Bring weights that wait, see pairs, and the traces of the state up to date."""
        arguments = list(self._arguments)
        arguments[OFFSETS], arguments[SETTLED] = np.zeros(2, np.int64), True
        plastic_kernel.run(*arguments)  # no step
        for table, memory in zip(self._tables, self._state.plastic, strict=True):
            keep_traces(table, memory)


def _sealed(array: NDArray[Any]) -> NDArray[Any]:
    """The same numbers, for those who only read."""
    view = array[:]
    view.flags.writeable = False
    return view
