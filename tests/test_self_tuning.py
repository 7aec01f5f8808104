"""A liquid that finds its working point: from any scale the same one, by counts of spikes alone, or said so."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurolsm as nl
from neurolsm.describe.scaled import Scaled, scaled, with_gains
from neurolsm.measure.instruments import balance
from neurolsm.tuning.working_point import working_point

CHANNELS = 6
ENCODER = nl.RateEncoder(steps=40, rate=0.6)
X = np.random.default_rng(1).random((12, CHANNELS))
INPUTS = ENCODER.encode(X)
LIQUID = nl.Liquid(
    topology=nl.Column(shape=(5, 5, 4)), weights=nl.Pairs(ee=nl.Gamma(0.1), ei=0.2, ie=nl.Uniform(0.1, 0.3), ii=nl.Lognormal(0.2)),
    input=nl.RandomMap(density=0.6, weight=nl.Gamma(0.5), inhibitory=0.4),
)  # fmt: skip
WANTED = nl.SelfTuning(rate=0.1, branching=0.2)


def machine(inputs: float = 1.0, recurrent: float = 1.0, **fields: object) -> nl.LSM:
    liquid = with_gains(LIQUID, inputs, recurrent)
    return nl.LSM(inputs=CHANNELS, liquid=liquid, tuning=WANTED, **{"seed": 2, **fields})


@given(st.floats(-2, 2), st.floats(-2, 2))
@settings(max_examples=8, deadline=None)
def test_every_scale_of_the_description_ends_at_the_same_working_point(a: float, b: float) -> None:
    one, other = nl.self_tune(machine(), INPUTS), nl.self_tune(machine(10**a, 10**b), INPUTS)
    assert one.rate == pytest.approx(0.1, rel=0.2) and one.branching == pytest.approx(0.2, abs=0.04)
    assert (other.rate, other.branching) == pytest.approx((one.rate, one.branching), rel=0.05)
    assert 10**a * other.input_gain == pytest.approx(one.input_gain, rel=0.05)
    assert 10**b * other.recurrent_gain == pytest.approx(one.recurrent_gain, rel=0.05)


def test_what_is_reported_is_what_the_tuned_network_does() -> None:
    found = nl.self_tune(machine(0.01, 30.0), INPUTS)
    program = nl.lower(found.lsm).program
    with nl.open_simulator(program, "reference") as simulator:
        spikes = simulator.run(INPUTS).spikes
    point = working_point(program, INPUTS, spikes)
    assert (point.rate, point.branching) == (found.rate, found.branching)
    assert point.rate == spikes.count / (INPUTS.steps.sum() * program.n)


def test_the_working_point_by_hand() -> None:
    """Two channels, each to its own neuron, one of which excites the other: 3 spikes in and 4 out in 10 steps."""
    liquid = nl.Liquid(topology=nl.Explicit([[0.0, 0.5], [0.0, 0.0]]), input=nl.OneToOne(weight=2.0))
    program = nl.lower(nl.LSM(inputs=2, liquid=liquid)).program
    inputs = nl.Spikes.from_events([([0, 2, 4], [0, 0, 0])], steps=10, units=2)
    spikes = nl.Spikes.from_events([([1, 3, 5, 6], [0, 0, 0, 1])], steps=10, units=2)
    unit = {p.name: float(p.effective[0]) for p in program.projections}
    point = working_point(program, inputs, spikes)
    assert point.rate == 4 / 20
    assert point.inputs == pytest.approx(0.3 * unit["liquid/input/excitatory"] / 2)
    assert point.recurrent == pytest.approx(0.3 * unit["liquid/recurrent/excitatory"] / 2)
    assert point.branching == pytest.approx(point.recurrent / (point.inputs + point.recurrent))
    assert point.branching == pytest.approx(balance(program, inputs, spikes).recurrent)


def test_every_backend_finds_the_same_factors() -> None:
    expected = nl.self_tune(machine(), INPUTS, backend="reference")
    assert nl.self_tune(machine(), INPUTS, backend="emulator") == expected


def test_rules_wait_until_the_liquid_is_tuned() -> None:
    liquid = replace(LIQUID, plasticity=nl.STDP(), intrinsic=nl.IntrinsicPlasticity())
    found = nl.self_tune(nl.LSM(inputs=CHANNELS, liquid=liquid, tuning=WANTED, seed=2), INPUTS)
    expected = nl.self_tune(machine(), INPUTS)
    assert (found.input_gain, found.recurrent_gain) == (expected.input_gain, expected.recurrent_gain)
    assert found.lsm.liquid.plasticity == nl.STDP()


def test_estimators_and_deployments_tune_before_anything_is_read_out() -> None:
    y = (X[:, 0] > X[:, 1]).astype(int)
    tuned = nl.LSMClassifier(machine(0.001), ENCODER).fit(X, y).lsm_
    assert tuned == nl.self_tune(machine(0.001), INPUTS).lsm
    with nl.deploy(machine(0.001, readout=nl.DeltaReadout(classes=2)), ENCODER, labels=[0, 1], samples=X) as chip:
        assert chip.lsm.liquid == tuned.liquid
        chip.learn(X, y)
    series = np.sin(np.arange(300) / 7)
    own = nl.LSMSequenceRegressor().fit(series[:-1], series[1:]).lsm_
    assert own.tuning is None


@pytest.mark.parametrize(("act", "parts"), [
    (lambda: nl.lower(machine()), ("lower.lsm.tuning", "self_tune")),
    (lambda: nl.self_tune(machine(), INPUTS[:0]), ("self_tune.inputs", "no spikes")),
    (lambda: nl.self_tune(machine(), nl.Spikes.from_dense(np.zeros((2, 9, CHANNELS)))), ("self_tune.inputs", "no spikes")),
    (lambda: nl.self_tune(machine(), nl.Spikes.from_dense(np.ones((2, 9, 5)))), ("self_tune.inputs", "5", "6 channels")),
    (lambda: nl.SelfTuning(rate=0.0), ("SelfTuning.rate", "0.0")),
    (lambda: nl.SelfTuning(rate=0.6), ("SelfTuning.rate", "0.6", "0.5")),
    (lambda: nl.SelfTuning(branching=1.0), ("SelfTuning.branching", "1.0", "0.9")),
    (lambda: nl.SelfTuning(rate=float("nan")), ("SelfTuning.rate", "nan")),
    (lambda: nl.LSM(inputs=1, liquid=LIQUID, tuning=0.1), ("LSM.tuning", "SelfTuning")),
    (lambda: nl.deploy(machine(readout=nl.DeltaReadout(classes=2)), ENCODER, labels=[0, 1]), ("deploy.lsm.tuning", "samples")),
    (lambda: nl.deploy(machine(readout=nl.DeltaReadout(classes=2)), ENCODER, labels=[0, 1], samples=np.full((2, CHANNELS), np.nan)),
     ("RateEncoder.x", "NaN")),
    (lambda: nl.deploy(machine(readout=nl.DeltaReadout(classes=2)), ENCODER, labels=[0, 1], samples=X[:0]),
     ("self_tune.inputs", "no spikes")),
    (lambda: nl.deploy(replace(machine(readout=nl.DeltaReadout(classes=2)), tuning=None), ENCODER, labels=[0, 1], samples=X),
     ("deploy.lsm.tuning", "samples")),
    (lambda: nl.self_tune(nl.LSM(inputs=2, liquid=nl.Liquid(topology=nl.Explicit([[0.0, 1.0], [0.0, 0.0]])), tuning=WANTED),
                          nl.Spikes.from_dense(np.ones((1, 9, 2)))), ("Liquid.topology", "Explicit")),
])  # fmt: skip
def test_what_cannot_be_tuned_is_refused(act: object, parts: tuple[str, ...]) -> None:
    with pytest.raises(nl.InvalidValue) as refused:
        act()  # type: ignore[operator]
    assert all(part in str(refused.value) for part in parts), str(refused.value)


def test_a_working_point_that_no_scale_reaches_is_warned_of() -> None:
    """Neurons whose leak alone makes them fire half of the time cannot fire rarely."""
    loud = replace(LIQUID, neuron=nl.LIF(tau_mem=5e-3, v_leak=20.0))
    with pytest.warns(nl.UnusualValue, match=r"SelfTuning.rate.*not reached"):
        nl.self_tune(nl.LSM(inputs=CHANNELS, liquid=loud, tuning=nl.SelfTuning(rate=0.01)), INPUTS)


def test_one_short_sample_is_warned_of() -> None:
    with pytest.warns(nl.UnusualValue, match=r"self_tune.inputs.*one sample of fewer than 200 steps.*some tens"):
        nl.deploy(machine(readout=nl.DeltaReadout(classes=2)), ENCODER, labels=[0, 1], samples=X[:1]).close()
    with warnings.catch_warnings():
        warnings.filterwarnings("error", "self_tune", nl.UnusualValue)
        nl.self_tune(machine(), INPUTS[:9])
        nl.self_tune(machine(), nl.RateEncoder(steps=200).encode(X[:1]))


class Own:
    def draw(self, rng: np.random.Generator, size: int) -> np.ndarray:
        return np.full(size, 3.0)


@pytest.mark.parametrize(
    "law",
    [0.5, nl.Constant(0.5), nl.Uniform(0.1, 0.4), nl.Gamma(0.3, 0.5), nl.Lognormal(0.3), nl.Each([1.0] * 7), Own()],
)
def test_a_scaled_law_draws_the_same_numbers_times_the_factor(law: object) -> None:
    from neurolsm.describe.laws import draw_law

    one, twice = (draw_law(x, np.random.default_rng(3), 7) for x in (law, scaled(scaled(law, 4.0), 0.5)))
    np.testing.assert_allclose(twice, 2 * one)
    assert scaled(Scaled(Own(), 2.0), 3.0).factor == 6.0
