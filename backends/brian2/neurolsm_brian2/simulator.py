"""Brian2Simulator: a Program on Brian2, through the interface that all backends share."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from neurolsm.errors import BackendFailure, refuse
from neurolsm.execute.backend import check_inputs
from neurolsm.execute.recording import Recording
from neurolsm.execute.turn import in_turn
from neurolsm.program import Program
from neurolsm.program.graded import Graded
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State
from neurolsm_brian2.learning import cells, check
from neurolsm_brian2.network import state_names
from neurolsm_brian2.outcome import Engine, Outcome


class Brian2Simulator:
    """Runs a Program on Brian2. See ``neurolsm.execute.backend.Simulator`` for the interface."""

    def __init__(self, program: Program, engine: Engine, info: dict[str, Any]) -> None:
        self.program = program
        self.info = info
        self._engine: Engine | None = engine
        self._state = State.rest(program)

    @property
    @in_turn
    def state(self) -> State:
        """A copy of the state after the last step; what is set is copied.

        Raises:
            InvalidValue: a state of another program, or an adaptive threshold, a refractory period or a trace under way
                where the program has none.
        """
        return self._state.copy()

    @state.setter
    @in_turn
    def state(self, state: State) -> None:
        given = State.given(state, self.program)
        for name in {"refractory", "theta"} - set(state_names(self.program)):
            if getattr(given, name).any():
                refuse(
                    "State", name, getattr(given, name), "must be 0: no neuron of this program uses it", "Set it to 0"
                )
        check(self.program, given)
        self._state = given

    @in_turn
    def run(
        self, inputs: Spikes, *, graded: Graded | None = None, learn: bool = True, carry: bool = False,
        trace: Sequence[str] = (),
    ) -> Recording:  # fmt: skip
        graded = check_inputs(self.program, inputs, trace, graded)
        learn = learn and self.program.learns
        if self._engine is None:
            raise BackendFailure("Brian2Simulator: closed. Open a new one.")
        start = time.perf_counter()
        n = self.program.n
        if not len(inputs):
            none = np.zeros((0, n), self.program.dtype)
            outcome = Outcome(np.zeros(0), np.zeros(0, np.int32), none, none, {"u": none, "v": none}, {}, [])
        else:
            outcome = self._engine.run(inputs, graded, self._state, learn, carry, bool(trace))
            self._keep(outcome, learn * graded.rows)
        indptr = np.concatenate([[0], np.cumsum(outcome.counts)]).astype(np.int64)
        return Recording.build(
            self.program, inputs, Spikes(inputs.steps, indptr, outcome.unit, n), u=outcome.u, v=outcome.v,
            seconds=time.perf_counter() - start, info=self.info, traces={name: outcome.traces[name] for name in trace},
        )  # fmt: skip

    def _keep(self, outcome: Outcome, learned: int) -> None:
        """The state after a run that learned for so many steps."""
        self._state = replace(self._state, **outcome.state, clock=self._state.clock + learned)
        for cell, values in zip(cells(self.program), outcome.memory, strict=True):
            cell.of(self._state)[:] = values

    @in_turn
    def close(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()

    def __enter__(self) -> Brian2Simulator:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
