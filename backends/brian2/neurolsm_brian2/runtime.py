"""Brian2's NumPy target, for machines without a C++ compiler: slow, and the same bits."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.program import Program
from neurolsm.program.graded import Graded
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State
from neurolsm_brian2.functions import functions
from neurolsm_brian2.guest import guest, ready
from neurolsm_brian2.learner import Learner, learning_functions
from neurolsm_brian2.learning import cells
from neurolsm_brian2.network import Liquid, given_values, liquid
from neurolsm_brian2.outcome import Outcome


@contextmanager
def numpy_target() -> Iterator[None]:
    """Brian2's runtime device with the NumPy target; what the caller had chosen comes back afterwards."""
    from brian2 import prefs
    from brian2.devices.device import get_device, reset_device, runtime_device, set_device

    ours = {
        "codegen.target": "numpy",
        "codegen.loop_invariant_optimisations": False,  # the optimiser changes the rounding
        "core.stop_on_keyboard_interrupt": False,  # Ctrl-C shall raise, not cut a run short
    }
    theirs = {name: prefs[name] for name in ours}
    other = get_device() is not runtime_device
    if other:
        set_device("runtime")
    for name, value in ours.items():
        prefs[name] = value
    try:
        yield
    finally:
        for name, value in theirs.items():
            prefs[name] = value
        if other:
            reset_device()


@contextmanager
def spared() -> Iterator[None]:
    """Brian2 collects garbage before each run, and so looks at all that the process holds. What is there already is left to the next
    usual collection, unless somebody else has set objects aside, for they would come back with ours."""
    if gc.get_freeze_count():
        yield
        return
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


class NumpyEngine:
    """Runs a program in this process. A batch is one Brian2 run: samples are begun and ended inside it."""

    def __init__(self, program: Program) -> None:
        ready()
        self._program = program
        self._built: tuple[Liquid, _Host] | None = self._build()

    def run(self, inputs: Spikes, graded: Graded, state: State, learn: bool, carry: bool, trace: bool) -> Outcome:
        from brian2 import second

        network, host = self._built or self._build()
        self._built = None  # an interrupted network is not used again
        host.learner.open(graded, state.clock, learn)
        host.open(inputs, state, carry, trace)
        for variable, values in zip(network.given, given_values(self._program, state), strict=True):
            variable.get_value()[:] = values
        if inputs.steps.sum():
            with guest(), numpy_target(), spared():
                network.network.run(int(inputs.steps.sum()) * second, namespace={})
        self._built = network, host
        return host.outcome()

    def close(self) -> None:
        pass

    def _build(self) -> tuple[Liquid, _Host]:
        from brian2 import second

        host = _Host(self._program)
        with guest(), numpy_target():
            names = functions(self._program.integer, host) | learning_functions(host.learner)
            made = liquid(self._program, names)
            host.state = {name: variable.get_value() for name, variable in made.state.items()}
            host.memory = [variable.get_value() for variable in made.learning.memory]
            for block in made.learning.blocks:
                host.learner.guard(block)
            made.network.run(0 * second, namespace={})  # or Brian2 warns of objects that were never used
        return made, host


class _Host:
    """The NumPy bodies of the functions with a memory, and what the batch has given so far."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._pending = np.zeros((program.max_delay + 1, program.n), program.dtype)
        self._next = 0  # the row of pending input that arrives next
        self._arriving = self._pending[0]
        self.state: dict[str, NDArray[Any]] = {}
        self.memory: list[NDArray[Any]] = []
        self._cells = cells(program)
        self.learner = Learner(program, self._observe)

    # ------------------------------------------------------------------ called by the Brian2 code

    def begin(self, _: Any) -> int:
        self._end_row()
        first, last = self._inputs.indptr[self._row : self._row + 2]
        self._fires[:] = False
        self._fires[self._inputs.unit[first:last]] = True
        self._arriving = self._pending[self._next]
        self._next = (self._next + 1) % len(self._pending)
        self._row += 1
        return 0

    def fires(self, _: Any) -> NDArray[np.bool_]:
        return self._fires

    def arrive(self, _: Any) -> NDArray[Any]:
        arrived = self._arriving.copy()
        self._arriving[:] = 0
        return arrived

    def deliver(self, cell: NDArray[Any], weight: NDArray[Any]) -> int:
        np.add.at(self._pending.reshape(-1), (self._next * self._program.n + cell) % self._pending.size, weight)
        return 0

    def emit(self, index: NDArray[Any]) -> int:
        self._spikes[self._row - 1] = np.array(index, np.int32)
        return 0

    def _observe(self) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        return np.flatnonzero(self._fires), self._spikes[self._row - 1], self.state["v"]

    # ------------------------------------------------------------------ a batch

    def open(self, inputs: Spikes, state: State, carry: bool, trace: bool) -> None:
        self._inputs, self._carry, self._trace = inputs, carry, trace
        self._fires = np.zeros(inputs.units, bool)
        self._row = 0
        self._spikes: list[NDArray[Any]] = [np.zeros(0, np.int32)] * int(inputs.steps.sum())
        self._traces: dict[str, list[NDArray[Any]]] = {"u": [], "v": []}
        self._final: list[dict[str, NDArray[Any]]] = []
        self._ends = inputs.offsets[1:]
        for cell, array in zip(self._cells, self.memory, strict=True):
            array[:] = cell.of(state)
        if not carry:
            self._rest()
        else:
            self._next = 0
            for name, array in self.state.items():
                array[:] = getattr(state, name)
            self._pending[:] = state.pending
        self._end_samples()

    def outcome(self) -> Outcome:
        self._end_row()
        none = np.zeros((0, self._program.n), self._program.dtype)
        u, v = (np.array([final[name] for final in self._final]) for name in ("u", "v"))
        traces = {name: np.array(kept) if kept else none for name, kept in self._traces.items()}
        counts = np.array([s.size for s in self._spikes], np.int64)
        traces = traces if self._trace else {}
        return Outcome(counts, _joined(self._spikes), u, v, traces, self._final[-1], [m.copy() for m in self.memory])

    def _end_row(self) -> None:
        """After a step: keep the trace, and end the samples of which it was the last."""
        if self._row and self._trace:
            for name, kept in self._traces.items():
                kept.append(self.state[name].copy())
        if self._row:
            self._end_samples()

    def _end_samples(self) -> None:
        """End every sample that has no row left; the next begins from rest unless the state is carried on."""
        while len(self._final) < len(self._inputs) and self._ends[len(self._final)] <= self._row:
            self._final.append(self._get())
            if not self._carry and len(self._final) < len(self._inputs):
                self._rest()

    def _get(self) -> dict[str, NDArray[Any]]:
        pending = np.roll(self._pending, -self._next, axis=0)
        return {name: array.copy() for name, array in self.state.items()} | {"pending": pending}

    def _rest(self) -> None:
        for array in self.state.values():
            array[:] = 0
        for cell, array in zip(self._cells, self.memory, strict=True):
            if cell.forgotten and self.learner.learns:
                array[:] = 0
        self._pending[:] = 0
        self._next = 0


def _joined(parts: Sequence[NDArray[Any]]) -> NDArray[np.int32]:
    return np.concatenate([*parts, np.zeros(0, np.int32)]).astype(np.int32)
