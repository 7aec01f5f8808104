"""The fused model against the NumPy reference."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from lava_checks import assert_case, assert_equal, in_float, stimulus
from neurolsm_lava import LavaBackend, simulator

from neurolsm.conformance.generate import Case, inputs, program
from neurolsm.program.plasticity import Plasticity
from neurolsm.program.spikes import Spikes
from neurolsm.semantics import ReferenceSimulator

pytestmark = pytest.mark.xdist_group("lava")
FULL = Case(seed=11, n=60, max_delay=9, refractory=True, adaptive=True)


@pytest.mark.parametrize("seed", range(15))
def test_random_program(seed: int) -> None:
    assert_case(Case.random(seed, largest=120), "fused")


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(100, 150))
def test_many_random_programs(seed: int) -> None:
    assert_case(Case.random(seed), "fused")


@pytest.mark.parametrize("lanes", [1, 3, 64])
def test_samples_of_different_length_share_lanes(lanes: int) -> None:
    network = program(FULL)
    samples = stimulus(network.n_inputs, [7, 0, 31, 1, 64, 12, 12, 5, 0, 40, 2])
    expected = ReferenceSimulator(network).run(samples, trace=("u", "v"))
    assert expected.spikes.count > 1000
    with LavaBackend.open(network, lanes=lanes) as lava:
        assert_equal(lava.run(samples, trace=("u", "v")), expected)
        assert_equal(lava.run(samples[::-1]), ReferenceSimulator(network).run(samples[::-1]))  # the runtime lives on


def test_results_that_exceed_shared_memory_come_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    network = program(FULL)
    samples = stimulus(network.n_inputs, [20, 0, 30, 10, 25, 0])
    monkeypatch.setattr(simulator, "RESULTS_AT_ONCE", 1000)
    for carry in (False, True):
        reference = ReferenceSimulator(network)
        with LavaBackend.open(network, lanes=2) as lava:
            assert_equal(
                lava.run(samples, carry=carry, trace=("v",)), reference.run(samples, carry=carry, trace=("v",))
            )
            assert lava.state.equal(reference.state)


def test_larger_batches_after_smaller_ones() -> None:
    network = program(FULL)
    with LavaBackend.open(network, lanes=4) as lava:
        for count in (1, 3, 40):  # the last one outgrows the memory of the first
            samples = stimulus(network.n_inputs, [50] * count)
            assert_equal(lava.run(samples), ReferenceSimulator(network).run(samples))


@pytest.mark.parametrize("lengths", [[], [0], [0, 0]])
def test_nothing_to_run(lengths: list[int]) -> None:
    network = program(FULL)
    samples = Spikes.from_events([([], [])] * len(lengths), lengths, network.n_inputs)
    for carry in (False, True):
        reference = ReferenceSimulator(network)
        with LavaBackend.open(network) as lava:
            assert_equal(lava.run(samples, carry=carry), reference.run(samples, carry=carry))
            assert lava.run(samples, carry=carry, trace=("u",)).traces["u"].shape == (0, network.n)
            assert lava.state.equal(reference.state)


@pytest.mark.parametrize("seed", [1, 3, 11])
def test_float_arithmetic_agrees_to_round_off(seed: int) -> None:
    case = Case(seed=seed, n=60, max_delay=9, refractory=seed > 1, adaptive=seed > 3)
    network, samples = in_float(program(case)), inputs(case)
    reference = ReferenceSimulator(network)
    with LavaBackend.open(network, lanes=2) as lava:
        for carry in (False, True):
            got, expected = lava.run(samples, carry=carry), reference.run(samples, carry=carry)
            assert expected.spikes.count > 100
            assert got.spikes.equal(expected.spikes)
            np.testing.assert_allclose(got.u, expected.u, rtol=1e-9, atol=1e-12)
            np.testing.assert_allclose(got.v, expected.v, rtol=1e-9, atol=1e-12)


def test_a_neuron_by_hand() -> None:
    """du = 2047 keeps half of u, dv = 4096 nothing of v; a weight of 4 adds 256 to u; the threshold is 64."""
    case = program(Case(seed=1, n=1, n_inputs=1, density=1.0))
    one = lambda value: np.array([value], np.int32)  # noqa: E731
    neurons = replace(case.neurons, du=one(2047), dv=one(4096), vth=one(1), bias_mant=one(0), refractory=one(2))
    feed = replace(
        case.projections[0], source="input", sign_mode="excitatory", weight_exp=0, indptr=np.array([0, 1]),
        post=np.array([0], np.int32), weight=np.array([4], np.int16), delay=np.array([1], np.uint8),
    )  # fmt: skip
    network = replace(case, neurons=neurons, projections=(feed,))
    with LavaBackend.open(network) as lava:
        got = lava.run(Spikes.from_events([([0], [0])], 8, 1), trace=("u", "v"))
    np.testing.assert_array_equal(got.traces["u"][:, 0], [0, 0, 256, 128, 64, 32, 16, 8])
    np.testing.assert_array_equal(got.traces["v"][:, 0], [0, 0, 0, 0, 0, 32, 16, 8])  # held at 0 for two steps
    np.testing.assert_array_equal(got.spikes.events(0)[0], [2])


def test_learned_weights_run_without_learning() -> None:
    base = program(FULL)
    first = replace(base.projections[0], plasticity=Plasticity())
    network, samples = replace(base, projections=(first, *base.projections[1:])), inputs(FULL)
    reference = ReferenceSimulator(network)
    with LavaBackend.open(network) as lava:
        assert_equal(lava.run(samples, learn=False), reference.run(samples, learn=False))
        before = reference.state.v.copy()
        for one in (lava, reference):
            state = one.state
            state.plastic[0].weight[:] //= 2
            state.vth += 7
            one.state = state
        assert_equal(lava.run(samples, learn=False), reference.run(samples, learn=False))
        assert not np.array_equal(before, reference.state.v)
        assert lava.state.equal(reference.state)
