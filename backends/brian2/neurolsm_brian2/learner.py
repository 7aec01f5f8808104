"""The functions that the code of learning (``rules.py``) calls: their signatures, and their NumPy bodies; learn.h has those in C++.

sgn, times, part, add     a sign; value times factor clipped to its width; a product shifted to the accumulator; their sum
rounded, bounded          the accumulator rounded by its threshold; a value between limits
homing                    the change of a period that brings a neuron nearer to its own rate
study                     once per step, after the resets: what this step means for learning
fired                     did this neuron spike in this step
step_of_epoch, counts     1 .. t_epoch; whether ``u`` counts the epoch that ends now
third, advance, trace     a third factor; a trace after the epoch, which is remembered; the trace t steps into the epoch
drawn, mixed              where weights round up: one number for all synapses, or one for each
period_ends               does this rule of intrinsic plasticity act now
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.program import INPUT, Program
from neurolsm.program.decay import ACC_HIGH, ACC_LOW
from neurolsm.program.graded import Graded
from neurolsm.program.plan import EVENTS, plans
from neurolsm.program.plasticity import LAVA, TRACES
from neurolsm.program.streams import mix
from neurolsm.semantics.learning import decay_trace
from neurolsm.semantics.modulation import third_factors
from neurolsm_brian2.functions import Signature, make
from neurolsm_brian2.learning import Block
from neurolsm_brian2.tables import draws

WHOLE = "integer"
SIGNATURES = {
    "sgn": Signature((WHOLE,), stateless=True),
    "times": Signature((WHOLE,) * 3, stateless=True),
    "part": Signature((WHOLE,) * 3, stateless=True),
    "add": Signature((WHOLE,) * 2, stateless=True),
    "rounded": Signature((WHOLE,) * 4, stateless=True),
    "bounded": Signature((WHOLE,) * 3, stateless=True),
    "homing": Signature((WHOLE,) * 4, stateless=True),
    "study": Signature(indexed=True),
    "fired": Signature(result="boolean", indexed=True),
    "step_of_epoch": Signature((WHOLE,), stateless=True),
    "counts": Signature((WHOLE,), stateless=True),
    "third": Signature((WHOLE,) * 2, stateless=True),
    "advance": Signature((WHOLE,) * 4),
    "trace": Signature((WHOLE,) * 3, stateless=True),
    "drawn": Signature((WHOLE,), stateless=True),
    "mixed": Signature((WHOLE,), indexed=True),
    "period_ends": Signature((WHOLE,), stateless=True),
}


def times(value: NDArray[Any], factor: Any, bits: int) -> NDArray[np.int64]:
    return np.asarray(value, np.int64) * np.clip(factor, -(1 << bits), (1 << bits) - 1)


def part(value: NDArray[Any], right: int, left: int) -> NDArray[np.int64]:
    return np.clip((np.asarray(value, np.int64) >> right) << left, ACC_LOW, ACC_HIGH)


def add(accumulator: NDArray[Any], change: NDArray[Any]) -> NDArray[np.int64]:
    return np.clip(accumulator + change, ACC_LOW, ACC_HIGH)


def rounded(accumulator: NDArray[Any], up: Any, low: int, high: int) -> NDArray[np.int64]:
    return np.clip((accumulator >> 7) + ((accumulator & 127) >= up), low, high)


def homing(count: NDArray[Any], own: NDArray[Any], periods: int, step: int) -> NDArray[np.int64]:
    unit = np.maximum(own, periods).astype(np.int64)
    excess = np.clip(np.asarray(count, np.int64) * periods - own, -unit, unit) * step
    return np.sign(excess) * (np.abs(excess) // unit)


PURE: dict[str, Callable[..., Any]] = {
    "sgn": np.sign,
    "times": times,
    "part": part,
    "add": add,
    "rounded": rounded,
    "bounded": np.clip,
    "homing": homing,
}


def learning_functions(learner: Learner | None = None) -> dict[str, Any]:
    """Brian2 ``Function`` objects by name, as ``functions.functions``."""
    return make(SIGNATURES, PURE, learner)


class Learner:
    """The NumPy bodies of the functions with a memory, and what the steps of a batch mean for learning.

    Attributes:
        learns: whether this batch learns.
        stirred: whether third factors are not 0, or were not 0 before this step.
        due: by plastic projection: may its synapses change now.
    """

    def __init__(
        self, program: Program, observe: Callable[[], tuple[NDArray[Any], NDArray[Any], NDArray[Any]]]
    ) -> None:
        """``observe`` gives the channels and the neurons that fired in this step, and the voltages after it."""
        self._program, self._observe = program, observe
        self._plans = plans(program)
        self._history = {
            slot: np.zeros((plan.rule.t_epoch + 1, plan.sources if name[0] == "x" else program.n), np.int64)
            for plan in self._plans
            for name, slot in plan.slots.items()
        }
        self._owner = {slot: (plan, name) for plan in self._plans for name, slot in plan.slots.items()}
        self._fired = np.zeros(program.n, bool)
        self.learns = self.stirred = False

    def open(self, graded: Graded, clock: int, learns: bool) -> None:
        """Begin a batch."""
        self._graded, self._clock, self._row, self.learns = graded, clock, -1, learns
        self._draws = draws(self._plans, clock, graded.rows if learns else 0)
        self.due = [False] * len(self._plans)
        self.stirred, self._events = False, 1  # the state may hold a third factor
        # A source or target may have fired before the batch, in the epoch that is under way.
        self._seen = [EVENTS["x0"] | EVENTS["y0"]] * len(self._plans)

    def guard(self, block: Block) -> None:
        """Let a block of code run only in steps in which what it waits for holds."""
        run = block.code.run

        def guarded() -> None:
            if self.due[block.number] if block.waits_for == "due" else getattr(self, block.waits_for):
                run()

        block.code.run = guarded

    # ------------------------------------------------------------------ called by the Brian2 code

    def study(self, _: Any) -> int:
        channels, units, v = self._observe()
        self._row += 1
        self._clock += 1
        self._fired[:] = False
        self._fired[units] = True
        self._third = third_factors(self._program.modulators, self._graded.at(self._row), v)
        before, self._events = self._events, sum(EVENTS[name] for name, y in self._third.items() if y.any())
        self.stirred = bool(before or self._events)
        for k, plan in enumerate(self._plans):
            fired = channels if plan.projection.source == INPUT else units
            self._seen[k] |= EVENTS["x0"] * bool(fired.size) | EVENTS["y0"] * bool(units.size)
            events = self._seen[k] | self._events | EVENTS["u"] * self.counts(k)
            ends = self.step_of_epoch(k) == plan.rule.t_epoch
            self.due[k] = ends and any(need & events == need for need in plan.needs)
            self._seen[k] *= not ends
        return 0

    def fired(self, _: Any) -> NDArray[np.bool_]:
        return self._fired

    def step_of_epoch(self, k: int) -> int:
        return (self._clock - 1) % self._plans[k].rule.t_epoch + 1

    def counts(self, k: int) -> int:
        rule = self._plans[k].rule
        return int(self._clock // rule.t_epoch % (1 << rule.decimate) == 0)

    def third(self, name: int, index: NDArray[Any]) -> NDArray[np.int64]:
        return self._third[f"y{name}"][index]

    def advance(self, slot: int, value: NDArray[Any], last: NDArray[Any], index: NDArray[Any]) -> NDArray[Any]:
        plan, name = self._owner[slot]
        if self.step_of_epoch(plan.number) != plan.rule.t_epoch:
            return value
        spec, history = plan.rule.trace(name), self._history[slot]
        numbers = self._numbers(slot, index)
        for t in range(1, plan.rule.t_epoch + 1):
            value = decay_trace(value, spec.tau, numbers)
            history[t] = value = np.where(last == t, np.clip(value + spec.impulse, 0, 127), value)
        return value

    def _numbers(self, slot: int, index: NDArray[Any]) -> NDArray[np.float64]:
        plan, name = self._owner[slot]
        if plan.rule.stream == LAVA:
            return np.full(index.shape, self._draws[plan.number]["xy".index(name[0])][self._row])
        own = index.astype(np.uint32) * np.uint32(8) + np.uint32(1 + TRACES.index(name))
        return mix(plan.rule.seed, self._clock, own) / 2.0**32

    def trace(self, slot: int, when: Any, index: NDArray[Any]) -> NDArray[np.int64]:
        return self._history[slot][when, index]

    def drawn(self, k: int) -> int:
        return int(self._draws[k][2][self._row])

    def mixed(self, k: int, _: Any) -> NDArray[np.int64]:
        plan = self._plans[k]
        index = np.arange(plan.projection.size, dtype=np.uint32) * np.uint32(8)
        return (mix(plan.rule.seed, self._clock, index) >> np.uint32(25)).astype(np.int64) + 1

    def period_ends(self, r: int) -> int:
        return int(self._clock % self._program.intrinsic[r].period == 0)
