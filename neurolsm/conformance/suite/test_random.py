"""Random programs: every spike, final u and v and the end state equal the NumPy reference."""

from __future__ import annotations

import numpy as np
import pytest

from neurolsm.conformance import generate
from neurolsm.conformance.generate import Case
from neurolsm.conformance.suite.agreement import same_array, same_recording, same_state
from neurolsm.conformance.suite.conftest import Trial
from neurolsm.conformance.suite.floats import as_float
from neurolsm.conformance.suite.subject import Subject
from neurolsm.program.spikes import Spikes
from neurolsm.semantics import ReferenceSimulator


def test_equals_the_reference(trial: Trial, subject: Subject) -> None:
    got = trial.simulator.run(trial.inputs)
    same_recording(trial.expected, got, trial.program, f"{trial.case}: ")
    if subject.can("state"):
        same_state(trial.end, trial.simulator.state, trial.program, f"{trial.case}: ")


def test_traces(trial: Trial, subject: Subject) -> None:
    subject.needs("trace")
    got = trial.simulator.run(trial.inputs, trace=("u", "v"))
    same_recording(trial.expected, got, trial.program)
    assert set(got.traces) == {"u", "v"}
    for name in ("u", "v"):
        same_array(f"trace of {name} [row, neuron]", trial.expected.traces[name], got.traces[name])
    assert set(trial.simulator.run(trial.inputs, trace=("v",)).traces) == {"v"}


def test_a_sample_does_not_depend_on_its_batch(trial: Trial) -> None:
    order = np.arange(len(trial.inputs))[::-1].repeat(2)
    got = trial.simulator.run(trial.inputs[order])
    for place, sample in enumerate(order):
        assert got.spikes[place].equal(trial.expected.spikes[sample])
    same_array("final u", trial.expected.u[order], got.u)
    same_array("final v", trial.expected.v[order], got.v)


def test_ragged_short_and_empty_samples(trial: Trial, rng: np.random.Generator) -> None:
    units = trial.program.n_inputs
    lengths = [0, 1, 5, 0, 0, 2]
    inputs = Spikes.from_list([rng.random((steps, units)) < 0.3 for steps in lengths])
    expected, got = trial.reference().run(inputs), trial.simulator.run(inputs)
    same_recording(expected, got, trial.program)
    assert not got.u[[0, 3, 4]].any() and not got.v[[0, 3, 4]].any()  # no step was made from rest


def test_inputs_without_a_spike(trial: Trial) -> None:
    inputs = Spikes.from_events([([], [])] * 2, [20, 7], trial.program.n_inputs)
    same_recording(trial.reference().run(inputs), trial.simulator.run(inputs), trial.program)


def test_no_sample_at_all(trial: Trial) -> None:
    got = trial.simulator.run(trial.inputs[:0])
    assert (len(got.spikes), got.spikes.count, got.synops.size) == (0, 0, 0)
    assert got.u.shape == got.v.shape == (0, trial.program.n)


@pytest.mark.parametrize("seed", [1, 45])
def test_float_arithmetic_agrees_to_round_off(subject: Subject, seed: int) -> None:
    subject.needs("float")
    case = subject.fit(Case.random(seed))
    program, inputs = as_float(generate.program(case), seed), generate.inputs(case)
    reference = ReferenceSimulator(program)
    with subject.open(program) as simulator:
        got = simulator.run(inputs)
        same_recording(reference.run(inputs), got, program)
        if subject.can("state"):
            same_state(reference.state, simulator.state, program)
