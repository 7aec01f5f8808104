"""The plain-NumPy reference: arrive, step, deliver, learn. Short rather than fast; it defines the result of every backend."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from neurolsm.execute.backend import check_inputs
from neurolsm.execute.recording import Recording
from neurolsm.execute.turn import in_turn
from neurolsm.program import INPUT, Program
from neurolsm.program.graded import Graded
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State
from neurolsm.program.wellformed import check
from neurolsm.semantics.delivery import arrive, deliver
from neurolsm.semantics.learning import learn as learn_projection
from neurolsm.semantics.modulation import adjust_excitability, third_factors
from neurolsm.semantics.neuron import step
from neurolsm.semantics.short_term import deliver_dynamic


class ReferenceSimulator:
    """Runs a Program in plain NumPy. See ``neurolsm.execute.backend.Simulator`` for the interface."""

    def __init__(self, program: Program) -> None:
        check(program)
        self.program = program
        self.info = {"engine": "numpy reference"}
        self._state = State.rest(program)

    @property
    @in_turn
    def state(self) -> State:
        """A copy of the state after the last step."""
        return self._state.copy()

    @state.setter
    @in_turn
    def state(self, state: State) -> None:
        self._state = State.given(state, self.program)

    @in_turn
    @np.errstate(under="ignore")  # in float arithmetic, what a long silence leaves may be 0
    def run(
        self, inputs: Spikes, *, graded: Graded | None = None, learn: bool = True, carry: bool = False,
        trace: Sequence[str] = (),
    ) -> Recording:  # fmt: skip
        graded = check_inputs(self.program, inputs, trace, graded)
        learn = learn and self.program.learns
        start = time.perf_counter()
        rows: list[NDArray[np.int32]] = []
        final: list[State] = []
        traces: dict[str, list[NDArray[np.float64]]] = {name: [] for name in trace}
        for sample, first in enumerate(inputs.offsets[:-1]):
            if not carry:
                self._state.begin_sample(self.program, learn)
            for row in range(first, first + inputs.steps[sample]):
                channels = inputs.unit[inputs.indptr[row] : inputs.indptr[row + 1]]
                spike = self._step(channels, graded.at(row), learn)
                rows.append(np.flatnonzero(spike).astype(np.int32))
                for name, kept in traces.items():
                    kept.append(getattr(self._state, name).copy())
            final.append(self._state.copy())
        indptr = np.concatenate([[0], np.cumsum([row.size for row in rows])]).astype(np.int64)
        unit = np.concatenate([*rows, np.zeros(0, np.int32)])
        return Recording.build(
            self.program, inputs, Spikes.made(inputs.steps, indptr, unit, self.program.n),
            u=np.array([s.u for s in final], self.program.dtype), v=np.array([s.v for s in final], self.program.dtype),
            seconds=time.perf_counter() - start, info=self.info,
            traces={name: np.array(kept).reshape(len(rows), self.program.n) for name, kept in traces.items()},
        )  # fmt: skip

    def _step(self, channels: NDArray[np.int32], graded: NDArray[np.int16], learn: bool) -> NDArray[np.bool_]:
        program, state = self.program, self._state
        neurons = replace(program.neurons, bias_mant=state.bias_mant, vth=state.vth)
        spike = step(state, neurons, arrive(state.pending))
        plastic = iter(state.plastic)
        learned = [replace(p, weight=next(plastic).weight) if p.plasticity else p for p in program.projections]
        dynamic = iter(state.short_term)
        for projection in learned:
            sources = channels if projection.source == INPUT else np.flatnonzero(spike)
            if projection.short_term:
                deliver_dynamic(projection, next(dynamic), sources, state.pending)
            else:
                deliver(projection, sources, state.pending)
        if learn:
            state.clock += 1
            heard = np.zeros(program.n_inputs, bool)
            heard[channels] = True
            third = third_factors(program.modulators, graded, state.v)
            for projection, memory in zip(program.plastic, state.plastic, strict=True):
                pre = heard if projection.source == INPUT else spike
                learn_projection(projection, memory, state.clock, pre, spike, third)
            adjust_excitability(program.intrinsic, state, spike)
        return spike

    def close(self) -> None:
        pass

    def __enter__(self) -> ReferenceSimulator:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class ReferenceBackend:
    """The NumPy reference under the name ``reference``."""

    name = "reference"

    @staticmethod
    def missing() -> str | None:
        return None

    @staticmethod
    def open(program: Program) -> ReferenceSimulator:
        return ReferenceSimulator(program)
