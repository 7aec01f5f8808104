"""Third factors from graded input, and intrinsic plasticity: what changes a neuron rather than a synapse."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurolsm.program.plasticity import NO_TARGET, Intrinsic, Modulator
from neurolsm.program.state import State

THIRD_LOW, THIRD_HIGH = -128, 127


def third_factors(
    modulators: tuple[Modulator, ...], graded: NDArray[np.int16], v: NDArray[np.int32]
) -> dict[str, NDArray[np.int64]]:
    """y1, y2 and y3 of every neuron in a step with the graded values ``graded`` and the voltages ``v`` after the step.

    All are 0 where no modulator speaks. Several may set one trace of a neuron: they do so in the program's order, and the last that
    speaks counts. ``direct`` and ``each`` always speak, if only to say 0; ``error`` speaks in steps in which its first channel is not
    0, and otherwise leaves what those before it said.
    """
    third = {name: np.zeros(v.size, np.int64) for name in ("y1", "y2", "y3")}
    for m in modulators:
        here = slice(m.start, m.stop)
        if m.kind == "direct":
            third[m.trace][here] = graded[m.channel]
        elif m.kind == "each":
            third[m.trace][here] = graded[m.channel : m.channel + m.channels]
        elif graded[m.channel]:
            target = graded[m.channel + 1 : m.channel + m.channels].astype(np.int64)
            error = np.clip(((target << m.target_exp) - v[here]) >> m.shift, THIRD_LOW, THIRD_HIGH)
            third[m.trace][here] = np.where(target == NO_TARGET, 0, error)
    return third


def adjust_excitability(rules: tuple[Intrinsic, ...], state: State, spike: NDArray[np.bool_]) -> None:
    """Count the spikes of the step ``state.clock`` (1-based); at the end of a period move bias and threshold."""
    for rule in rules:
        here = slice(rule.start, rule.stop)
        state.count[here] += spike[here]
        if state.clock % rule.period:
            continue
        if rule.calibration:
            excess, unit = _beyond_own_rate(rule, state.count[here], state.own[here], state.calibrated[here])
        else:
            excess, unit = np.sign(state.count[here] - rule.target), np.ones(1, np.int64)
        state.bias_mant[here] = np.clip(
            state.bias_mant[here] - _share(excess * rule.bias_step, unit), *rule.bias_limits
        )
        state.vth[here] = np.clip(state.vth[here] + _share(excess * rule.vth_step, unit), *rule.vth_limits)
        state.count[here] = 0


def _beyond_own_rate(
    rule: Intrinsic, count: NDArray[np.int32], own: NDArray[np.int32], calibrated: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How far each neuron is from its own rate, and in what unit; one that is being calibrated only adds to ``own``, in place."""
    done = calibrated == rule.calibration
    unit = np.maximum(own, rule.calibration).astype(np.int64)
    excess = np.clip(count.astype(np.int64) * rule.calibration - own, -unit, unit)
    own[~done] += count[~done]
    calibrated[~done] += 1
    return np.where(done, excess, 0), unit


def _share(change: NDArray[np.int64], unit: NDArray[np.int64]) -> NDArray[np.int64]:
    """change / unit without its fraction, towards 0."""
    return np.sign(change) * (np.abs(change) // unit)
