"""The plain-NumPy reference: arrive, step, deliver. Short rather than fast; it defines the result of every backend."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from neurolsm.execute.backend import check_inputs
from neurolsm.execute.recording import Recording
from neurolsm.program import INPUT, NEURON, Program
from neurolsm.semantics.delivery import arrive, deliver
from neurolsm.semantics.neuron import step
from neurolsm.spikes import Spikes
from neurolsm.state import State


class ReferenceSimulator:
    """Runs a Program in plain NumPy. See ``neurolsm.execute.backend.Simulator`` for the interface."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.info = {"engine": "numpy reference"}
        self.state = State.rest(program)

    def run(self, inputs: Spikes, *, carry: bool = False, trace: Sequence[str] = ()) -> Recording:
        check_inputs(self.program, inputs, trace)
        start = time.perf_counter()
        rows: list[np.ndarray] = []
        final: list[State] = []
        traces: dict[str, list[np.ndarray]] = {name: [] for name in trace}
        for sample in range(len(inputs)):
            if not carry:
                self.state = State.rest(self.program)
            one = inputs[sample]
            for t in range(int(one.steps[0])):
                spike = self._step(one.unit[one.indptr[t] : one.indptr[t + 1]])
                rows.append(np.flatnonzero(spike).astype(np.int32))
                for name, kept in traces.items():
                    kept.append(getattr(self.state, name).copy())
            final.append(self.state.copy())
        indptr = np.concatenate([[0], np.cumsum([row.size for row in rows])]).astype(np.int64)
        unit = np.concatenate([*rows, np.zeros(0, np.int32)])
        return Recording.build(
            self.program,
            inputs,
            Spikes(inputs.steps, indptr, unit, self.program.n),
            u=np.array([s.u for s in final]),
            v=np.array([s.v for s in final]),
            seconds=time.perf_counter() - start,
            info=self.info,
            traces={name: np.array(kept) for name, kept in traces.items()},
        )

    def _step(self, channels: np.ndarray) -> np.ndarray:
        spike = step(self.state, self.program.neurons, arrive(self.state.pending))
        for projection in self.program.projections:
            sources = {INPUT: channels, NEURON: np.flatnonzero(spike)}[projection.source]
            deliver(projection, sources, self.state.pending)
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
