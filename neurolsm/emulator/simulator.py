"""Running a Program with the Numba kernels.

Samples of a program that does not learn are independent: they are spread over worker threads (the kernels release the
GIL), or all threads share each sample of a large network. Where the program learns, sample follows sample.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import astuple
from functools import cached_property, partial
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.emulator import divided, kernel, plastic_kernel, short_term
from neurolsm.emulator.learned import LearnedTables
from neurolsm.emulator.learners import Learners
from neurolsm.emulator.output import Output
from neurolsm.emulator.pending import Pending
from neurolsm.emulator.spans import ADAPT, HOLD, spans_of
from neurolsm.emulator.stepper import EmulatorStepper
from neurolsm.emulator.tables import Table, frozen_tables, static_tables
from neurolsm.emulator.threads import cores, shared
from neurolsm.errors import refuse
from neurolsm.execute.backend import check_inputs
from neurolsm.execute.recording import Recording
from neurolsm.execute.stepping import RunStepper, Stepper
from neurolsm.execute.turn import in_turn
from neurolsm.memory import require
from neurolsm.program import Program
from neurolsm.program.graded import Graded
from neurolsm.program.plasticity import MODULATORS, Intrinsic, Modulator
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State
from neurolsm.program.wellformed import check

# Shares of all steps, each split between the threads; a block costs 0.1 to 0.4 ms outside the kernel.
BLOCKS = (0.75, 0.15, 0.1)


class EmulatorSimulator:
    """Runs a Program in compiled code. See ``neurolsm.execute.backend.Simulator`` for the interface.

    Args:
        program: what to run.
        workers: threads; None for one a core. The result does not depend on it.
    """

    def __init__(self, program: Program, workers: int | None = None) -> None:
        whole = isinstance(workers, (int, np.integer)) and not isinstance(workers, bool)
        if workers is not None and not (whole and 1 <= workers <= cores()):
            refuse(
                "EmulatorSimulator",
                "workers",
                workers,
                f"must be a whole number from 1 to {cores()}, the cores of this process",
                "Leave it out",
            )
        check(program)  # the kernels trust its arrays
        require(
            "EmulatorSimulator", "program", f"{program.n:,} neurons, {program.synapses:,} synapses", _bytes_needed(program),
            "Run a smaller program, or on a machine with more memory",
        )  # fmt: skip
        self.program = program
        self.workers = workers or cores()
        self.info: dict[str, Any] = {"engine": "numba", "workers": self.workers}
        self._state = State.rest(program)
        self._activity = 0.0  # spikes a step to make room for
        self._shares = divided.divide(program, self.workers) if self.workers > 1 and divided.is_large(program) else []
        if not self._shares:
            _ = self.static  # made now, and not in the first run
        self.pending, self.learned = Pending(program), LearnedTables(program)
        neurons = program.neurons
        self._scalar = bool((neurons.du == neurons.du[0]).all() and (neurons.dv == neurons.dv[0]).all())
        self._full = neurons.refracts or neurons.adapts
        self._spans = spans_of(neurons.du, neurons.dv) if program.learns else None
        self._rules = _modulators(program.modulators), _intrinsic(program.intrinsic)

    @cached_property
    def static(self) -> tuple[Table, Table]:
        """Inputs and neurons, without the plastic projections; of a network that threads share, only made for single steps."""
        return static_tables(self.program)

    @property
    def table_bytes(self) -> int:
        """Bytes of all tables and of what learning remembers a synapse; neurons and the program itself do not count."""
        learned = sum(s.weight.nbytes + s.tag1.nbytes + s.tag2.nbytes for s in self._state.plastic)
        static = self.__dict__.get("static", ())  # what has been made
        return sum(t.nbytes for part in (static, self._shares, [self.learned]) for t in part) + learned

    @property
    @in_turn
    def state(self) -> State:
        """A copy of the state after the last step; runs change their own in place, for large memories are slow to copy."""
        return self._state.copy()

    @state.setter
    @in_turn
    def state(self, state: State) -> None:
        self._state = State.given(state, self.program)

    @in_turn
    def run(
        self, inputs: Spikes, *, graded: Graded | None = None, learn: bool = True, carry: bool = False,
        trace: Sequence[str] = (),
    ) -> Recording:  # fmt: skip
        graded = check_inputs(self.program, inputs, trace, graded)
        rows = inputs.indptr.size - 1
        needed = (len(inputs) * 2 + rows * len(set(trace))) * self.program.n * np.dtype(self.program.dtype).itemsize
        remedy = "Trace less, or run fewer samples at a time"
        require("EmulatorSimulator", "trace", f"{tuple(trace)} of {rows:,} steps", needed, remedy)
        start = time.perf_counter()
        out = Output.empty(self.program, len(inputs), rows, trace)
        if learn and self.program.learns:
            unit = self._run_plastic(inputs, graded, carry, out)
        else:
            unit = self._run_static(inputs, carry, out)
        indptr = np.concatenate([[0], np.cumsum(out.counts)]).astype(np.int64)
        spikes = Spikes.made(inputs.steps, indptr, unit, self.program.n)
        traces = {name: array for name, array in (("u", out.u_trace), ("v", out.v_trace)) if name in trace}
        return Recording(spikes, out.u, out.v, out.synops, time.perf_counter() - start, dict(self.info), traces)

    # ------------------------------------------------------------------ without learning

    def _run_static(self, inputs: Spikes, carry: bool, out: Output) -> NDArray[np.int32]:
        if self._shares:
            return self._run_shared(inputs, carry, out)
        tables = frozen_tables(self.program, self._state) if self.program.plastic else self.static
        spans = [(0, len(inputs))] if carry or self.workers == 1 or len(inputs) < 2 else self._blocks(inputs.offsets)

        def block(span: tuple[int, int]) -> tuple[NDArray[np.int32], State]:
            return self._run_block(inputs, span, carry, tables, out)

        if len(spans) == 1:
            fired, self._state = block(spans[0])
            return fired
        parts = shared([partial(block, span) for span in spans], self.workers)
        self._state = parts[-1][1]
        return np.concatenate([fired for fired, _ in parts])

    def _run_shared(self, inputs: Spikes, carry: bool, out: Output) -> NDArray[np.int32]:
        state = self._begun(carry, len(inputs))
        neurons, full = self._neuron_constants(state), self._is_full(state)
        fired = divided.run(self.program, self._shares, state, inputs, carry, neurons, self._scalar, full, out)
        self._state = state
        return fired

    def _begun(self, carry: bool, samples: int) -> State:
        """A state that a run of static samples may change."""
        state = self._state.fork()
        if not carry and samples:  # without a sample, nothing begins
            state.begin_sample(self.program, learn=False)
        return state

    def _blocks(self, offsets: NDArray[np.int64]) -> list[tuple[int, int]]:
        """Blocks of samples by their steps, ever smaller ones, so that threads of unequal speed end together."""
        shares = np.repeat(BLOCKS, self.workers) / self.workers
        ends = np.searchsorted(offsets, np.cumsum(shares)[:-1] * offsets[-1])
        edges = sorted({0, *ends.tolist(), offsets.size - 1})
        return list(pairwise(edges))

    def _run_block(
        self, inputs: Spikes, span: tuple[int, int], carry: bool, tables: tuple[Table, Table], out: Output
    ) -> tuple[NDArray[np.int32], State]:
        p, state = self.program, self._begun(carry, span[1] - span[0])
        if p.dynamic:
            return short_term.run_block(p, state, inputs, span, carry, out.arrays), state
        ring, rows = self.pending.ring(state), int(inputs.offsets[span[1]] - inputs.offsets[span[0]])
        space = np.empty(int(self._activity * rows) + 2 * p.n + 64, np.int32)
        given = inputs.indptr, inputs.unit, inputs.offsets
        fired = kernel.run(*self.static_arguments(*given, span, carry, tables, state, ring, space, out))
        self._activity = 1.1 * fired.size / max(rows, 1)
        self.pending.keep(state, ring)
        return fired, state

    def static_arguments(
        self, indptr: NDArray[np.int64], unit: NDArray[np.int32], offsets: NDArray[np.int64], span: tuple[int, int], carry: bool,
        tables: tuple[Table, Table], state: State, ring: NDArray[Any], fired: NDArray[np.int32], out: Output,
    ) -> list[Any]:  # fmt: skip
        """Of ``kernel.run``, which changes ``state`` and ``ring`` in place."""
        return [
            indptr, unit, offsets, *span, carry, *tables[0].arrays, *tables[1].arrays,
            *self._neuron_constants(state), self._scalar, self._is_full(state), self.pending.slots, fired,
            state.u, state.v, state.refractory, state.theta, ring, *out.arrays,
        ]  # fmt: skip

    def _neuron_constants(self, state: State) -> list[NDArray[Any]]:
        """The arguments of ``kernel.run`` from ``du`` to ``theta_decay``."""
        p, neurons = self.program, self.program.neurons
        bias = (state.bias_mant << neurons.bias_exp if p.integer else state.bias_mant).astype(p.dtype)
        vth = (state.vth << 6 if p.integer else state.vth).astype(p.dtype)
        return [
            neurons.du, neurons.dv, bias, vth, vth.copy(), neurons.refractory, neurons.theta_step, neurons.theta_decay,
        ]  # fmt: skip

    # ------------------------------------------------------------------ learning

    def _run_plastic(self, inputs: Spikes, graded: Graded, carry: bool, out: Output) -> NDArray[np.int32]:
        state, rows = self._state, inputs.indptr.size - 1
        (ring, wide), learners = self.pending.kept_ring(state), self.learned.kept(state, rows)
        given = inputs.indptr, inputs.unit, inputs.offsets, graded.row, graded.value
        try:
            return plastic_kernel.run(*self.plastic_arguments(*given, carry, learners, state, ring, wide, out))
        finally:  # an interrupt is heard when the kernel has changed the state
            state.clock += rows

    def plastic_arguments(
        self, indptr: NDArray[np.int64], unit: NDArray[np.int32], offsets: NDArray[np.int64], graded_row: NDArray[np.int64],
        graded_value: NDArray[np.int16], carry: bool, learners: Learners, state: State, ring: NDArray[Any],
        wide: int, out: Output,
    ) -> list[Any]:  # fmt: skip
        """Of ``plastic_kernel.run``, which changes the tables of ``learners``, ``state`` and ``ring`` in place, but for traces and clock."""
        n, neurons = self.program.n, self.program.neurons
        return [
            indptr, unit, offsets, graded_row, graded_value, carry, state.clock, 0, True,
            *self.static[0].arrays, *self.static[1].arrays, learners.calls, *self._rules,
            neurons.du, neurons.dv, state.bias_mant, neurons.bias_exp, state.vth, state.count, state.own, state.calibrated,
            neurons.refractory, neurons.theta_step, neurons.theta_decay, self._spans, self._fullness(state), self.pending.slots, wide,
            np.empty(4 * n + 64, np.int32), np.empty((3, n), np.int32), np.empty((3, n), np.int64),
            state.u, state.v, state.refractory, state.theta, ring, *out.arrays,
        ]  # fmt: skip

    # ------------------------------------------------------------------ one step at a time

    @in_turn
    def stepper(self, learn: bool = True) -> Stepper:
        """Single steps from the state on; see ``neurolsm.execute.stepping``."""
        return RunStepper(self, learn) if self.program.dynamic else EmulatorStepper(self, learn)

    def _is_full(self, state: State) -> bool:
        """Whether refractory periods or adaptive thresholds have to be looked at."""
        return self._full or bool(state.refractory.any() or state.theta.any())

    def _fullness(self, state: State) -> int:
        """As the plastic kernel takes it, see spans."""
        if self.program.neurons.adapts or state.theta.any():
            return ADAPT
        return HOLD if self._is_full(state) else 0

    def close(self) -> None:
        pass

    def __enter__(self) -> EmulatorSimulator:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _bytes_needed(program: Program) -> float:
    """What the tables, the ring of pending input, the state and a copy of it take."""
    learning = sum(p.size for p in program.plastic)
    ring = 3 * (program.max_delay + 2) * program.n * np.dtype(program.dtype).itemsize
    static = 6 if program.integer else 12
    return static * (program.synapses - learning) + 32 * learning + ring + 100 * program.n


def _modulators(modulators: tuple[Modulator, ...]) -> NDArray[np.int64]:
    """One row each: y trace, start, stop, kind, channel, target_exp, shift."""
    rows = [
        (int(m.trace[1]) - 1, m.start, m.stop, MODULATORS.index(m.kind), m.channel, m.target_exp, m.shift)
        for m in modulators
    ]
    return np.array(rows, np.int64).reshape(-1, 7)


def _intrinsic(rules: tuple[Intrinsic, ...]) -> NDArray[np.int64] | None:
    """One row each: the fields of the rule in their order; None without a rule."""
    if not rules:
        return None
    rows = [[x for item in astuple(rule) for x in (item if isinstance(item, tuple) else (item,))] for rule in rules]
    return np.array(rows, np.int64).reshape(-1, 11)


class EmulatorBackend:
    """The emulator under the name ``emulator``."""

    name = "emulator"

    @staticmethod
    def missing() -> str | None:
        return None

    @staticmethod
    def open(program: Program, workers: int | None = None) -> EmulatorSimulator:
        return EmulatorSimulator(program, workers)
