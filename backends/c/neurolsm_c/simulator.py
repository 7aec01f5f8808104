"""CSimulator: a Program as compiled C99, through the interface that all backends share."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from neurolsm.errors import BackendFailure
from neurolsm.execute.backend import check_inputs
from neurolsm.execute.recording import Recording
from neurolsm.execute.turn import in_turn
from neurolsm.program import Program
from neurolsm.program.graded import Graded
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State
from neurolsm_c.design import Design
from neurolsm_c.engine import Engine
from neurolsm_c.exchange import Answer, request
from neurolsm_c.memory import Memory

Build = Callable[[Design], tuple[Engine, dict[str, Any]]]


class CSimulator:
    """Runs a Program as compiled C99. See ``neurolsm.execute.backend.Simulator`` for the interface."""

    def __init__(self, program: Program, build: Build, drawn: bool = False) -> None:
        """``drawn``: weights that never learn are drawn again at each spike."""
        self.program = program
        self._build, self._drawn = build, drawn
        self._state = State.rest(program)
        self._closed = False
        self._open(Design(program, drawn=drawn))

    def _open(self, design: Design) -> None:
        self._engine, self.info = self._build(design)
        self._memory = Memory(design)

    @property
    @in_turn
    def state(self) -> State:
        """A copy of the state after the last step; what is set is copied.

        Raises:
            InvalidValue: a state of another program, or an adaptive threshold, a refractory period or late input
                where the program has none.
        """
        return self._state.copy()

    @state.setter
    @in_turn
    def state(self, state: State) -> None:
        given = State.given(state, self.program)
        neurons = self.program.neurons
        moved = any(not np.array_equal(getattr(given, name), getattr(neurons, name)) for name in ("bias_mant", "vth"))
        if moved and not self._memory.design.moves:  # of a liquid that is held still: its constants come from outside
            Memory(Design(self.program, moved=True)).pack(given)
            self._engine.close()
            self._open(Design(self.program, moved=True, drawn=self._drawn))
        self._memory.pack(given)
        self._state = given

    @in_turn
    def run(
        self, inputs: Spikes, *, graded: Graded | None = None, learn: bool = True, carry: bool = False,
        trace: Sequence[str] = (),
    ) -> Recording:  # fmt: skip
        graded = check_inputs(self.program, inputs, trace, graded)
        learn = learn and self.program.learns
        if self._closed:
            raise BackendFailure("CSimulator: closed. Open a new one.")
        start = time.perf_counter()
        n = self.program.n
        if not len(inputs):
            none = np.zeros((0, n), np.int32)
            got = Answer(
                np.zeros(0), np.zeros(0, np.int32), np.zeros(0, np.int64), none, none, {"u": none, "v": none}, b""
            )
        else:
            design, packed = self._memory.design, self._memory.pack(self._state, learn)
            asked = request(design, inputs, graded, packed, carry=carry, trace=bool(trace), learn=learn)
            got = self._engine.run(asked, inputs, bool(trace))
            self._keep(got, inputs, learn, carry)
        indptr = np.concatenate([[0], np.cumsum(got.counts)]).astype(np.int64)
        return Recording(
            Spikes.made(inputs.steps, indptr, got.unit, n), got.u, got.v, got.synops, time.perf_counter() - start, dict(self.info),
            {name: got.traces[name] for name in trace},
        )  # fmt: skip

    def _keep(self, got: Answer, inputs: Spikes, learn: bool, carry: bool) -> None:
        """The state after a run. Third factors are the last step's, or forgotten where a sample without a step came last."""
        state = self._memory.unpack(got.state, self._state, learned=learn and bool(inputs.steps.any()))
        if learn and not carry and not inputs.steps[-1]:
            for projection, memory in zip(self.program.plastic, state.plastic, strict=True):
                assert projection.plasticity is not None
                for name in set(projection.plasticity.third) & set(projection.plasticity.forgotten):
                    getattr(memory, name)[:] = 0
        self._state = state

    @in_turn
    def close(self) -> None:
        self._closed = True
        self._engine.close()

    def __enter__(self) -> CSimulator:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
