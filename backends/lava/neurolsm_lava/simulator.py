"""A Program on Lava."""

from __future__ import annotations

import time
import weakref
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from neurolsm.errors import refuse, refuse_target
from neurolsm.execute.backend import check_inputs
from neurolsm.execute.recording import Recording
from neurolsm.execute.turn import in_turn
from neurolsm.program import Program
from neurolsm.program.graded import Graded
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State
from neurolsm.program.wellformed import check
from neurolsm_lava import stock, stock_rules
from neurolsm_lava.compiled import compile_for
from neurolsm_lava.exchange import Capacity, Exchange
from neurolsm_lava.frozen import frozen, same
from neurolsm_lava.guard import GuardedRuntime
from neurolsm_lava.hardware import SIMULATOR, run_config
from neurolsm_lava.plan import plan
from neurolsm_lava.results import Part, read, record, still
from neurolsm_lava.shim import import_lava
from neurolsm_lava.stock_learning import StockLearner

RESULTS_AT_ONCE = 1 << 26  # bytes that one run of the runtime may leave in shared memory
STATES_AT_ONCE = 1 << 27  # bytes of input on its way in all lanes


class LavaSimulator:
    """Runs a Program on Lava; see ``neurolsm.execute.backend.Simulator`` for the interface.

    Lava's processes start with the first run and stay for the next ones; the state between two runs is kept here.

    Args:
        program: what to run.
        as_stock: whether the model is the network of stock processes instead of the fused model.
        deadline: seconds without any progress after which a run has failed.
        lanes: samples that run at once; fewer where their states would fill too much memory.
        run_on: ``simulator``, or ``loihi2`` for stock processes.
    """

    def __init__(
        self, program: Program, *, as_stock: bool, deadline: float, lanes: int, run_on: str = SIMULATOR
    ) -> None:
        check(program)
        most = max(1, STATES_AT_ONCE // (16 * (program.max_delay + 1) * max(program.n, 1)))
        self.program = program
        self._state = State.rest(program)
        self._run_on = run_on
        self._stock, self._deadline, self._lanes = as_stock, deadline, 1 if as_stock else min(lanes, most)
        self.info: dict[str, Any] = {
            "engine": "lava 0.10",
            "model": "stock" if as_stock else "fused",
            "process_model": "StockLiquid" if as_stock else "FusedLiquid",
            "lanes": self._lanes,
            "run_on": run_on,
        }
        self._learner: StockLearner | None = None
        if as_stock:
            self._learner = StockLearner(program, deadline, run_on)
            weakref.finalize(self, self._learner.end)
        else:
            compile_for(program.dtype)
        self._network = program
        self._capacity = Capacity()
        self._exchange: Exchange | None = None
        self._runtime: GuardedRuntime | None = None
        self._closed = False

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
    def run(
        self, inputs: Spikes, *, graded: Graded | None = None, learn: bool = True, carry: bool = False,
        trace: Sequence[str] = (),
    ) -> Recording:  # fmt: skip
        """Run all samples; see ``Simulator.run``.

        Raises:
            BackendFailure: a Lava process failed, or made no progress within the deadline. Everything has been ended,
                the state is that of before, and the next run starts anew.
            TargetRefusal: the model cannot learn this program, or stock processes have no place for the state.
        """
        graded = check_inputs(self.program, inputs, graded=graded, trace=trace)
        if self._closed:
            refuse("LavaSimulator", "run", "after close()", "its processes have been ended", "Open a new simulator")
        learn = learn and self.program.learns
        state = self._state.copy()
        if not carry:
            state.begin_sample(self.program, learn)
        network = self._network_for(state, learn)
        parts: list[Part] = []
        for samples, values in self._portions(inputs, graded, bool(trace)):
            if not carry:
                state.begin_sample(self.program, learn)
            parts.append(self._run(network, samples, values, state, carry, bool(trace), learn))
            state = parts[-1].state
        if len(inputs):
            self._state = state
        return record(self.program, inputs, parts, trace, self.info)

    @in_turn
    def close(self) -> None:
        """End Lava's processes. May be called twice."""
        self._closed = True
        self._end()
        if self._learner:
            self._learner.end()

    def __enter__(self) -> LavaSimulator:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    # ------------------------------------------------------------------ one run of the runtime

    def _network_for(self, state: State, learn: bool) -> Program:
        """What Lava's processes are made of: the fused model takes from shared memory what stock ones are born with."""
        if learn and self._stock:
            stock_rules.check_learning(self.program)
            stock_rules.check_state(self.program, state)
            stock.check_program(self.program)
            stock.check_state(self.program, state)
            return self.program
        if learn and self.program.plastic and not self.program.integer:
            refuse_target("lava", "plasticity", self.program.plastic[0].name,
                          "learning is defined in the chip's integers only", "Lower with arithmetic='loihi'")  # fmt: skip
        if not self._stock:
            return self.program
        network = frozen(self.program, state)
        stock.check_program(network)
        stock.check_state(network, state)
        return network

    def _portions(self, inputs: Spikes, graded: Graded, traced: bool) -> Iterator[tuple[Spikes, Graded]]:
        """Consecutive samples, as many as leave ``RESULTS_AT_ONCE`` bytes; one at least."""
        state = 2 * self.program.n * np.dtype(self.program.dtype).itemsize
        size = inputs.steps * (self.program.n // 8 + 1 + state * traced) + state
        portion = np.cumsum(size) // RESULTS_AT_ONCE
        if not portion.any():
            yield inputs, graded
            return
        for number in np.unique(portion):
            samples = np.flatnonzero(portion == number)
            first, last = inputs.offsets[samples[0]], inputs.offsets[samples[-1] + 1]
            yield inputs[samples], graded.part(int(first), int(last))

    def _run(
        self, network: Program, inputs: Spikes, graded: Graded, state: State, carry: bool, traced: bool, learn: bool
    ) -> Part:
        """Run samples that fit into shared memory at once, from ``state``."""
        if learn and self._learner:
            return self._learner.run(inputs, graded, state, carry, traced)
        schedule = plan(inputs.steps, 1 if learn else self._lanes, carry=carry, blank=int(self._stock))
        if not schedule.steps:
            return still(self.program, inputs, state)
        runtime, exchange = self._started(network, Capacity.of(schedule, inputs, graded, traced))
        start = time.perf_counter()
        final = int(np.flatnonzero(inputs.steps)[-1])
        exchange.write(schedule, inputs, graded, state, final=final, traced=traced, learn=learn)
        try:
            runtime.run(schedule.steps, lambda: int(exchange.progress[0]))
        except BaseException:
            self._end()
            raise
        return read(self.program, exchange, inputs, state, carry=carry, seconds=time.perf_counter() - start)

    def _started(self, network: Program, needed: Capacity) -> tuple[GuardedRuntime, Exchange]:
        """The runtime, started if there is none, if it runs another network or if its shared memory is too small."""
        if not (self._capacity.covers(needed) and same(self._network, network)):
            self._end()
            self._capacity = self._capacity.grown(needed)
        if self._runtime is None or self._exchange is None:
            self._network = network
            self._exchange = Exchange(network, self._capacity)
            self._runtime = _start(network, self._exchange, self._lanes, self._stock, self._deadline, self._run_on)
            weakref.finalize(self, self._runtime.end)
        return self._runtime, self._exchange

    def _end(self) -> None:
        runtime, self._runtime, self._exchange = self._runtime, None, None
        if runtime is not None:
            runtime.end()


def _start(
    program: Program, exchange: Exchange, lanes: int, as_stock: bool, deadline: float, run_on: str
) -> GuardedRuntime:
    """Start the process ``Liquid``; Lava's run configuration chooses its model."""
    import_lava()
    from neurolsm_lava.liquid.process import Liquid

    config = run_config(run_on, select_sub_proc_model=as_stock)
    return GuardedRuntime(lambda: Liquid(program=program, exchange=exchange, lanes=lanes), config, deadline)
