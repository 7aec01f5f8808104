"""Encoders of values: spike trains by hand, theory, and what they refuse."""

import hashlib
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurolsm.encode import (
    DeltaEncoder,
    Encoder,
    EventEncoder,
    LatencyEncoder,
    PoissonEncoder,
    PopulationEncoder,
    RateEncoder,
    Sweep,
    count_clipped,
    values,
)
from neurolsm.errors import InvalidValue

STATIC = [RateEncoder(steps=7), PoissonEncoder(steps=7), LatencyEncoder(steps=7), PopulationEncoder(steps=7, neurons=3)]
TIMED = [RateEncoder(), PoissonEncoder(), PopulationEncoder(neurons=3), DeltaEncoder()]
ids = lambda encoder: type(encoder).__name__  # noqa: E731


def train(spikes, sample=0, channel=0):
    """Steps at which one channel fires."""
    step, unit = spikes.events(sample)
    return step[unit == channel].tolist()


def test_rate_by_hand():
    # Phases before the test against 1: 0.9, 1.3, 0.7, 1.1, 0.5, 0.9, 1.3
    assert train(RateEncoder(steps=7, phase=0.5).encode([[0.4]])) == [1, 3, 6]
    assert train(RateEncoder(steps=7, phase=0.0).encode([[0.4]])) == [2, 4]
    assert train(RateEncoder(steps=6, phase=0.0, rate=0.5).encode([[1.0]])) == [1, 3, 5]
    assert train(RateEncoder(steps=3).encode([[1.0]])) == [0, 1, 2]
    assert train(RateEncoder(steps=3).encode([[0.0]])) == []


def test_rate_over_time_by_hand():
    # Phase after each step: 0.5, 1.0 -> 0.0, 0.75, 1.5 -> 0.5, 0.5
    assert train(RateEncoder(phase=0.0).encode(np.array([[[0.5], [0.5], [0.75], [0.75], [0.0]]]))) == [1, 3]


@given(st.lists(st.integers(0, 8), min_size=1, max_size=60), st.integers(0, 7))
def test_rate_over_time_equals_whole_numbers(eighths, phase):
    """Values of 1 among others are a whole spike each."""
    current, expected = phase, []
    for step, value in enumerate(eighths):
        current += value
        if current >= 8:
            current -= 8
            expected.append(step)
    values = np.array(eighths)[None, :, None] / 8
    assert train(RateEncoder(phase=phase / 8).encode(values)) == expected


@given(
    numerator=st.integers(0, 30),
    denominator=st.integers(1, 30),
    phase=st.integers(0, 7),
    steps=st.integers(1, 200),
)
@settings(max_examples=200, deadline=None)
def test_rate_equals_exact_fractions(numerator, denominator, phase, steps):
    rate = min(Fraction(numerator, denominator), Fraction(1))
    current, expected = Fraction(phase, 8), []
    for step in range(steps):
        current += rate
        if current >= 1:
            current -= 1
            expected.append(step)
    encoder = RateEncoder(steps=steps, phase=phase / 8)
    assert train(encoder.encode([[float(rate)]])) == expected
    assert len(expected) == int(steps * rate + Fraction(phase, 8))  # the count that theory gives


def test_rate_is_the_same_on_every_platform():
    x = np.linspace(0, 1, 50).reshape(5, 10)
    digest = hashlib.sha256(RateEncoder(steps=33, rate=0.7).encode(x).dense().astype(np.uint8).tobytes()).hexdigest()
    expected = np.zeros((5, 33, 10), np.uint8)  # the same in Python's exact integers
    for b in range(5):
        for n in range(10):
            scaled = Fraction(float(x[b, n] * 0.7)) * 2**32
            increment = -(-scaled.numerator // scaled.denominator)
            for t in range(33):
                expected[b, t, n] = (2**31 + (t + 1) * increment) // 2**32 > (2**31 + t * increment) // 2**32
    assert digest == hashlib.sha256(expected.tobytes()).hexdigest()


def test_range_maps_and_clips():
    encoder = RateEncoder(steps=4, low=-1.0, high=3.0)
    assert [len(train(encoder.encode([[v]]))) for v in (-5.0, -1.0, 1.0, 3.0, 9.0)] == [0, 0, 2, 4, 4]
    each = RateEncoder(steps=4, low=(0.0, 10.0), high=(1.0, 20.0)).encode([[1.0, 20.0], [0.0, 10.0]])
    assert each.dense().sum(axis=1).tolist() == [[4, 4], [0, 0]]
    assert count_clipped(encoder, [[-5.0, 0.0], [3.0, 3.5]]) == 2
    assert count_clipped(Sweep(shape=(2, 2), hold=5, axes="both", encoder=encoder), [[-5.0, 0.0, 3.0, 3.5]]) == 2
    assert count_clipped(DeltaEncoder(), np.zeros((1, 3, 1))) == 0


def test_arrays_as_range_keep_encoders_comparable():
    assert RateEncoder(low=np.zeros(2), high=[1, 2]) == RateEncoder(low=(0.0, 0.0), high=(1.0, 2.0))
    assert hash(RateEncoder(high=np.ones(2))) == hash(RateEncoder(high=(1.0, 1.0)))


def test_poisson_is_a_function_of_sample_and_seed():
    x = np.random.default_rng(0).random((6, 5))
    encoder = PoissonEncoder(steps=20, seed=3)
    whole = encoder.encode(x)
    order = [4, 0, 5]
    assert encoder.encode(x[order]).equal(whole[order])
    assert not replace(encoder, seed=4).encode(x).equal(whole)
    assert not np.array_equal(encoder.encode(x[:1]).dense(), encoder.encode(x[1:2]).dense())


def test_poisson_rate_and_independence():
    x = np.linspace(0, 1, 11)[None]
    raster = PoissonEncoder(steps=20_000, rate=0.5).encode(x).dense()[0]
    rates = raster.mean(axis=0)
    np.testing.assert_allclose(rates, 0.5 * x[0], atol=5 * np.sqrt(0.25 / 20_000))  # five standard errors
    lagged = np.corrcoef(raster[:-1, 8], raster[1:, 8])[0, 1]
    assert abs(lagged) < 5 / np.sqrt(20_000)


def test_latency_by_hand():
    spikes = LatencyEncoder(steps=5).encode([[1.0, 0.75, 0.5, 0.01, 0.0]])
    assert [train(spikes, channel=c) for c in range(5)] == [[0], [1], [2], [4], []]
    assert [train(LatencyEncoder(steps=5, silent=0.5).encode([[1.0, 0.5]]), channel=c) for c in (0, 1)] == [[0], []]


@given(st.lists(st.floats(0.001, 1), min_size=2, max_size=20))
@settings(max_examples=100, deadline=None)
def test_latency_is_monotone(x):
    spikes = LatencyEncoder(steps=17).encode([sorted(x)])
    first = [train(spikes, channel=c)[0] for c in range(len(x))]
    assert first == sorted(first, reverse=True)


def test_delta_by_hand():
    signal = np.array([[[0.0], [0.1], [0.3], [0.3], [0.3], [0.15], [0.0], [0.0]]])
    # thresholds of 0.1: level 0, on at 1 (0.1), on at 2 (0.2), on at 3 (0.3), -, off at 5 (0.2), off at 6 (0.1), off at 7 (0)
    spikes = DeltaEncoder(threshold=0.1).encode(signal)
    assert train(spikes, channel=0) == [1, 2, 3]
    assert train(spikes, channel=1) == [5, 6, 7]


@given(
    st.lists(st.lists(st.integers(-2, 2), min_size=1, max_size=30), min_size=1, max_size=4),
    st.floats(0.01, 10),
)
@settings(max_examples=100, deadline=None)
def test_delta_follows_slow_signals_exactly(moves, threshold):
    """A signal that moves by at most one threshold a step is rebuilt from its spikes, ragged batches included."""
    signals = [np.cumsum(np.clip(m, -1, 1))[:, None] * threshold for m in moves]
    for signal, raster in zip(signals, DeltaEncoder(threshold=threshold).encode(signals).to_list(), strict=True):
        rebuilt = signal[0, 0] + threshold * np.cumsum(raster[:, 0].astype(int) - raster[:, 1])
        np.testing.assert_allclose(rebuilt, signal[:, 0], atol=threshold * 1e-6)


def test_population_by_hand():
    spikes = PopulationEncoder(steps=100, neurons=3, overlap=0.5).encode([[0.5, 1.0]])
    counts = spikes.dense()[0].sum(axis=0)
    beside = round(100 * np.exp(-2))  # one spacing away, two standard deviations
    assert counts.tolist() == [beside, 100, beside, 0, beside, 100]


def test_population_peak_follows_the_value():
    x = np.linspace(0, 1, 8)[:, None]
    counts = PopulationEncoder(steps=50, neurons=8).encode(x).dense().sum(axis=1)
    assert counts.argmax(axis=1).tolist() == list(range(8))


@pytest.mark.parametrize("encoder", STATIC + TIMED, ids=ids)
def test_channels_steps_and_interface(encoder):
    x = np.random.default_rng(0).random((3, 4) if encoder in STATIC else (3, 9, 4))
    spikes = encoder.encode(x)
    assert isinstance(encoder, Encoder)
    assert spikes.units == encoder.channels(4)
    assert spikes.steps.tolist() == [7 if encoder in STATIC else 9] * 3
    assert spikes.count > 0


@pytest.mark.parametrize("encoder", STATIC + TIMED, ids=ids)
def test_samples_do_not_depend_on_their_batch(encoder, monkeypatch):
    x = np.random.default_rng(1).random((9, 4) if encoder in STATIC else (9, 11, 4))
    whole = encoder.encode(x)
    assert encoder.encode(x[::-1]).equal(whole[::-1])
    monkeypatch.setattr(values, "PIECE", 60)  # pieces of a few samples
    monkeypatch.setattr("neurolsm.encode.latency.PIECE", 60)
    assert encoder.encode(x).equal(whole)


@pytest.mark.parametrize("encoder", TIMED, ids=ids)
def test_ragged_equals_one_by_one(encoder):
    rng = np.random.default_rng(2)
    samples = [rng.random((steps, 3)) for steps in (5, 1, 12)]
    together = encoder.encode(samples)
    assert together.steps.tolist() == [5, 1, 12]
    for k, sample in enumerate(samples):
        assert together[k].equal(encoder.encode(sample[None]))


@pytest.mark.parametrize("encoder", [RateEncoder(), PopulationEncoder(neurons=3)], ids=ids)
def test_constant_over_time_equals_static(encoder):
    x = np.random.default_rng(3).random((2, 4))
    assert encoder.encode(x[:, None].repeat(40, axis=1)).equal(encoder.encode(x))


def test_one_bits_over_time_pass_through():
    raster = np.random.default_rng(4).random((2, 30, 5)) < 0.3
    assert np.array_equal(RateEncoder().encode(raster.astype(float)).dense(), raster)


@pytest.mark.parametrize("encoder", STATIC, ids=ids)
@pytest.mark.parametrize(
    ("x", "words"),
    [
        (np.zeros(3), "axes"),
        (np.zeros((1, 2, 3, 4)), "axes"),
        ([[0.0, np.nan]], "finite"),
        ([[0.0, np.inf]], "finite"),
        ([[0.0, 1j]], "real numbers"),
        ([["a", "b"]], "real numbers"),
        ([[1.0], [1.0, 2.0]], "regular"),
    ],
)
def test_bad_values_are_refused(encoder, x, words):
    with pytest.raises(InvalidValue, match=words) as error:
        encoder.encode(x)
    assert str(error.value).startswith(f"{type(encoder).__name__}.x")


@pytest.mark.parametrize("encoder", TIMED, ids=ids)
def test_bad_ragged_samples_are_refused(encoder):
    with pytest.raises(InvalidValue, match=r"x\[1\].*N = 3"):
        encoder.encode([np.zeros((4, 3)), np.zeros((4, 2))])
    with pytest.raises(InvalidValue, match="at least one sample"):
        encoder.encode([np.zeros((4, 3)), np.zeros((0, 3))])
    with pytest.raises(InvalidValue, match=r"x\[1\].*finite"):
        encoder.encode([np.zeros((4, 3)), np.full((2, 3), np.nan)])


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: RateEncoder(steps=0), "steps"),
        (lambda: RateEncoder(rate=0), "rate"),
        (lambda: RateEncoder(rate=1.5), "rate"),
        (lambda: RateEncoder(phase=1.0), "phase"),
        (lambda: RateEncoder(low=1.0), "high"),
        (lambda: RateEncoder(low=(0, 0), high=(1, 1, 1)), "high"),
        (lambda: RateEncoder(low=float("nan")), "low"),
        (lambda: PoissonEncoder(seed=-1), "seed"),
        (lambda: PoissonEncoder(rate=float("nan")), "rate"),
        (lambda: LatencyEncoder(silent=2), "silent"),
        (lambda: LatencyEncoder(steps=2.5), "steps"),
        (lambda: DeltaEncoder(threshold=0), "threshold"),
        (lambda: DeltaEncoder(threshold=(0.1, -1)), "threshold"),
        (lambda: PopulationEncoder(neurons=1), "neurons"),
        (lambda: PopulationEncoder(overlap=0), "overlap"),
        (lambda: EventEncoder(n_channels=0, steps=1), "n_channels"),
        (lambda: EventEncoder(n_channels=1, steps=1, dt=0), "dt"),
        (lambda: RateEncoder(low=(0, 0), high=1).encode([[0.0, 0.0, 0.0]]), "low"),
        (lambda: DeltaEncoder(threshold=(0.1, 0.1)).encode(np.zeros((1, 4, 3))), "threshold"),
    ],
)
def test_bad_fields_are_refused(make, field):
    with pytest.raises(InvalidValue, match=rf"\w+Encoder\.{field} = "):
        make()
