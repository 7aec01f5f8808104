"""Manners: wrong inputs are refused with a message and do no harm, closing is final and harmless, limits are stated."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from neurolsm.conformance import generate
from neurolsm.conformance.generate import Case
from neurolsm.conformance.suite.agreement import same_recording, same_state
from neurolsm.conformance.suite.bench import build
from neurolsm.conformance.suite.cells import ADAPTIVE, FLOAT, PLAIN, REFRACTORY
from neurolsm.conformance.suite.conftest import Trial
from neurolsm.conformance.suite.floats import dynamic
from neurolsm.conformance.suite.learners import learner_with
from neurolsm.conformance.suite.subject import LEARNING, Subject
from neurolsm.conformance.suite.union import beside, together, united
from neurolsm.errors import InvalidValue, NeuroLSMError, NotAvailable
from neurolsm.execute.backend import Backend, Simulator, get, open_simulator
from neurolsm.program.spikes import Spikes
from neurolsm.semantics import ReferenceSimulator

CASE = Case(seed=5, n=7, n_inputs=4, steps=9, samples=2)


def test_wrong_inputs_are_refused_and_do_no_harm(subject: Subject) -> None:
    program, inputs = generate.program(CASE), generate.inputs(CASE)
    wrong: list[tuple[Any, tuple[str, ...], str]] = [
        (np.zeros((1, 9, 4)), (), "must be Spikes"),
        (None, (), "must be Spikes"),
        (Spikes.from_dense(np.ones((1, 9, 5))), (), "4 input channels"),
        (inputs, ("w",), "trace"),
    ]
    with subject.open(program) as simulator:
        before = simulator.run(inputs)
        for bad, trace, message in wrong:
            with pytest.raises(InvalidValue, match=message):
                simulator.run(bad, trace=trace)
        same_recording(before, simulator.run(inputs), program, "after a refusal: ")


def test_close_twice_and_leave_by_an_exception(subject: Subject) -> None:
    program = generate.program(CASE)
    with pytest.raises(KeyError, match="mine"), subject.open(program) as simulator:
        raise KeyError("mine")
    simulator.close()
    simulator.close()
    with subject.open(program) as simulator:  # the next one works
        simulator.run(generate.inputs(CASE))
        simulator.close()


def test_what_it_is_called(trial: Trial, subject: Subject) -> None:
    name = subject.name.partition(":")[0]
    assert isinstance(get(name), Backend)
    assert get(name).name == name
    assert isinstance(trial.simulator, Simulator)
    assert trial.simulator.program is trial.program
    recording = trial.simulator.run(trial.inputs)
    assert recording.seconds >= 0 and recording.info, "info says what ran it"


def test_unknown_variant(subject: Subject) -> None:
    name = subject.name.partition(":")[0]
    with pytest.raises(NotAvailable, match="nonesuch"):
        open_simulator(generate.program(CASE), f"{name}:nonesuch")


def test_refuses_what_it_lists_as_unsupported(subject: Subject) -> None:
    """A limit must be honest: the backend says no before it runs, and does not run something else instead."""
    for feature in subject.unsupported:
        if feature in LEARNING:
            _refuses_to_learn(subject, feature)
            continue
        if feature == "short_term":
            _refuses_short_term(subject)
            continue
        cells = {"refractory": REFRACTORY, "adaptive": ADAPTIVE, "float": FLOAT}.get(feature, PLAIN)
        program, inputs = build(cells, integer=feature != "float")
        with pytest.raises(NeuroLSMError), subject.open(program) as simulator:
            if feature == "trace":
                simulator.run(inputs, trace=("u",))
            elif feature == "carry":
                simulator.run(inputs, carry=True)
            elif feature == "state":
                simulator.state = simulator.state


def _refuses_to_learn(subject: Subject, feature: str) -> None:
    """A program that uses this one feature may not run as if it did not."""
    program, spikes, graded = learner_with(feature)
    with pytest.raises(NeuroLSMError), subject.open(program) as simulator:
        simulator.run(spikes, graded=graded, learn=True)


def test_learns_without_what_it_may_lack(subject: Subject) -> None:
    """The program to which the features are added runs, alone and beside those with each feature: it is the feature that is refused."""
    subject.needs("learning")
    features = [f for f in LEARNING if f != "learning" and subject.can(f)]
    for chosen in ([""], features):
        learners = [learner_with(feature) for feature in chosen]
        program = united([program for program, _, _ in learners])
        spikes, graded = beside([spikes for _, spikes, _ in learners]), together([graded for *_, graded in learners])
        reference = ReferenceSimulator(program)
        expected = reference.run(spikes, graded=graded)
        assert all((s.weight != p.weight).any() for s, p in zip(reference.state.plastic, program.plastic, strict=True))
        with subject.open(program) as simulator:
            what = f"parts {', '.join(chosen)}: "
            same_recording(expected, simulator.run(spikes, graded=graded), program, what)
            if subject.can("state"):
                same_state(reference.state, simulator.state, program, what)


def _refuses_short_term(subject: Subject) -> None:
    """A synapse that depresses may not run as if it did not."""
    with pytest.raises(NeuroLSMError), subject.open(dynamic(generate.program(CASE), 1)) as simulator:
        simulator.run(generate.inputs(CASE))
