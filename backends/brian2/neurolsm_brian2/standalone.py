"""The engine of the C++ target: asks the built simulation, which answers one batch after another (see host.h)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.execute.patience import patience
from neurolsm.native.child import Child
from neurolsm.native.worker import Nonsense, Worker
from neurolsm.program import Program
from neurolsm.program.graded import Graded
from neurolsm.program.plan import plans
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State
from neurolsm_brian2.learning import cells
from neurolsm_brian2.network import given_values, state_names, static_weights
from neurolsm_brian2.outcome import Outcome
from neurolsm_brian2.tables import draws


def _check(possible: bool) -> None:
    if not possible:
        raise Nonsense("answered with numbers that this program cannot give")


class StandaloneEngine:
    """Runs the simulation that was built in ``folder``; its process starts with the first batch and lives until ``close``."""

    def __init__(self, program: Program, folder: Path, deadline: float | None = None) -> None:
        """``deadline``: seconds that a batch may take without any progress; None for ``patience``."""
        self._program, self._deadline = program, deadline
        self._worker = Worker(folder, "brian2")

    def run(self, inputs: Spikes, graded: Graded, state: State, learn: bool, carry: bool, trace: bool) -> Outcome:
        """See ``Engine.run`` and, for what may go wrong, ``Worker.ask``."""
        fresh = self._worker.fresh  # it knows no weights yet: one build serves all programs that differ in them
        question = [*self._request(inputs, state, carry, trace, fresh), *self._learning(graded, state, learn)]
        usual = patience(self._program, inputs)
        return self._worker.ask(
            question,
            lambda child: self._answer(child, inputs, trace),
            usual if self._deadline is None else self._deadline,
        )

    def close(self) -> None:
        self._worker.close()

    def _request(self, inputs: Spikes, state: State, carry: bool, trace: bool, fresh: bool) -> list[NDArray[Any]]:
        header = np.array([len(inputs), inputs.indptr.size - 1, inputs.count, carry, trace, fresh], np.int64)
        weights = static_weights(self._program) if fresh else []
        given = given_values(self._program, state)
        start = [getattr(state, name) for name in state_names(self._program)] if carry else []
        steps, bounds = inputs.steps.astype(np.int64), inputs.indptr.astype(np.int64)
        return [header, *weights, steps, bounds, inputs.unit.astype(np.int32), *given, *start]

    def _learning(self, graded: Graded, state: State, learn: bool) -> list[NDArray[Any]]:
        """What the learner takes (learn.h)."""
        if not self._program.learns:
            return []
        header = np.array([learn, state.clock, graded.row.size], np.int64)
        numbers = [n for one in draws(plans(self._program), state.clock, graded.rows) for n in one] if learn else []
        memory = [cell.of(state).astype(np.int32) for cell in cells(self._program)]
        return [header, graded.row, graded.value, *numbers, *memory]

    def _answer(self, child: Child, inputs: Spikes, trace: bool) -> Outcome:
        n, dtype = self._program.n, self._program.dtype
        counts, units, u, v = [], [], [], []
        traces: dict[str, list[NDArray[Any]]] = {"u": [], "v": []} if trace else {}
        for steps in inputs.steps.tolist():
            counts.append(child.read(np.int32, steps))
            spikes = int(counts[-1].sum(dtype=np.int64))
            _check(0 <= spikes <= n * steps)
            units.append(child.read(np.int32, spikes))
            u.append(child.read(dtype, n))
            v.append(child.read(dtype, n))
            for kept in traces.values():
                kept.append(child.read(dtype, steps, n))
        count, unit = np.concatenate(counts), np.concatenate(units)
        for values, most in ((count, n), (unit, n - 1)):
            _check(not values.size or (values.min() >= 0 and values.max() <= most))
        rest = State.rest(self._program)
        state = {name: getattr(rest, name) for name in state_names(self._program)}
        state = {name: child.read(array.dtype, *array.shape) for name, array in state.items()}
        memory = [child.read(np.int32, cell.of(rest).size) for cell in cells(self._program)]
        return Outcome(
            count, unit, np.array(u), np.array(v),
            {name: np.concatenate(kept) for name, kept in traces.items()}, state, memory,
        )  # fmt: skip
