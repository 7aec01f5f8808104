"""Event arrays in and out, and transforms in front of encoders; with tonic itself where it is installed.

pip install tonic, into an environment of its own, then pytest tests/test_encode_tonic.py
"""

import numpy as np
import pytest

import neurolsm as nl
from neurolsm.encode import CameraEncoder, EventEncoder, RateEncoder, Transformed, to_events
from neurolsm.encode.camera import EVENT

SHAPE = (6, 8)


def recording(seed, size=400, shape=SHAPE, end=50_000):
    """Random events in the order of time."""
    rng = np.random.default_rng(seed)
    events = np.zeros(size, EVENT)
    events["x"], events["y"] = rng.integers(0, shape[1], size), rng.integers(0, shape[0], size)
    events["p"], events["t"] = rng.random(size) < 0.5, np.sort(rng.integers(0, end, size))
    return events


def test_an_event_by_hand():
    """Channel 30 of (2, 6, 8) is column 6 of row 3 of polarity 0; step 4 of 250 us is 1,000 us."""
    spikes = nl.Spikes.from_events([([4, 4], [30, 48 + 9])], 5, 96)
    (events,) = to_events(spikes, (2, *SHAPE), 250)
    assert events.dtype == EVENT
    assert events.tolist() == [(6, 3, 1000, False), (1, 1, 1000, True)]


def test_events_come_back_as_the_same_spikes():
    encoder = CameraEncoder(shape=SHAPE, steps=50, bin=1000)
    spikes = encoder.encode([recording(1), recording(2)])
    again = encoder.encode(to_events(spikes, encoder.grid, 1000))
    assert spikes.count > 300 and again.equal(spikes)


def test_spikes_of_neurons_have_one_polarity():
    spikes = nl.Spikes.from_dense(np.random.default_rng(0).random((1, 20, 12)) < 0.3)
    (flat,), (square,) = to_events(spikes, (12,)), to_events(spikes, (3, 4))
    assert not flat["p"].any() and not flat["y"].any()
    assert np.array_equal(4 * square["y"] + square["x"], flat["x"])


@pytest.mark.parametrize("shape, bin", [((2, 3, 3), 1000), ((3, 2, 2), 1), ((12,), 0), ((1, 1, 1, 12), 1)])
def test_shapes_that_do_not_fit_are_refused(shape, bin):
    with pytest.raises(nl.InvalidValue, match=r"to_events\.(shape|bin)"):
        to_events(nl.Spikes.from_events([([0], [0])], 5, 12), shape, bin)


def upside_down(events):
    turned = events.copy()
    turned["y"] = SHAPE[0] - 1 - turned["y"]
    return turned


def first_half(events):
    return events[events["t"] < 25_000]


def test_transforms_go_in_front_of_any_encoder():
    camera = CameraEncoder(shape=SHAPE, steps=50)
    turned = Transformed(transform=(upside_down, first_half), encoder=camera)
    sample = recording(3)
    assert turned.steps == 50 and turned.channels(0) == 96
    assert turned.encode([sample]).equal(camera.encode([first_half(upside_down(sample))]))
    halved = Transformed(transform=lambda values: values / 2, encoder=RateEncoder(steps=10))
    values = np.random.default_rng(0).random((4, 5))
    assert halved.encode(values).equal(RateEncoder(steps=10).encode(values / 2))
    pairs = Transformed(
        transform=lambda e: (e["t"] / 1e6, e["x"]), encoder=EventEncoder(n_channels=8, steps=50, dt=1e-3)
    )
    assert pairs.encode([sample]).units == 8


def test_a_model_takes_transformed_events():
    lsm = nl.LSM(
        inputs=96, liquid=nl.Liquid(topology=nl.RandomGraph(n=30), input=nl.RandomMap(density=0.3, weight=0.8))
    )
    encoder = Transformed(transform=upside_down, encoder=CameraEncoder(shape=SHAPE, steps=50))
    model = nl.LSMClassifier(lsm, encoder=encoder).fit([recording(k) for k in range(8)], np.arange(8) % 2)
    assert model.predict([recording(9)]).shape == (1,)


def test_what_fails_is_named():
    def broken(events):
        return events["z"]

    chain = Transformed(transform=(upside_down, broken), encoder=CameraEncoder(shape=SHAPE, steps=50))
    with pytest.raises(nl.InvalidValue, match=r"Transformed.transform = broken: failed on sample 0 \(ValueError"):
        chain.encode([recording(0)])
    with pytest.raises(nl.InvalidValue, match=r"transform\[0\] = 'flip'"):
        Transformed(transform="flip", encoder=RateEncoder(steps=5))
    with pytest.raises(nl.InvalidValue, match=r"Transformed\.encoder"):
        Transformed(transform=upside_down, encoder=RateEncoder)


# ---------------------------------------------------------------------- tonic itself


@pytest.fixture
def transforms():
    return pytest.importorskip(
        "tonic.transforms", reason="tonic (GPL-3) is only compared with: install it in an environment of its own"
    )


def test_the_dtype_is_that_of_tonic(transforms):
    import tonic.io

    assert tonic.io.events_struct == EVENT


def test_transforms_of_tonic_run_in_front_of_an_encoder(transforms):
    sensor = (SHAPE[1], SHAPE[0], 2)
    compose = transforms.Compose(
        [transforms.CropTime(min=10_000, max=40_000), transforms.RandomFlipUD(sensor_size=sensor, p=1.0)]
    )
    camera, sample = CameraEncoder(shape=SHAPE, steps=50), recording(4)
    cut = sample[(sample["t"] >= 10_000) & (sample["t"] <= 40_000)]
    found = Transformed(transform=compose, encoder=camera).encode([sample])
    assert found.count > 50 and found.equal(camera.encode([upside_down(cut)]))


def test_spikes_become_frames_of_tonic(transforms):
    """ToFrame of the events we give out counts what the encoder saw."""
    camera = CameraEncoder(shape=SHAPE, steps=50)
    spikes = camera.encode([recording(5)])
    (events,) = to_events(spikes, camera.grid, 1000)
    frames = transforms.ToFrame(sensor_size=(SHAPE[1], SHAPE[0], 2), time_window=1000)(events)
    dense = spikes.dense()[0].reshape(50, *camera.grid)
    first, last = int(events["t"][0] // 1000), int(events["t"][-1] // 1000)
    assert np.array_equal(frames[: last - first], dense[first:last])


def test_denoised_and_downsampled_events_are_taken(transforms):
    sensor = (SHAPE[1], SHAPE[0], 2)
    chain = (transforms.Denoise(filter_time=5_000), transforms.Downsample(spatial_factor=0.5))
    found = Transformed(transform=chain, encoder=CameraEncoder(shape=(3, 4), steps=50)).encode(
        [recording(6, size=2000)]
    )
    assert sensor and found.count > 0 and found.units == 24
