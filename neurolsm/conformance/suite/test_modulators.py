"""Several modulators of one trace: they act in order, and an ``error`` that is not asked for leaves what others said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from neurolsm.conformance.suite.agreement import same_array, same_state
from neurolsm.conformance.suite.subject import Subject
from neurolsm.learn.language import parse
from neurolsm.program import INPUT, Neurons, Population, Program, Projection
from neurolsm.program.graded import Graded
from neurolsm.program.plasticity import NO_TARGET, Modulator, Plasticity, Trace
from neurolsm.program.spikes import Spikes
from neurolsm.semantics import ReferenceSimulator

N, START = 3, 10  # neurons of each case; weight before
RULE = Plasticity(dw=parse("2^0*u0*y2").products, third=("y1", "y2", "y3"), x1=Trace())


def network(n: int, modulators: tuple[Modulator, ...]) -> Program:
    """Neurons that never move, and one synapse to each whose weight grows by the third factor y2 of every step."""
    constants = {"du": 4095, "dv": 4096, "vth": 1000}
    neurons = Neurons(**{k: np.full(n, constants.get(k, 0), np.int32) for k in Neurons.__dataclass_fields__})
    synapses = Projection(
        "p", INPUT, "mixed", 0, np.array([0, n]), np.arange(n, dtype=np.int32), np.full(n, START, np.int16),
        np.zeros(n, np.uint8), RULE,
    )  # fmt: skip
    return Program("loihi2", "loihi", 1e-3, 0, 1, (Population("p", 0, n),), neurons, (synapses,), modulators)


def direct(channel: int, start: int = 0, stop: int = N) -> Modulator:
    return Modulator("y2", start, stop, "direct", channel)


def each(channel: int, start: int = 0, stop: int = N) -> Modulator:
    return Modulator("y2", start, stop, "each", channel)


def error(channel: int, start: int = 0, stop: int = N) -> Modulator:
    """Of neurons at 0: their target."""
    return Modulator("y2", start, stop, "error", channel, 4, 4)


CASES: dict[str, tuple[tuple[Modulator, ...], list[int], list[int]]] = {
    "silent error after direct": ((direct(0), error(1)), [20, 0, 5, 6, 7], [20, 20, 20]),
    "error after direct": ((direct(0), error(1)), [20, 1, 5, 6, NO_TARGET], [5, 6, 0]),
    "direct after error": ((error(1), direct(0)), [20, 1, 5, 6, 7], [20, 20, 20]),
    "direct says 0 after error": ((error(1), direct(0)), [0, 1, 5, 6, 7], [0, 0, 0]),
    "silent error after each": ((each(0), error(3)), [1, 2, 3, 0, 5, 6, 7], [1, 2, 3]),
    "each after error": ((error(3), each(0)), [1, 0, 3, 1, 5, 6, 7], [1, 0, 3]),
    "silent error after error": ((error(0), error(4)), [1, 5, 6, 7, 0, 8, 9, 9], [5, 6, 7]),
    "error after silent error": ((error(0), error(4)), [0, 5, 6, 7, 1, 8, 9, 9], [8, 9, 9]),
    "silent error over some": ((direct(0), error(1, 1, 3)), [20, 0, 5, 6], [20, 20, 20]),
    "error over some": ((direct(0), error(1, 1, 3)), [20, 1, 5, 6], [20, 5, 6]),
    "direct over some": ((error(1), direct(0, 0, 2)), [0, 1, 5, 6, 7], [0, 0, 7]),
    "side by side": ((direct(0, 0, 2), error(1, 1, 3)), [20, 0, 5, 6], [20, 20, 0]),
    "three": ((direct(0), error(1, 0, 2), each(4, 1, 3)), [20, 0, 5, 6, 8, 9], [20, 8, 9]),
    "each over direct": ((direct(0), each(1, 1, 3)), [20, 5, 0], [20, 5, 0]),
    "direct over each": ((each(1, 1, 3), direct(0, 0, 2)), [20, 5, 6], [20, 20, 6]),
}


def test_the_last_that_speaks_counts(subject: Subject) -> None:
    """All cases that the backend can run side by side, each with neurons and channels of its own."""
    subject.needs("learning", "state")
    modulators: list[Modulator] = []
    values: list[int] = []
    said: list[int] = []
    for mods, channels, expected in CASES.values():
        if subject.can("learning/error") or all(m.kind != "error" for m in mods):
            shift = {"start": len(said), "stop": len(said), "channel": len(values)}
            modulators += [replace(m, **{k: getattr(m, k) + by for k, by in shift.items()}) for m in mods]
            values, said = values + channels, said + expected
    program = network(len(said), tuple(modulators))
    graded = Graded.build([0], np.array([values]), 2)
    with subject.open(program) as simulator:
        simulator.run(Spikes.from_list([np.zeros((2, 1), bool)]), graded=graded)
        same_array("weights", np.array(said) + START, simulator.state.plastic[0].weight)


def drawn(seed: int, kinds: tuple[str, ...]) -> tuple[Program, Spikes, Graded]:
    """Modulators of all three traces over any ranges, and graded values of which many are 0."""
    rng = np.random.default_rng(seed)
    modulators: list[Modulator] = []
    for _ in range(int(rng.integers(2, 9))):
        start, stop = sorted(rng.choice(N + 1, 2, replace=False).tolist())
        m: Any = Modulator(str(rng.choice(RULE.third)), start, stop, str(rng.choice(kinds)))
        channel = modulators[-1].channel + modulators[-1].channels if modulators else 0
        modulators.append(
            replace(m, channel=channel, target_exp=int(rng.integers(0, 9)), shift=int(rng.integers(0, 9)))
        )
    program = network(N, tuple(modulators))
    rule = replace(RULE, dw=parse("2^-3*u0*y1 + 2^-1*u0*y2*x1 + 2^-2*x0*y3").products, x1=Trace(10.0, 20))
    program = replace(program, projections=(replace(program.projections[0], plasticity=rule, weight_exp=2),))
    spikes = Spikes.from_list([rng.random((steps, 1)) < 0.3 for steps in (25, 0, 15)])
    rows = np.flatnonzero(rng.random(40) < 0.6)
    values = rng.integers(-128, 128, (rows.size, program.n_graded)) * (rng.random((rows.size, program.n_graded)) < 0.5)
    return program, spikes, Graded.build(rows, values, 40)


def test_any_modulators(subject: Subject) -> None:
    subject.needs("learning", "state")
    kinds = ("direct", "each", "error") if subject.can("learning/error") else ("direct", "each")
    program, spikes, graded = drawn(4, kinds)
    reference = ReferenceSimulator(program)
    reference.run(spikes, graded=graded)
    with subject.open(program) as simulator:
        simulator.run(spikes, graded=graded)
        same_state(reference.state, simulator.state, program, "")
