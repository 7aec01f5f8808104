"""Learning on Lava's own processes against the NumPy reference, and what it refuses."""

from __future__ import annotations

import os
import signal
from dataclasses import replace

import numpy as np
import pytest
from lava_checks import assert_equal, children
from neurolsm_lava import LavaBackend
from neurolsm_lava.stock_rules import DENSE, MOST_LEARNING, SPARSE, process_for

from neurolsm.conformance.generate_plastic import (
    plastic_case,
    plastic_inputs,
    plastic_program,
    stock_plastic_program,
)
from neurolsm.conformance.suite.learners import learner_with
from neurolsm.errors import BackendFailure, TargetRefusal
from neurolsm.learn.language import parse
from neurolsm.program.plasticity import Factor, Trace
from neurolsm.program.state import State
from neurolsm.semantics import ReferenceSimulator

pytestmark = pytest.mark.xdist_group("lava")


def assert_learns(seed: int, models: tuple[str, ...] = ("stock",)) -> None:
    """A random program from rest, then carried on twice: every bit, after each run."""
    case = plastic_case(seed, stock=True)
    program = stock_plastic_program(case)
    spikes, graded = plastic_inputs(case, program)
    for model in models:
        reference = ReferenceSimulator(program)
        with LavaBackend.open(program, model=model) as simulator:
            for carry in (False, True, True):
                expected = reference.run(spikes, graded=graded, carry=carry)
                assert_equal(simulator.run(spikes, graded=graded, carry=carry), expected)
                assert simulator.state.equal(reference.state), (seed, carry)


@pytest.mark.parametrize("seed", [93])
def test_random_program(seed: int) -> None:
    assert_learns(seed)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(300, 360))
def test_many_random_programs(seed: int) -> None:
    try:
        assert_learns(seed, ("stock", "fused"))
    except TargetRefusal as refusal:
        assert "can only begin at a clock of 0" in str(refusal)
        pytest.skip(str(refusal))


def test_it_is_made_of_lavas_own_processes() -> None:
    program, spikes, _ = learner_with()
    with LavaBackend.open(program, model="stock") as lava:
        lava.run(spikes)
        builders = lava._learner._runtime._runtime._executable.proc_builders.values()
        models = sorted(builder.proc_model.__name__ for builder in builders)
    assert models == ["KeptLearningDense", "PyClerk", "PyLifModelBitAcc"]


@pytest.mark.parametrize("tau", [2.5, np.inf])
def test_goes_on_from_any_state(tau: float) -> None:
    """From the clock of another simulator by catching up in silence; from another state of neurons by setting it."""
    program, spikes, _ = learner_with()
    rule = program.projections[0].plasticity
    program = replace(
        program, projections=(replace(program.projections[0], plasticity=replace(rule, x1=Trace(tau, 7))),)
    )
    here, there = ReferenceSimulator(program), ReferenceSimulator(program)
    here.run(spikes)
    with LavaBackend.open(program, model="stock") as lava:
        lava.state = here.state  # mid-life, of another simulator
        for carry, learn in ((True, True), (False, True), (True, True), (False, False), (True, True)):
            expected = here.run(spikes, carry=carry, learn=learn)
            assert_equal(lava.run(spikes, carry=carry, learn=learn), expected)
            assert lava.state.equal(here.state)
        there.state = lava.state  # and back
        assert there.run(spikes).spikes.equal(here.run(spikes).spikes)
        assert there.state.equal(here.state)


def test_weights_of_zero_and_odd_ones_of_mixed_sign_are_kept() -> None:
    """LearningSparse would drop the first when it starts, and round the second."""
    case = plastic_case(118, stock=True)
    program = stock_plastic_program(case)
    spikes, graded = plastic_inputs(case, program)
    assert process_for(program.plastic[0], program.n) == SPARSE
    state = State.rest(program)
    state.plastic[0].weight[::3] = 0
    state.plastic[0].weight[1::3] |= 1
    reference = ReferenceSimulator(program)
    reference.state = state
    with LavaBackend.open(program, model="stock") as lava:
        lava.state = state
        for learn in (True, False):
            assert_equal(
                lava.run(spikes, graded=graded, learn=learn), reference.run(spikes, graded=graded, learn=learn)
            )
            assert lava.state.equal(reference.state)
    assert (reference.state.plastic[0].weight[::3] != 0).any() and (reference.state.plastic[0].weight % 2).any()


def test_absent_synapses_stay_absent_in_a_dense_matrix() -> None:
    program, spikes, _ = learner_with("learning/pattern")
    rule = program.projections[0].plasticity
    dw = tuple(replace(p, factors=(*p.factors, Factor("w", 0, True))) for p in rule.dw)
    program = replace(program, projections=(replace(program.projections[0], plasticity=replace(rule, dw=dw)),))
    assert process_for(program.plastic[0], program.n) == DENSE
    reference = ReferenceSimulator(program)
    with LavaBackend.open(program, model="stock") as lava:
        assert_equal(lava.run(spikes), reference.run(spikes))
        assert lava.state.equal(reference.state) and (reference.state.plastic[0].weight != 100).any()


REFUSED = {  # feature -> what the message says beside stock Lava and model="fused": the field, and what works instead
    "learning/delay": r"net/input\.delay = 2.*Take delays of 0",
    "learning/intrinsic": r"intrinsic = .*Leave intrinsic plasticity out",
    "learning/stream": r"net/input\.plasticity\.stream = 'synapse'.*stream='lava'",
    "learning/pattern": r"net/input\.sign_mode = 'excitatory'.*Connect every pair.*sgn\(w\)",
    "learning/constant": r"net/input\.plasticity = .*into the rate",
}


@pytest.mark.parametrize("feature", REFUSED)
def test_refuses_a_feature_by_its_name(feature: str) -> None:
    program, spikes, graded = learner_with(feature)
    with LavaBackend.open(program, model="stock") as lava:
        with pytest.raises(TargetRefusal, match=rf"(?s)stock Lava.*{REFUSED[feature]}.*model=\"fused\""):
            lava.run(spikes, graded=graded)
        assert lava._learner._runtime is None and lava._runtime is None  # nothing was started
        reference = ReferenceSimulator(program)
        assert lava.state.equal(reference.state)


def test_refuses_what_lava_would_read_or_compute_otherwise() -> None:
    program, spikes, _ = learner_with()
    projection = program.projections[0]
    rule = projection.plasticity
    wide = replace(rule.dw[0], factors=tuple(Factor(name) for name in ("w", "t", "x1", "y1", "x2")))
    for wrong, message in (
        (replace(rule, dw=(replace(rule.dw[0], mantissa=-8),)), "Lava's parser reads another rule"),
        (replace(rule, dw=(replace(rule.dw[0], dependency="u"),), decimate=12), "Lava's parser reads another rule"),
        (replace(rule, dw=(wide,)), "multiplies in 31 bits"),
        (replace(rule, dw=()), "no rule without a product"),
    ):
        changed = replace(program, projections=(replace(projection, plasticity=wrong),))
        with LavaBackend.open(changed, model="stock") as lava, pytest.raises(TargetRefusal, match=message):
            lava.run(spikes)
    many = tuple(replace(projection, name=f"p{k}") for k in range(MOST_LEARNING + 1))
    with LavaBackend.open(replace(program, projections=many), model="stock") as lava:
        with pytest.raises(TargetRefusal, match=rf"at most {MOST_LEARNING}"):
            lava.run(spikes)


def test_refuses_a_state_in_which_its_processes_cannot_begin() -> None:
    case = plastic_case(118, stock=True)
    program = stock_plastic_program(case)
    spikes, graded = plastic_inputs(case, program)
    rule = program.projections[0].plasticity
    acting = replace(rule, dw=(*rule.dw, *parse("2^-2*u0*(x1+3)").products), decimate=0, dt=())
    program = replace(program, projections=(replace(program.projections[0], plasticity=acting), program.projections[1]))
    reference = ReferenceSimulator(program)
    reference.run(spikes, graded=graded)
    with LavaBackend.open(program, model="stock") as lava:
        lava.state = reference.state
        with pytest.raises(TargetRefusal, match=r"state\.clock = \d+: LearningSparse of net/input.*clock of 0"):
            lava.run(spikes, graded=graded)
        assert lava._learner._runtime is None


def test_general_programs_are_refused_and_never_run_as_something_else() -> None:
    refused = 0
    for seed in range(20):
        case = plastic_case(seed, stock=True)
        program = plastic_program(case)
        with LavaBackend.open(program, model="stock") as lava:
            try:
                lava._network_for(State.rest(program), True)
            except TargetRefusal as refusal:
                refused += 1
                assert 'model="fused"' in str(refusal)
    assert refused >= 15


def test_a_process_that_dies_is_noticed_and_the_next_run_starts_anew() -> None:
    program, spikes, _ = learner_with()
    reference, before = ReferenceSimulator(program), children()
    with LavaBackend.open(program, model="stock", deadline=20) as lava:
        assert_equal(lava.run(spikes), reference.run(spikes))
        os.kill(lava._learner._runtime._runtime._messaging_infrastructure.actors[0].pid, signal.SIGKILL)
        with pytest.raises(BackendFailure, match="exit code -9"):
            lava.run(spikes)
        assert not children(but=before) and lava.state.equal(reference.state)
        assert_equal(lava.run(spikes), reference.run(spikes))  # new processes catch up with the clock
        assert lava.state.equal(reference.state)
    assert not children(but=before)


def test_a_process_that_dies_is_noticed_while_the_state_is_set() -> None:
    program, spikes, _ = learner_with()
    reference = ReferenceSimulator(program)
    with LavaBackend.open(program, model="stock", deadline=20) as lava:
        assert_equal(lava.run(spikes), reference.run(spikes))
        for simulator in (lava, reference):
            state = simulator.state.copy()
            state.v[:] += 1
            simulator.state = state
        os.kill(lava._learner._runtime._parts[0].pid, signal.SIGKILL)
        with pytest.raises(BackendFailure, match="exit code -9"):
            lava.run(spikes, carry=True)
        assert lava.state.equal(reference.state)
        assert_equal(lava.run(spikes, carry=True), reference.run(spikes, carry=True))
