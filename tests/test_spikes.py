"""Spikes: dense, lists and events say the same; doubles are merged and counted; every wrong input is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurolsm import Spikes
from neurolsm.errors import InvalidValue

NAN = float("nan")


@st.composite
def rasters(draw):
    """A list of boolean rasters with one number of units; some have no step, some no spike."""
    units = draw(st.integers(1, 6))
    lengths = draw(st.lists(st.integers(0, 7), min_size=1, max_size=5))
    seed, density = draw(st.integers(0, 2**32)), draw(st.sampled_from([0, 0.2, 1]))
    return [np.random.default_rng(seed + k).random((steps, units)) < density for k, steps in enumerate(lengths)]


def check(spikes):
    """The layout that every part of the house relies on."""
    assert spikes.steps.dtype == spikes.indptr.dtype == np.int64 and spikes.unit.dtype == np.int32
    assert spikes.indptr[0] == 0 and spikes.indptr[-1] == spikes.unit.size == spikes.count
    assert spikes.indptr.size == spikes.steps.sum() + 1
    assert (np.diff(spikes.row * spikes.units + spikes.unit) > 0).all()  # sorted, each once


@given(rasters())
def test_list_round_trip(rasters):
    spikes = Spikes.from_list(rasters)
    check(spikes)
    assert spikes.merged == 0 and len(spikes) == len(rasters)
    assert spikes.count == sum(r.sum() for r in rasters)
    for got, wanted in zip(spikes.to_list(), rasters, strict=True):
        assert got.dtype == bool and np.array_equal(got, wanted)


@given(rasters(), st.integers(0, 2**32))
def test_events_round_trip_in_any_order_with_doubles(rasters, seed):
    rng = np.random.default_rng(seed)
    spikes = Spikes.from_list(rasters)
    shuffled, doubles = [], 0
    for sample in range(len(rasters)):
        step, unit = spikes.events(sample)
        again = rng.integers(0, 2, step.size).astype(bool)
        order = rng.permutation(step.size + again.sum())
        shuffled.append((np.concatenate([step, step[again]])[order], np.concatenate([unit, unit[again]])[order]))
        doubles += again.sum()
    back = Spikes.from_events(shuffled, [len(r) for r in rasters], rasters[0].shape[1])
    check(back)
    assert back.equal(spikes) and back.merged == doubles


@given(rasters(), st.integers(0, 2**32))
def test_selecting_samples(rasters, seed):
    spikes = Spikes.from_list(rasters)
    chosen = np.random.default_rng(seed).integers(-len(rasters), len(rasters), 4)
    for index in (
        chosen,
        slice(1, None),
        slice(None, None, -1),
        slice(0, 0),
        int(chosen[0]),
        chosen > 0 if len(rasters) == 4 else 0,
    ):
        got = spikes[index]
        check(got)
        wanted = [rasters[k] for k in np.atleast_1d(np.arange(len(rasters))[index])]
        assert len(got) == len(wanted)
        assert all(np.array_equal(a, b) for a, b in zip(got.to_list(), wanted, strict=True))


@given(rasters(), rasters())
def test_concatenate_and_select_units(first, second):
    units = min(first[0].shape[1], second[0].shape[1])
    parts = [Spikes.from_list(r).select(slice(0, units)) for r in (first, second)]
    joined = Spikes.concatenate(parts)
    check(joined)
    assert joined.equal(Spikes.from_list([r[:, :units] for r in first + second]))
    last = Spikes.from_list(first).select(slice(-1, None))
    check(last)
    assert np.array_equal(np.concatenate(last.to_list()), np.concatenate(first)[:, -1:])


def test_dense_round_trip():
    raster = np.random.default_rng(0).random((3, 9, 4)) < 0.3
    spikes = Spikes.from_dense(raster)
    check(spikes)
    assert np.array_equal(spikes.dense(), raster)
    assert spikes.equal(Spikes.from_dense(raster.astype(float) * -2.5))  # any value but zero is a spike
    assert spikes.equal(Spikes.from_dense(raster.tolist()))
    assert "3 samples, 27 steps, 4 units" in repr(spikes)


@pytest.mark.parametrize("shape", [(0, 5, 3), (2, 0, 3), (2, 5, 0), (0, 0, 0)])
def test_empty_axes(shape):
    spikes = Spikes.from_dense(np.zeros(shape))
    check(spikes)
    assert spikes.dense().shape == (shape if shape[0] else (0, 0, shape[2]))  # without a sample there is no length
    assert len(spikes.to_list()) == shape[0]
    assert spikes[:].equal(spikes)


def test_equal_sees_every_difference():
    raster = np.zeros((2, 3, 4))
    raster[0, 1, 2] = 1
    one = Spikes.from_dense(raster)
    moved = raster[:, :, ::-1]
    assert one.equal(Spikes.from_dense(raster))
    for other in (Spikes.from_dense(moved), Spikes.from_dense(raster[::-1]), Spikes.from_dense(np.zeros((2, 3, 5))),
                  Spikes.from_list([raster[0], np.zeros((2, 4))]), Spikes.from_list([raster[0]])):  # fmt: skip
        assert not one.equal(other)


def test_one_length_for_all_or_one_each():
    events = [([0, 4], [1, 0]), ([], [])]
    assert Spikes.from_events(events, 5, 2).equal(Spikes.from_events(events, [5, 5], 2))
    assert Spikes.from_events(events, [5, 0], 2).steps.tolist() == [5, 0]
    assert Spikes.from_events([], 5, 2).dense().shape == (0, 0, 2)


def refused(words, call, *args):
    with pytest.raises(InvalidValue, match=words) as caught:
        call(*args)
    assert str(caught.value).startswith("Spikes.") and len(str(caught.value).rsplit(". ", 1)[1]) > 5


@pytest.mark.parametrize(
    ("raster", "words"),
    [
        (np.zeros((2, 3)), r"Spikes\.raster = \(2, 3\): must have the axes \[B, T, N\]"),
        (np.zeros((1, 2, 3, 4)), r"must have the axes"),
        (np.zeros(()), r"must have the axes"),
        ([[[0, NAN]]], r"must be finite"),
        ([[[0, np.inf]]], r"must be finite"),
        ([[[0, 1], [1]]], r"must be an array of numbers"),
        ([[["a", ""]]], r"must be an array of numbers"),
        (np.array([[[None, 1]]]), r"must be an array of numbers"),
        (None, r"must be an array of numbers"),
    ],
)
def test_wrong_dense(raster, words):
    refused(words, Spikes.from_dense, raster)


@pytest.mark.parametrize(
    ("rasters", "words"),
    [
        ([], r"Spikes\.rasters = \[\]: needs at least one sample"),
        ([np.zeros((3, 2)), np.zeros((3, 4))], r"rasters\[1\] = \(3, 4\): must have the axes \[T, N\] with N = 2"),
        ([np.zeros(3)], r"rasters\[0\] = \(3,\): must have the axes"),
        ([np.zeros((1, 2, 3))], r"rasters\[0\]"),
        ([1, 2], r"rasters\[0\] = \(\): must have the axes \[T, N\]"),
        ([np.full((2, 2), NAN)], r"must be finite"),
        ([[[1, 0], [1]]], r"must be an array of numbers"),
        ([[["a"]]], r"must be an array of numbers"),
    ],
)
def test_wrong_lists(rasters, words):
    refused(words, Spikes.from_list, rasters)


@pytest.mark.parametrize(
    ("events", "steps", "units", "words"),
    [
        ([([0, 1], [0])], 5, 2, r"events\[0\] = .*: times and channels must have one length"),
        ([([], []), ([-1], [0])], 5, 2, r"events\[1\]\.times = -1: must not be negative"),
        ([([5], [0])], 5, 2, r"events\[0\]\.times = 5: lies past the end of the sample, 5 steps"),
        ([([0], [2])], 5, 2, r"events\[0\]\.channels = 2: must lie in 0\.\.1"),
        ([([0], [-1])], 5, 2, r"events\[0\]\.channels = -1: must lie in 0\.\.1"),
        ([([0.5], [0])], 5, 2, r"events\[0\]\.times = .*: must be whole numbers\. Convert times to steps"),
        ([([0], [0.5])], 5, 2, r"events\[0\]\.channels = .*: must be whole numbers"),
        ([([NAN], [0])], 5, 2, r"must be whole numbers"),
        ([([np.inf], [0])], 5, 2, r"must be whole numbers"),
        ([(["a"], [0])], 5, 2, r"must be whole numbers"),
        ([([None], [0])], 5, 2, r"must be whole numbers"),
        ([([0], [0]), ([0], [0])], [5, 5, 5], 2, r"Spikes\.steps = \[5, 5, 5\]: must be one whole number, or one per sample, 2"),
        ([([], [])], -1, 2, r"Spikes\.steps = -1: must not be negative"),
        ([([], [])], 2.5, 2, r"Spikes\.steps = 2\.5: must be one whole number"),
        ([([], [])], NAN, 2, r"Spikes\.steps = nan: must be one whole number"),
        ([([], [])], "5", 2, r"Spikes\.steps = '5': must be one whole number"),
        ([([], [])], 5, -1, r"Spikes\.units = -1: must be a whole number, at least 0"),
        ([([], [])], 5, 2.5, r"Spikes\.units = 2\.5: must be a whole number"),
        ([([0, 1, 2])], 5, 2, r"events\[0\] = .*: must be a pair \(times, channels\)"),
        ([5], 5, 2, r"events\[0\] = 5: must be a pair"),
    ],
)  # fmt: skip
def test_wrong_events(events, steps, units, words):
    refused(words, Spikes.from_events, events, steps, units)


def test_wrong_views():
    ragged = Spikes.from_list([np.zeros((2, 3)), np.zeros((4, 3))])
    refused(r"Spikes\.steps = \[2, 4\]: samples differ in length\. Use to_list", ragged.dense)
    refused(r"Spikes\.parts = \[\]: needs at least one", Spikes.concatenate, [])
    refused(
        r"Spikes\.parts\[1\] = 4: units, the first has 3",
        Spikes.concatenate,
        [ragged, Spikes.from_dense(np.zeros((1, 2, 4)))],
    )
    with pytest.raises(IndexError):
        ragged[2]
