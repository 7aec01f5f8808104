"""What the small process of a network that learns computes in each step: the third factors of its learning rules.

    error:   y_k = clip(((teacher_k << exp) - v_k) >> shift, -128, 127)     in steps with a lesson
    direct:  y_k = reward, the same for all;     each:  y_k = teacher_k
    traces:  y <- exp(-1 / tau) y, plus the impulse at a spike of the target itself, at most 127

A rule with third factors takes all its y traces from outside, also those that follow the target's own spikes, and Lava lets what
it has taken decay once, with a time constant of 65535 steps. So a trace is sent as the value that this decay turns into it.

This file needs NumPy alone. An exported program carries a copy of it.
"""

import numpy as np

THIRD = ("y1", "y2", "y3")
LOW, HIGH, TRACE_MAX = -128, 127, 127
NO_TARGET = -128  # a teacher value that says nothing
PORT_TAU = 65535.0  # what Lava gives to the y traces of a rule with third factors


def third_factors(modulators, graded, v):
    """y1, y2 and y3 of every neuron; of several modulators of one trace and neuron the last that speaks counts.

    Args:
        modulators: mappings with trace, start, stop, kind, channel, target_exp and shift.
        graded: graded values of the step [channels].
        v: voltages after the step [neurons].
    """
    third = {name: np.zeros(v.size, np.int64) for name in THIRD}
    for m in modulators:
        here, first = slice(m["start"], m["stop"]), m["channel"]
        count = m["stop"] - m["start"]
        if m["kind"] == "direct":
            third[m["trace"]][here] = graded[first]
        elif m["kind"] == "each":
            third[m["trace"]][here] = graded[first : first + count]
        elif graded[first]:
            target = graded[first + 1 : first + 1 + count].astype(np.int64)
            lack = ((target << m["target_exp"]) - v[here].astype(np.int64)) >> m["shift"]
            third[m["trace"]][here] = np.where(target == NO_TARGET, 0, np.clip(lack, LOW, HIGH))
    return third


def needs_voltages(modulators, graded):
    """Whether a modulator of kind error speaks in a step with these graded values."""
    return any(m["kind"] == "error" and graded[m["channel"]] != 0 for m in modulators)


class OwnTraces:
    """The y traces of one learning process that follow the spikes of its targets.

    Args:
        seed: of the rule.
        traces: time constant in steps and impulse of each, by name.
        values: what they are after ``clock`` steps [targets], by name.
        clock: learning steps done.
    """

    def __init__(self, seed, traces, values, clock):
        self.traces = traces
        self.values = {name: np.array(values[name], np.int64) for name in traces}
        bits = np.random.PCG64(seed + 2)
        bits.advance(2 * (clock + 1))
        self._random = np.random.Generator(bits)

    def step(self, fired):
        """What to send in a step in which the targets ``fired`` [targets], by name."""
        number = self._random.random()
        self._random.random()  # Lava draws twice in a step
        sent = {}
        for name, (tau, impulse) in self.traces.items():
            value = _decayed(self.values[name], tau, number)
            value[fired] = np.clip(value[fired] + impulse, 0, TRACE_MAX)
            self.values[name] = value
            lost = _decayed(value, PORT_TAU, number) < value
            sent[name] = value + lost
        return sent

    def forget(self, names):
        """Set those of the traces that are among ``names`` to 0: a new sample begins."""
        for name, values in self.values.items():
            if name in names:
                values[:] = 0


def _decayed(values, tau, number):
    """floor(exp(-1 / tau) y), one more if ``number`` is less than the fraction that was cut off."""
    exact = np.exp(-1 / tau) * values if tau else np.zeros(values.size)
    return np.floor(exact).astype(np.int64) + (number < exact % 1)
