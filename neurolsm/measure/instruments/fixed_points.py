"""Where a rule comes to rest: weights or rates over time on the emulator, and the level that the rule's formula gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.describe import checks
from neurolsm.describe.input_map import RandomMap
from neurolsm.describe.lsm import LSM, Liquid
from neurolsm.describe.random_graph import RandomGraph
from neurolsm.errors import refuse
from neurolsm.execute.backend import open_simulator
from neurolsm.learn.rules import Homeostasis, IntrinsicPlasticity, Oja, PrototypeRule, SynapticScaling
from neurolsm.lowering import lower
from neurolsm.measure.instruments.synapses import bench, present
from neurolsm.program import Program
from neurolsm.program.plasticity import TRACE_MAX
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State

POINTS = 80  # of a curve
SAMPLES = 40  # that prototypes learn from
COPIES = 100  # synapses, each with its own spikes and its own rounding
NEURONS, CHANNELS, HEARD, CHANNEL_RATE = 50, 200, 20, 20.0  # of the liquid whose rate is sought; spikes / s
# A weight of 0.04 thresholds brings these neurons to their threshold; from there the rate grows by 1 / s for each 0.0022.
NEAR, WEAK, STRONG = 0.04, 0.001, 0.004
Curve = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Approach:
    """The way to a fixed point from two sides.

    Attributes:
        time: ends of equal parts of the run, seconds [T].
        curves: mean over synapses or neurons, by where it started, each [T].
        level: where the formula says that it ends.
        formula: that formula, in words.
        quantity: what is shown, with its unit.
    """

    time: Curve
    curves: dict[str, Curve]
    level: float
    formula: str
    quantity: str


def approach(rule: Any, *, dt: float = 1e-3) -> Approach:
    """Let a rule that has a fixed point run into it: ``Oja``, ``PrototypeRule``, ``SynapticScaling``, ``IntrinsicPlasticity``,
    ``Homeostasis``.

    Args:
        rule: the description.
        dt: seconds per step.

    Raises:
        InvalidValue: another rule.
    """
    if type(rule) not in SEEKERS:
        known = ", ".join(kind.__name__ for kind in SEEKERS)
        refuse(
            "approach", "rule", rule, f"has no fixed point of its own; rules that have one are {known}", "See window"
        )
    return SEEKERS[type(rule)](rule, checks.argument("approach", "dt", dt, 1e-6, 1.0, "Give seconds, such as 1e-3"))


def _oja(rule: Oja, dt: float) -> Approach:
    """Source and target fire together at random, so that E[x1] = E[y1] and the weight ends at ``size``."""
    lowered, rate = rule.lower(dt), float(np.clip(1 / (2 * rule.tau), 5, 0.1 / dt))
    trace = min(rule.impulse * (1 + rate * rule.tau), TRACE_MAX)  # mean over the spikes, its own one counted
    seconds = float(np.clip(6 * rule.size / (rule.rate * trace) / rate, 1, 120))
    fires = np.random.default_rng(1).random((round(seconds / dt), COPIES)) < rate * dt
    fires[0] = False
    program = bench(lowered, COPIES, "excitatory", dt)
    curves = {
        f"from {start}": _weights(program, start, present(program, np.full(COPIES, start), POINTS, fires, fires))
        for start in (round(0.2 * min(rule.size, 127)), 2 * round(min(rule.size, 127)))
    }
    return Approach(np.linspace(0, seconds, POINTS + 1), curves, min(rule.size, 255.0), "size", "weight, steps")


def _prototype(rule: PrototypeRule, dt: float) -> Approach:
    """Samples of 20 steps with the same few spikes of the source; the teacher marks the last step of each."""
    steps = 20
    spikes = int(np.clip(min(120 / rule.impulse, 200 / (rule.impulse * rule.gain)), 1, 4))
    teacher = int(np.clip(round(1 / (4 * rule.rate)), 1, 127))
    at = 4 * np.arange(spikes)
    level = rule.gain * rule.impulse * np.exp(-(steps - 1 - at) * dt / rule.tau).sum()
    sample = np.zeros((steps, COPIES), bool)
    sample[at] = True
    program = bench(rule.lower(dt), COPIES, "mixed", dt)
    pre = np.tile(sample, (SAMPLES, 1))
    curves = {
        f"from {start}": _weights(
            program, start,
            present(program, np.full(COPIES, start), SAMPLES, pre, np.zeros_like(pre), carry=False, third=teacher),
        )
        for start in (0, min(254, 4 * round(level / 2)))
    }  # fmt: skip
    return Approach(
        np.linspace(0, SAMPLES * steps * dt, SAMPLES + 1), curves, min(level, 255.0), "gain x1", "weight, steps"
    )


def _weights(program: Program, start: int, states: Any) -> Curve:
    return np.array([start, *(s.weight.mean() for s in states)])


def _scaling(rule: SynapticScaling, dt: float) -> Approach:
    seconds = 30 * rule.tau
    program = lower(
        LSM(inputs=CHANNELS, liquid=_driven(STRONG * rule.target_rate, input_plasticity=rule), dt=dt)
    ).program
    curves = {f"weights from {start}": _rates(program, seconds, start) for start in (40, 255)}
    level = rule.target / (rule.impulse * rule.tau)
    return Approach(_ends(seconds), curves, level, "target / (impulse tau)", "rate, spikes / s")


def _intrinsic(rule: IntrinsicPlasticity, dt: float) -> Approach:
    seconds = 150 * rule.period
    curves = {}
    for name, weight in (("weak input", WEAK), ("strong input", STRONG)):
        liquid = _driven(weight * rule.target_rate, intrinsic=rule)
        curves[name] = _rates(lower(LSM(inputs=CHANNELS, liquid=liquid, dt=dt)).program, seconds)
    level = round(rule.target_rate * rule.period) / rule.period
    return Approach(_ends(seconds), curves, level, "target spikes / period", "rate, spikes / s")


def _homeostasis(rule: Homeostasis, dt: float) -> Approach:
    """Neurons that were calibrated, and then hear a tenth less or a tenth more than before."""
    seconds = 150 * rule.period
    program = lower(LSM(inputs=CHANNELS, liquid=_driven(0.1, intrinsic=rule), dt=dt)).program
    with open_simulator(program) as simulator:
        simulator.run(_random_input(program, rule.calibration * rule.period))
        state = simulator.state
    own = float(state.own.mean()) / rule.calibration / rule.period
    curves = {
        name: _rates(program, seconds, state=state, rate=share * CHANNEL_RATE)
        for name, share in (("weaker input", 0.9), ("stronger input", 1.1))
    }
    return Approach(_ends(seconds), curves, own, "mean of the own rates", "rate, spikes / s")


def _driven(excess: float, **rules: Any) -> Liquid:
    """Neurons without synapses among them, each reached by a few of the channels."""
    reach = RandomMap(density=HEARD / CHANNELS, weight=NEAR + excess, inhibitory=0.0)
    return Liquid(topology=RandomGraph(n=NEURONS, density=0.0), input=reach, **rules)


def _random_input(program: Program, seconds: float, rate: float = CHANNEL_RATE) -> Spikes:
    steps, rng = round(seconds / program.dt), np.random.default_rng(1)
    events = rng.poisson(rate * CHANNELS * seconds)
    return Spikes.from_events([(rng.integers(0, steps, events), rng.integers(0, CHANNELS, events))], steps, CHANNELS)


def _rates(
    program: Program, seconds: float, start: int | None = None, state: State | None = None, rate: float = CHANNEL_RATE
) -> Curve:
    """Mean rate in each of equal parts of a run under random input.

    ``start``: weight of all synapses at first; ``state``: what the network has learned before; ``rate``: of a channel.
    """
    inputs = _random_input(program, seconds, rate)
    with open_simulator(program) as simulator:
        if state is not None:
            simulator.state = state
        if start is not None:
            state = simulator.state
            state.plastic[0].weight[:] = start
            simulator.state = state
        counts = simulator.run(inputs).counts(POINTS)[0]
    return counts.mean(axis=1) * POINTS / seconds


def _ends(seconds: float) -> Curve:
    return np.linspace(0, seconds, POINTS + 1)[1:]


SEEKERS: dict[type, Callable[[Any, float], Approach]] = {
    Oja: _oja, PrototypeRule: _prototype, SynapticScaling: _scaling, IntrinsicPlasticity: _intrinsic,
    Homeostasis: _homeostasis,
}  # fmt: skip
