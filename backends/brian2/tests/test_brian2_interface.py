"""What all backends promise: carried state, ragged and empty samples, refusals. On both targets."""

from __future__ import annotations

import signal

import numpy as np
import pytest
from brian2_oracle import RICH, assert_equal, floating, needs_compiler, opened, other_inputs

from neurolsm.conformance.generate import Case, inputs, program
from neurolsm.errors import BackendFailure, InvalidValue
from neurolsm.execute import backend as registry
from neurolsm.program import Program
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State
from neurolsm.semantics import ReferenceSimulator

pytestmark = [
    pytest.mark.xdist_group("brian2"),
    pytest.mark.parametrize("target", [pytest.param("cpp_standalone", marks=needs_compiler), "numpy"]),
]


@pytest.fixture(params=["loihi", "float"])
def made(request: pytest.FixtureRequest) -> Program:
    return program(RICH) if request.param == "loihi" else floating(RICH)


def test_is_found_by_name(target: str) -> None:
    with registry.open_simulator(program(RICH), f"brian2:{target}") as simulator:
        assert isinstance(simulator, registry.Simulator)
        assert simulator.info["target"] == target
    assert isinstance(registry.get("brian2"), registry.Backend)


def test_pieces_of_a_stream_equal_one_run(made: Program, target: str) -> None:
    whole = other_inputs(RICH, 11, 1, 60)
    raster = whole.dense()[0]
    expected = ReferenceSimulator(made).run(whole)
    with opened(made, target=target) as simulator:
        first = simulator.run(Spikes.from_list([raster[:7], raster[7:7], raster[7:31]]), carry=True)
        second = simulator.run(Spikes.from_list([raster[31:]]), carry=True)
    spikes = np.concatenate([*first.spikes.to_list(), *second.spikes.to_list()])
    np.testing.assert_array_equal(spikes, expected.spikes.dense()[0])
    np.testing.assert_array_equal(second.u, expected.u)
    np.testing.assert_array_equal(second.v, expected.v)
    np.testing.assert_array_equal(first.u[0], first.u[1])  # nothing happens in a sample of no steps


def test_state_moves_to_the_reference_and_back(made: Program, target: str) -> None:
    stream = other_inputs(RICH, 12, 4, 15)
    straight = ReferenceSimulator(made)
    expected = straight.run(stream, carry=True)
    reference = ReferenceSimulator(made)
    with opened(made, target=target) as simulator:
        found = []
        for k, here in enumerate([reference, simulator, reference, simulator]):
            found.append(here.run(stream[k], carry=True))
            assert here.state.pending.any()  # or this test would show little
            simulator.state, reference.state = here.state, here.state.copy()
        assert simulator.state.equal(straight.state)
    assert Spikes.concatenate([r.spikes for r in found]).equal(expected.spikes)
    np.testing.assert_array_equal([r.u[0] for r in found], expected.u)


def test_each_sample_starts_from_rest(target: str) -> None:
    made = program(RICH)
    batch = inputs(RICH)
    with opened(made, target=target) as simulator:
        simulator.run(batch, carry=True)  # leaves a state behind
        together = simulator.run(batch)
        for k in range(len(batch)):
            alone = simulator.run(batch[k])
            np.testing.assert_array_equal(alone.v[0], together.v[k])
            assert alone.spikes.equal(together.spikes[k])


def test_ragged_and_empty_samples(target: str) -> None:
    made = program(RICH)
    rng = np.random.default_rng(0)
    batch = Spikes.from_list([rng.random((steps, RICH.n_inputs)) < 0.3 for steps in (0, 0, 5, 1, 0, 17, 0)])
    reference = ReferenceSimulator(made)
    with opened(made, target=target) as simulator:
        for carry in (False, True):
            assert_equal(reference.run(batch, carry=carry), simulator.run(batch, carry=carry))
            assert simulator.state.equal(reference.state)
        before = simulator.state.copy()
        nothing = simulator.run(batch[:0], trace=("u",))
        assert len(nothing.spikes) == 0 and nothing.u.shape == (0, made.n) and nothing.traces["u"].shape == (0, made.n)
        silent = simulator.run(batch[:1], trace=("v",), carry=True)
        assert silent.traces["v"].shape == (0, made.n)
        assert simulator.state.equal(before)


def test_two_programs_alternately(target: str) -> None:
    cases = RICH, Case.random(56)
    references = [ReferenceSimulator(program(case)) for case in cases]
    with opened(program(cases[0]), target=target) as one, opened(program(cases[1]), target=target) as two:
        for seed in range(3):
            for case, reference, simulator in zip(cases, references, (one, two), strict=True):
                batch = other_inputs(case, seed, 2, 20)
                assert_equal(reference.run(batch, carry=True), simulator.run(batch, carry=True))
                assert simulator.state.equal(reference.state)


def test_the_run_after_an_interrupt_works(target: str) -> None:
    batch = inputs(RICH)
    endless = Spikes.from_events([([], [])], 1 << (23 if target == "cpp_standalone" else 18), RICH.n_inputs)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with opened(program(RICH), target=target) as simulator:
        before = simulator.run(batch)
        previous = signal.signal(signal.SIGALRM, interrupt)
        signal.setitimer(signal.ITIMER_REAL, 0.8, 0.5)  # again, should a callback swallow the first
        try:
            with pytest.raises(KeyboardInterrupt):
                simulator.run(endless)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, previous)
        assert_equal(before, simulator.run(batch))


def test_only_the_traces_that_were_asked_for(target: str) -> None:
    with opened(program(RICH), target=target) as simulator:
        assert simulator.run(inputs(RICH), trace=("v",)).traces.keys() == {"v"}
        assert simulator.run(inputs(RICH)).traces == {}


def test_what_is_set_is_a_copy(target: str) -> None:
    made = program(RICH)
    given = State.rest(made)
    with opened(made, target=target) as simulator:
        simulator.state = given
        given.v[:] = 99
        assert not simulator.state.v.any()


def test_refuses_what_does_not_fit(target: str) -> None:
    plain = program(Case(seed=3, n=4, n_inputs=2, max_delay=1))
    with opened(program(RICH), target=target) as simulator:
        with pytest.raises(InvalidValue, match="12 input channels"):
            simulator.run(inputs(Case(n_inputs=3)))
        with pytest.raises(InvalidValue, match="trace"):
            simulator.run(inputs(RICH), trace=("theta",))
        with pytest.raises(InvalidValue, match=r"State\.u.*\(40,\)"):
            simulator.state = State.rest(plain)
    if target == "numpy":  # needs no other build
        with opened(plain, target=target) as simulator:
            state = State.rest(plain)
            state.theta[1] = 5
            with pytest.raises(InvalidValue, match=r"State\.theta.*must be 0"):
                simulator.state = state
        with pytest.raises(InvalidValue, match="must be one of auto, cpp_standalone, numpy"):
            opened(plain, target="cuda")


def test_closed_twice_and_used_after(target: str) -> None:
    simulator = opened(program(RICH), target=target)
    simulator.run(inputs(RICH))
    simulator.close()
    simulator.close()
    with pytest.raises(BackendFailure, match="closed"):
        simulator.run(inputs(RICH))
