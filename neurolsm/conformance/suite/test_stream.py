"""State carried on: a stream cut in pieces, or moved to another backend, gives what it gives whole."""

from __future__ import annotations

import numpy as np
import pytest

from neurolsm.conformance.suite.agreement import same_array, same_recording, same_state
from neurolsm.conformance.suite.conftest import Trial
from neurolsm.conformance.suite.subject import Subject
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State


@pytest.fixture(autouse=True)
def _needs(subject: Subject) -> None:
    subject.needs("carry", "state")


def cut(whole: Spikes, lengths: list[int]) -> Spikes:
    """The same rows as samples of other lengths."""
    assert sum(lengths) == whole.steps.sum()
    return Spikes(np.array(lengths), whole.indptr, whole.unit, whole.units)


def pieces(total: int, rng: np.random.Generator) -> list[int]:
    """Random lengths that add up to ``total``; some are 0 and some 1."""
    edges = np.sort(rng.integers(0, total + 1, 3))
    return [0, *np.diff([0, *edges, total]).tolist()]


def test_pieces_of_a_stream_equal_the_whole(trial: Trial, rng: np.random.Generator) -> None:
    total = int(trial.inputs.steps.sum())
    whole = cut(trial.inputs, [total])
    reference = trial.reference()
    expected = reference.run(whole, carry=True)
    simulator, lengths = trial.simulator, pieces(total, rng)

    simulator.state = State.rest(trial.program)
    same_recording(expected, simulator.run(whole, carry=True), trial.program, "whole: ")
    same_state(reference.state, simulator.state, trial.program, "whole: ")

    simulator.state = State.rest(trial.program)
    together = simulator.run(cut(whole, lengths), carry=True)
    same_array("spikes", expected.spikes.to_list()[0], np.concatenate(together.spikes.to_list()))
    same_state(reference.state, simulator.state, trial.program, "pieces in one run: ")

    simulator.state = State.rest(trial.program)
    apart = [simulator.run(piece, carry=True) for piece in map(cut(whole, lengths).__getitem__, range(len(lengths)))]
    same_array("spikes", expected.spikes.to_list()[0], np.concatenate([r.spikes.to_list()[0] for r in apart]))
    same_state(reference.state, simulator.state, trial.program, "one run a piece: ")
    same_array("final u of the pieces", together.u, np.concatenate([r.u for r in apart]))
    same_array("final v of the pieces", together.v, np.concatenate([r.v for r in apart]))


def test_state_moves_to_the_backend_and_back(trial: Trial, rng: np.random.Generator) -> None:
    total = int(trial.inputs.steps.sum())
    expected = trial.reference().run(cut(trial.inputs, [total]), carry=True)
    parts = cut(trial.inputs, pieces(total, rng))
    here, there = trial.reference(), trial.simulator
    there.state = State.rest(trial.program)
    spikes = []
    for k in range(len(parts)):
        one, other = (here, there) if k % 2 else (there, here)
        one.state = other.state
        spikes.append(one.run(parts[k], carry=True).spikes.to_list()[0])
    same_array("spikes", expected.spikes.to_list()[0], np.concatenate(spikes))
    same_array("final v", expected.v[0], one.state.v)


def test_a_state_that_was_handed_out_stays_as_it_was(trial: Trial) -> None:
    simulator = trial.simulator
    simulator.state = State.rest(trial.program)
    simulator.run(trial.inputs, carry=True)
    kept = simulator.state
    copy = kept.copy()
    simulator.run(trial.inputs, carry=True)
    assert kept.equal(copy)


def test_a_state_that_was_handed_out_or_in_is_a_copy(trial: Trial) -> None:
    """To change it changes nothing, neither at once nor in the next run."""
    simulator = trial.simulator
    given = State.rest(trial.program)
    simulator.state = given
    for state in (given, simulator.state):
        for array in state.arrays().values():
            array[...] = 1
        state.clock += 5
    same_state(State.rest(trial.program), simulator.state, trial.program)
    same_recording(trial.expected, simulator.run(trial.inputs), trial.program)
    end = simulator.state
    for array in end.arrays().values():
        array[...] = 1
    same_state(trial.end, simulator.state, trial.program)


def test_samples_start_from_rest_unless_carried_on(trial: Trial) -> None:
    trial.simulator.run(trial.inputs, carry=True)
    same_recording(trial.expected, trial.simulator.run(trial.inputs), trial.program)
    same_state(trial.end, trial.simulator.state, trial.program)
