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
    """Count the spikes of the step ``state.clock`` (1-based); at the end of a period move bias and threshold.

    A neuron that is being calibrated only adds to its own rate: nothing of it moves, not even into the limits.
    """
    for rule in rules:
        here = np.arange(rule.start, rule.stop)
        state.count[here] += spike[here]
        if state.clock % rule.period:
            continue
        count, own = state.count[here].astype(np.int64), state.own[here].astype(np.int64)
        if rule.calibration:
            unit = np.maximum(own, rule.calibration)
            excess = np.clip(count * rule.calibration - own, -unit, unit)
        else:
            unit = np.ones(here.size, np.int64)
            excess = np.sign(count - rule.target)
        moves = state.calibrated[here] == rule.calibration
        still, here = here[~moves], here[moves]
        state.own[still] += state.count[still]
        state.calibrated[still] += 1
        down, up = (_share(excess[moves] * step, unit[moves]) for step in (rule.bias_step, rule.vth_step))
        state.bias_mant[here] = np.clip(state.bias_mant[here] - down, *rule.bias_limits)
        state.vth[here] = np.clip(state.vth[here] + up, *rule.vth_limits)
        state.count[rule.start : rule.stop] = 0


def _share(change: NDArray[np.int64], unit: NDArray[np.int64]) -> NDArray[np.int64]:
    """change / unit without its fraction, towards 0."""
    return np.sign(change) * (np.abs(change) // unit)
