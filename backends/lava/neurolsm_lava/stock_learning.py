"""Learning on stock Lava processes: one live network whose clock is Lava's own."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.program import Program, Projection
from neurolsm.program.graded import Graded
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State
from neurolsm_lava.cpu_models import models, service
from neurolsm_lava.exchange import Capacity, Exchange
from neurolsm_lava.guard import GuardedRuntime
from neurolsm_lava.hardware import SIMULATOR, run_config
from neurolsm_lava.plan import NONE, Plan
from neurolsm_lava.results import Part, read, still
from neurolsm_lava.shim import import_lava
from neurolsm_lava.stock_network import Network, build
from neurolsm_lava.stock_rules import VECTORS, check_start

# Generous, for more room means new processes, which have to catch up; pages that nobody touches cost nothing.
ROOM = Capacity(plan=1 << 17, rows=1 << 16, events=1 << 20, samples=1 << 10, graded=1 << 12)


class StockLearner:
    """Runs samples of a program that stock Lava can express, one after the other.

    Lava's random numbers and epochs start with its processes, so the network never takes a step that is not one of the
    program's. A run goes on from the state that the network is in; from any other state new processes are started, which
    first take as many steps in silence as the state's clock says.

    Args:
        program: what to run; ``stock_rules.check_learning`` has passed it.
        deadline: seconds without any progress after which a run has failed.
        run_on: where Lava runs the processes, see ``hardware``.
    """

    def __init__(self, program: Program, deadline: float, run_on: str) -> None:
        self.program, self._deadline, self._run_on = program, deadline, run_on
        self._capacity = ROOM
        self._held: State | None = None  # the state that the network is in
        self._network: Network | None = None
        self._exchange: Exchange | None = None
        self._runtime: GuardedRuntime | None = None

    def run(self, inputs: Spikes, graded: Graded, state: State, carry: bool, traced: bool) -> Part:
        """Run samples from ``state``, in which the first of them begins.

        Raises:
            TargetRefusal: new processes are needed and cannot begin in this state.
        """
        if not inputs.steps.any():
            return still(self.program, inputs, state)
        schedule = stream(inputs, 0, carry)
        if not (self._capacity.covers(Capacity.of(schedule, inputs, graded, traced)) and self._reached(state)):
            check_start(self.program, state)
            self.end()
            schedule = stream(inputs, state.clock, carry)
            self._begin(Capacity.of(schedule, inputs, graded, traced), state)
        exchange, runtime, network = self._exchange, self._runtime, self._network
        assert exchange is not None and runtime is not None and network is not None
        start = time.perf_counter()
        final = int(np.flatnonzero(inputs.steps)[-1])
        exchange.write(schedule, inputs, graded, state, final=final, traced=traced, learn=True)
        try:
            runtime.run(schedule.steps, lambda: int(exchange.progress[0]))
            self._fetch(runtime, exchange, network)
        except BaseException:
            self.end()
            raise
        part = read(self.program, exchange, inputs, state, carry=carry, seconds=time.perf_counter() - start)
        self._held = part.state.copy()
        if not carry:
            self._held.begin_sample(self.program)
        return part

    def end(self) -> None:
        """End the processes. May be called twice."""
        runtime, self._runtime, self._exchange, self._network, self._held = self._runtime, None, None, None, None
        if runtime is not None:
            runtime.end()

    def _reached(self, state: State) -> bool:
        """Whether the live network is in this state, or could be set to it: all that was learned must be the same."""
        held, network, runtime = self._held, self._network, self._runtime
        if held is None or network is None or runtime is None:
            return False
        if held.equal(state):
            return True
        moved = replace(state, **{f: getattr(held, f) for f in ("u", "v", "pending")}, plastic=[
            replace(now, **{name: getattr(before, name) for name in VECTORS})
            for now, before in zip(state.plastic, held.plastic, strict=True)
        ])  # fmt: skip
        if not (network.settable and moved.equal(held)):
            return False
        try:
            for var, values in network.changes(held, state):
                runtime.set(var, values)
        except BaseException:
            self.end()
            raise
        return True

    def _begin(self, needed: Capacity, state: State) -> None:
        import_lava()
        self._capacity = self._capacity.grown(needed)
        self._exchange = Exchange(self.program, self._capacity)

        def make() -> Any:
            assert self._exchange is not None
            self._network = build(self.program, state, self._exchange)
            return self._network.clerk

        here = self._run_on == SIMULATOR
        options = {"exception_proc_model_map": models()} if here else {}
        self._runtime = GuardedRuntime(
            make, run_config(self._run_on, **options), self._deadline, service if here else None
        )

    def _fetch(self, runtime: GuardedRuntime, exchange: Exchange, network: Network) -> None:
        """What LearningSparse has learned, a message for each number."""
        for process, block in zip(network.learners, network.layout.learning, strict=True):
            if isinstance(process.weights.init, np.ndarray):
                continue
            assert block.plastic is not None
            memory, order = exchange.plastic[block.plastic], order_of(process.weights.init, block.projection)
            for var, values in (
                (process.weights, memory.weight),
                (process.tag_1, memory.tag1),
                (process.tag_2, memory.tag2),
            ):
                values[block.synapses[order]] = runtime.get(var)


def order_of(matrix: Any, projection: Projection) -> NDArray[np.int64]:
    """Which synapse each number is that Lava sends of a sparse matrix: the order of scipy's ``find``, which has changed."""
    from lava.utils.sparse import find

    numbered = matrix.copy()
    numbered[projection.post, projection.pre] = np.arange(1, projection.size + 1)
    return np.asarray(find(numbered)[2], np.int64) - 1


def stream(inputs: Spikes, behind: int, carry: bool) -> Plan:
    """All samples in one lane without a gap, after ``behind`` steps that belong to none of them.

    ``load`` asks for a state after its step: the whole one at the end of the steps behind, that of rest after a sample
    unless the stream is carried on.
    """
    total = int(inputs.steps.sum())
    row = np.concatenate([np.full(behind, NONE), np.arange(total)])
    load, last = np.zeros(behind + total, bool), np.full(behind + total, NONE)
    busy = np.flatnonzero(inputs.steps)
    ends = behind + np.cumsum(inputs.steps)[busy] - 1
    last[ends] = busy
    load[ends] = not carry
    if behind:
        load[behind - 1] = True
    return Plan(row[:, None], load[:, None], last[:, None])
