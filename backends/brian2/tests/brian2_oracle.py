"""Programs for these tests, and the comparison with the NumPy reference."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from neurolsm_brian2 import Brian2Backend, Brian2Simulator
from neurolsm_brian2.build import compiler

from neurolsm.conformance.generate import Case, inputs, program
from neurolsm.execute.recording import Recording
from neurolsm.program import Neurons, Population, Program, Projection
from neurolsm.program.spikes import Spikes
from neurolsm.semantics import ReferenceSimulator

needs_compiler = pytest.mark.skipif(compiler() is None, reason="no C++ compiler here")

# Everything at once: delays, refractory periods, adaptive thresholds, several samples.
RICH = Case(
    seed=7, n=40, n_inputs=12, steps=30, samples=4, max_delay=9, density=0.2, drive=0.2, refractory=True, adaptive=True
)


def floating(case: Case) -> Program:
    """The program of a case in float arithmetic, with constants that no binary fraction expresses."""
    made = program(case)
    p = made.neurons
    neurons = Neurons(
        du=(p.du + 1) / 4097, dv=p.dv / 4099, vth=p.vth * 0.1, bias_mant=p.bias_mant * 0.01, bias_exp=p.bias_exp,
        refractory=p.refractory, theta_step=p.theta_step * 1e-4, theta_decay=p.theta_decay / 4099,
    )  # fmt: skip
    projections = tuple(replace(q, weight=q.weight * 0.1, weight_exp=0) for q in made.projections)
    return replace(made, target="none", arithmetic="float", neurons=neurons, projections=projections)


def by_hand(neurons: dict[str, list[int]], synapses: list[tuple[int, int, int]]) -> Program:
    """One input channel, neurons by constants (the others 0), synapses (post, weight, delay) from the channel."""
    n = len(neurons["vth"])
    columns = {f.name: np.array(neurons.get(f.name, [0] * n), np.int32) for f in fields(Neurons)}
    post, weight, delay = np.array(sorted(synapses), int).reshape(-1, 3).T
    feed = Projection("feed", "input", "excitatory", 0, np.array([0, post.size], np.int64), post.astype(np.int32),
                      weight.astype(np.int16), delay.astype(np.uint8))  # fmt: skip
    return Program("loihi2", "loihi", 1e-3, 0, 1, (Population("all", 0, n),), Neurons(**columns), (feed,))


def other_inputs(case: Case, seed: int, samples: int, steps: int) -> Spikes:
    """Other inputs for the same program."""
    return inputs(replace(case, seed=seed, samples=samples, steps=steps))


def assert_equal(expected: Recording, found: Recording) -> None:
    assert found.spikes.equal(expected.spikes)
    np.testing.assert_array_equal(found.u, expected.u)
    np.testing.assert_array_equal(found.v, expected.v)
    np.testing.assert_array_equal(found.synops, expected.synops)
    assert found.traces.keys() == expected.traces.keys()
    for name, trace in expected.traces.items():
        np.testing.assert_array_equal(found.traces[name], trace)


def assert_agrees(case: Case, target: str, made: Program | None = None) -> None:
    """Spikes, traces and final states of the case, and of other inputs in the same simulator, equal the reference."""
    made = made or program(case)
    reference = ReferenceSimulator(made)
    with Brian2Backend.open(made, target=target) as simulator:
        assert simulator.info["target"] == target
        for batch, trace in ((inputs(case), ("u", "v")), (other_inputs(case, case.seed + 1000, 3, 25), ())):
            expected = reference.run(batch, trace=trace)
            assert_equal(expected, simulator.run(batch, trace=trace))
            assert simulator.state.equal(reference.state)


def opened(made: Program, **options: Any) -> Brian2Simulator:
    return Brian2Backend.open(made, **options)
