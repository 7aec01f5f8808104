"""Random programs that learn: weights, tags, traces, excitability and spikes equal the NumPy reference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest

from neurolsm.conformance.generate_plastic import (
    plastic_case,
    plastic_inputs,
    plastic_program,
    stock_plastic_program,
)
from neurolsm.conformance.suite.agreement import same_recording, same_state
from neurolsm.conformance.suite.learners import learner_with
from neurolsm.conformance.suite.subject import LEARNING, Subject
from neurolsm.execute.backend import Simulator
from neurolsm.program import Program
from neurolsm.program.graded import Graded
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State
from neurolsm.semantics import ReferenceSimulator

# Programs that learn much: epochs of several steps, modulators of every kind, intrinsic rules, both rounding streams, delays.
SEEDS = (1, 17, 53)
# Programs without what a backend may lack: LearningDense with absent synapses and LearningSparse, epochs, weights and tags.
STOCK_SEEDS = (83, 118)


@dataclass
class Learner:
    """A random program that learns, open on the backend."""

    program: Program
    spikes: Spikes
    graded: Graded
    simulator: Simulator


@pytest.fixture(scope="module", params=[*SEEDS, *(f"stock {seed}" for seed in STOCK_SEEDS)])
def learner(subject: Subject, request: pytest.FixtureRequest) -> Iterator[Learner]:
    subject.needs("learning", "state", "carry")
    stock, _, seed = str(request.param).rpartition(" ")
    if not stock:
        subject.needs(*LEARNING)
    case = subject.fit(plastic_case(int(seed), stock=bool(stock)))
    program = (stock_plastic_program if stock else plastic_program)(case)
    spikes, graded = plastic_inputs(case, program)
    with subject.open(program) as simulator:
        yield Learner(program, spikes, graded, simulator)


def test_learns_what_the_reference_learns(learner: Learner) -> None:
    reference = ReferenceSimulator(learner.program)
    learner.simulator.state = State.rest(learner.program)
    for learn in (True, False, True):
        expected = reference.run(learner.spikes, graded=learner.graded, learn=learn)
        got = learner.simulator.run(learner.spikes, graded=learner.graded, learn=learn)
        same_recording(expected, got, learner.program, f"learn={learn}: ")
        same_state(reference.state, learner.simulator.state, learner.program, f"learn={learn}: ")
    moved = [
        (s.weight != p.weight).any() for s, p in zip(reference.state.plastic, learner.program.plastic, strict=True)
    ]
    assert any(moved), "the random program learns nothing"


def test_learning_goes_on_elsewhere(learner: Learner) -> None:
    """Odd pieces of a stream on the reference, even ones on the backend, and the other way round."""
    program, spikes, graded = learner.program, learner.spikes, learner.graded
    total = int(spikes.steps.sum())
    lengths = np.array([total // 4, 3, total // 3, total - total // 4 - 3 - total // 3])
    parts = Spikes(lengths, spikes.indptr, spikes.unit, spikes.units)
    whole = ReferenceSimulator(program)
    expected = whole.run(parts, graded=graded, carry=True)
    for first in (0, 1):
        here = ReferenceSimulator(program)
        pair = (here, learner.simulator) if first else (learner.simulator, here)
        pair[0].state = State.rest(program)
        for k in range(len(parts)):
            now, before = pair[k % 2], pair[(k + 1) % 2]
            if k:
                now.state = before.state
            rows = parts.offsets[k : k + 2]
            got = now.run(parts[k], graded=graded.part(int(rows[0]), int(rows[1])), carry=True)
            assert got.spikes.equal(expected.spikes[k]), f"piece {k}"
        same_state(whole.state, now.state, program)


def test_a_learned_state_that_was_handed_out_stays_as_it_was(learner: Learner) -> None:
    learner.simulator.state = State.rest(learner.program)
    learner.simulator.run(learner.spikes, graded=learner.graded)
    kept = learner.simulator.state
    copy = kept.copy()
    learner.simulator.run(learner.spikes, graded=learner.graded)
    assert kept.equal(copy)


def test_a_state_that_no_run_can_reach_is_refused(learner: Learner) -> None:
    """Traces and spike times are places in tables, and weights have limits; the state stays as it was."""
    before = learner.simulator.state
    for name in ("x1", "x2", "y1", "y2", "y3", "tx", "ty", "weight", "tag1", "tag2"):
        for value in (-32768, 32767):
            wrong = before.copy()
            for plastic in wrong.plastic:
                getattr(plastic, name)[:] = value
            if any(getattr(plastic, name).size for plastic in wrong.plastic):
                with pytest.raises(ValueError, match=name):
                    learner.simulator.state = wrong
    for field, value in (("u", 2**24), ("v", 2**23), ("refractory", 64), ("theta", -1), ("pending", 2**31 - 1),
                         ("bias_mant", 4096), ("vth", -1), ("count", -1), ("clock", -1), ("clock", 2**62)):  # fmt: skip
        wrong = before.copy()
        if field == "clock":
            wrong.clock = value
        else:
            getattr(wrong, field)[...] = value
        with pytest.raises(ValueError, match=field):
            learner.simulator.state = wrong
    assert learner.simulator.state.equal(before)


def test_a_state_of_another_program_is_refused(learner: Learner) -> None:
    state = State.rest(learner.program)
    wrong = replace(state, v=np.zeros(learner.program.n + 1, state.v.dtype))
    with pytest.raises(ValueError, match="v"):
        learner.simulator.state = wrong


def test_neurons_learn_their_own_rates_and_return_to_them(subject: Subject) -> None:
    """Two periods of calibration, then corrections in parts of a step, in the middle of which the state is handed over."""
    subject.needs("learning", "learning/intrinsic", "state", "carry")
    program, spikes, _ = learner_with("learning/intrinsic")
    rule = replace(program.intrinsic[0], period=7, calibration=2, bias_step=5, vth_step=90)
    program = replace(program, intrinsic=(rule,))
    reference = ReferenceSimulator(program)
    with subject.open(program) as simulator:
        for _ in range(3):
            expected = reference.run(spikes, carry=True)
            same_recording(expected, simulator.run(spikes, carry=True), program)
            same_state(reference.state, simulator.state, program)
    assert (reference.state.calibrated == 2).all()
    assert reference.state.own.any()
    assert (reference.state.vth != program.neurons.vth).any()
