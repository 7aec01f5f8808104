"""Everything of a program that learns, for the one lane of a run that learns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.program import Program
from neurolsm.program.plasticity import NO_TARGET, Intrinsic, Modulator
from neurolsm.program.state import PlasticState
from neurolsm.semantics.modulation import THIRD_HIGH, THIRD_LOW
from neurolsm_lava.lanes import Lanes
from neurolsm_lava.learner import Learner

THIRD = ("y1", "y2", "y3")


class Learning:
    """Plastic projections, their third factors, and intrinsic rules.

    Args:
        program: what learns.
        learned: the part of its state that learning changes, by name; changed in place.
        plastic: the same memory, one entry per plastic projection.
    """

    def __init__(self, program: Program, learned: Mapping[str, NDArray[Any]], plastic: Sequence[PlasticState]) -> None:
        self.program, self.learned = program, learned
        self.learners = [Learner(p, program.n, state) for p, state in zip(program.plastic, plastic, strict=True)]

    def begin(self, clock: int, steps: int) -> None:
        """Get ready for ``steps`` steps after the step ``clock``."""
        self.clock = clock
        for learner in self.learners:
            learner.begin(clock, steps)

    def forget(self) -> None:
        """A new sample begins."""
        for learner in self.learners:
            learner.forget()

    def step(self, lanes: Lanes, channels: NDArray[Any], spike: NDArray[np.bool_], graded: NDArray[np.int16]) -> None:
        """Learn from the step that ``lanes`` has just done, and hand it the weights and thresholds of the next one."""
        self.clock += 1
        fired = np.flatnonzero(spike)
        third = self._third(graded, lanes.v[0]) if graded.any() else None
        for k, (learner, projection) in enumerate(zip(self.learners, self.program.plastic, strict=True)):
            pre = channels if learner.from_input else fired
            sites = learner.step(self.clock, pre, fired, third)
            if sites.size:
                weight = learner.state.weight[sites].astype(np.int32) << projection.weight_exp
                lanes.synapses.assign(k, sites, weight)
        if self._adjust(spike):
            lanes.excite(self.learned["bias_mant"], self.learned["vth"])

    def _third(self, graded: NDArray[np.int16], v: NDArray[np.float64]) -> dict[str, NDArray[np.int64]]:
        """The y traces that modulators set, from a row of graded values and the voltages after the step.

        Of several modulators of one trace and neuron the last that speaks counts; ``error`` is silent unless it is asked.
        """
        third = {name: np.zeros(v.size, np.int64) for name in THIRD}
        for m in self.program.modulators:
            said = graded[m.channel : m.channel + m.channels].astype(np.int64)
            if m.kind != "error" or said[0]:
                third[m.trace][m.start : m.stop] = SAYS[m.kind](m, said, v)
        return third

    def _adjust(self, spike: NDArray[np.bool_]) -> bool:
        """Count spikes; at the end of a period move biases and thresholds towards the target rate."""
        bias_mant, vth = self.learned["bias_mant"], self.learned["vth"]
        count, own, calibrated = self.learned["count"], self.learned["own"], self.learned["calibrated"]
        moved = False
        for rule in self.program.intrinsic:
            here = slice(rule.start, rule.stop)
            count[here] += spike[here]
            if self.clock % rule.period == 0:
                ready = calibrated[here] == rule.calibration
                off, unit = _distance(rule, count[here], own[here])
                for moving, step, limits in (
                    (bias_mant, -rule.bias_step, rule.bias_limits), (vth, rule.vth_step, rule.vth_limits),
                ):  # fmt: skip
                    after = np.clip(moving[here] + _part(off * step, unit), *limits)
                    moving[here] = np.where(ready, after, moving[here])
                own[here] += np.where(ready, 0, count[here]).astype(own.dtype)
                calibrated[here] += ~ready
                count[here] = 0
                moved = True
        return moved


def _distance(rule: Intrinsic, count: NDArray[Any], own: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How far each neuron is from the rate that it seeks, and the unit of that."""
    if not rule.calibration:
        return np.sign(count - rule.target).astype(np.int64), np.ones(count.size, np.int64)
    unit = np.maximum(own, rule.calibration).astype(np.int64)
    return np.clip(count.astype(np.int64) * rule.calibration - own, -unit, unit), unit


def _part(amount: NDArray[np.int64], unit: NDArray[np.int64]) -> NDArray[np.int64]:
    """amount / unit, cut towards 0."""
    return (amount - np.fmod(amount, unit)) // unit


def _error(m: Modulator, said: NDArray[np.int64], v: NDArray[np.float64]) -> NDArray[np.int64]:
    """What each neuron of the range lacks to its target; 0 for those without one."""
    target = said[1:]
    lack = ((target << m.target_exp) - v[m.start : m.stop].astype(np.int64)) >> m.shift
    return np.where(target == NO_TARGET, 0, np.clip(lack, THIRD_LOW, THIRD_HIGH))


# What the channels of a modulator say to each neuron of its range.
SAYS: dict[str, Callable[[Modulator, NDArray[np.int64], NDArray[np.float64]], NDArray[np.int64]]] = {
    "direct": lambda m, said, v: said,
    "each": lambda m, said, v: said,
    "error": _error,
}
