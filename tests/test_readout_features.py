"""Liquid states by hand and against slow twins."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurolsm.conformance import generate
from neurolsm.errors import InvalidValue
from neurolsm.execute.backend import open_simulator
from neurolsm.program.spikes import Spikes
from neurolsm.readout.features import Counts, FromInputs, Joined, LastState, LowPass

TRAIN = Spikes.from_events([([0, 1, 2, 4], [0, 0, 1, 0])], steps=5, units=2)


def test_counts_by_hand():
    # Five steps in two windows: steps 0 1 2, steps 3 4.
    assert Counts(windows=2)(TRAIN).tolist() == [[2, 1, 1, 0]]
    assert Counts(windows=1)(TRAIN).tolist() == [[3, 1]]


def test_low_pass_by_hand():
    # tau = 1 / log 2 halves the trace each step; sampled after step 2 and after step 4.
    found = LowPass(tau=1 / np.log(2), samples=2)(TRAIN)
    np.testing.assert_allclose(found, [[0.25 + 0.5, 1.0, 0.75 / 4 + 1, 1 / 4]], rtol=1e-6)


@given(
    lengths=st.lists(st.integers(1, 20), min_size=1, max_size=4),
    k=st.integers(1, 6),
    tau=st.floats(0.5, 50),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=60, deadline=None)
def test_features_equal_their_slow_twins(lengths, k, tau, seed):
    rng = np.random.default_rng(seed)
    rasters = [rng.random((steps, 3)) < 0.3 for steps in lengths]
    spikes = Spikes.from_list(rasters)
    counts, traces = np.zeros((len(lengths), k, 3)), np.zeros((len(lengths), k, 3))
    for b, raster in enumerate(rasters):
        trace = np.zeros(3)
        ends = [int(np.ceil((j + 1) * len(raster) / k)) - 1 for j in range(k)]
        for t, row in enumerate(raster):
            counts[b, t * k // len(raster)] += row
            trace = trace * np.exp(-1 / tau) + row
            for j in range(k):
                if ends[j] == t:
                    traces[b, j] = trace
    assert np.array_equal(Counts(windows=k)(spikes), counts.reshape(len(lengths), -1))
    np.testing.assert_allclose(LowPass(tau=tau, samples=k)(spikes), traces.reshape(len(lengths), -1), rtol=1e-5)


def test_features_of_a_recording():
    case = generate.Case(seed=3, n=20, samples=3)
    program, inputs = generate.program(case), generate.inputs(case)
    run = open_simulator(program, "reference").run(inputs)
    joined = Joined(
        (Counts(windows=3), LastState(states=("v", "u"), scale=64.0), FromInputs(features=Counts(windows=2)))
    )
    found = joined(run, inputs)
    assert found.shape == (3, 3 * 20 + 2 * 20 + 2 * case.n_inputs)
    assert np.array_equal(found[:, :60], run.counts(3).reshape(3, -1))
    np.testing.assert_array_equal(found[:, 60:80], (run.v / 64).astype(np.float32))
    np.testing.assert_array_equal(found[:, 80:100], (run.u / 64).astype(np.float32))
    assert found[:, 100:].sum() == inputs.count


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Counts(windows=0), r"Counts\.windows"),
        (lambda: LowPass(tau=0), r"LowPass\.tau"),
        (lambda: LowPass(samples=1.5), r"LowPass\.samples"),
        (lambda: LastState(states=("w",)), r"LastState\.states"),
        (lambda: LastState(scale=-1), r"LastState\.scale"),
        (lambda: LastState()(TRAIN), "recording"),
        (lambda: FromInputs()(TRAIN), "second argument"),
        (lambda: Joined(()), r"Joined\.parts"),
        (lambda: Joined((3,)), r"Joined\.parts"),
    ],
)
def test_what_makes_no_sense_is_refused(make, words):
    with pytest.raises(InvalidValue, match=words):
        make()


FEATURES = (
    Counts(windows=1),
    Counts(windows=5),
    LowPass(samples=1),
    LowPass(samples=2),
    LowPass(tau=0.01, samples=7),
    FromInputs(features=LowPass(samples=3)),
    Joined((LowPass(samples=2), Counts(windows=3), FromInputs())),
)


@given(
    steps=st.lists(st.integers(0, 9), max_size=4),
    units=st.integers(0, 3),
    features=st.sampled_from(FEATURES),
    spiking=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_silence_has_features_like_any_sample(steps, units, features, spiking):
    """No samples, samples of no steps, no units, batches in which nothing fires: zeros of the shape and type of all others."""
    silent = Spikes.from_events([([], [])] * len(steps), steps, units)
    found = features(silent, silent)
    one = features(Spikes.from_dense(np.ones((1, 9, units))), Spikes.from_dense(np.ones((1, 9, units))))
    assert found.shape == (len(steps), one.shape[1]) and found.dtype == np.float32 and not found.any()
    if spiking:  # the row of a silent sample does not depend on who else is in the batch
        both = Spikes.concatenate([silent, Spikes.from_dense(np.ones((1, 9, units)))])
        np.testing.assert_array_equal(features(both, both), np.concatenate([found, one]))


def test_features_of_silence_in_the_strictest_floating_point_mode():
    with np.errstate(all="raise"):
        train = Spikes.from_dense(np.ones((1, 3000, 2)))
        assert LowPass(tau=1.0, samples=2)(train).shape == (1, 4)


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int16])
def test_narrow_numbers_of_windows_count_as_plain_ones(kind):
    wide = Spikes.from_dense(np.ones((3, 20, 100)))
    np.testing.assert_array_equal(Counts(windows=kind(5))(wide), Counts(windows=5)(wide))
    np.testing.assert_array_equal(LowPass(samples=kind(5))(wide), LowPass(samples=5)(wide))
