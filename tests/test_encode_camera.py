"""Event cameras: pixels pooled, events binned and thinned."""

import numpy as np
import pytest

from neurolsm import LSMClassifier, Spikes
from neurolsm.encode import CameraEncoder
from neurolsm.encode.camera import EVENT
from neurolsm.errors import InvalidValue


def events(*rows):
    return np.array(list(rows), EVENT)


def spikes(encoder, *rows):
    step, channel = encoder.encode([events(*rows)]).events(0)
    return list(zip(step.tolist(), channel.tolist(), strict=True))


def test_channels_are_polarity_row_and_column_of_pooled_pixels():
    encoder = CameraEncoder(shape=(3, 5), steps=4, bin=10, pool=2)
    assert encoder.grid == (2, 2, 3) and encoder.n_channels == encoder.channels(99) == 12
    assert spikes(encoder, (0, 0, 0, False), (1, 1, 9, False), (4, 2, 10, False), (3, 0, 39, True)) == [
        (0, 0), (1, 1 * 3 + 2), (3, 6 + 1),
    ]  # fmt: skip


def test_every_third_event_of_a_channel_makes_a_spike():
    encoder = CameraEncoder(shape=(1, 2), steps=10, bin=1, events=3)
    rows = [(0, 0, t, False) for t in range(7)] + [(1, 0, 7, False), (1, 0, 8, False)]
    assert spikes(encoder, *rows) == [(2, 0), (5, 0)]


def test_thinning_matches_counting_event_by_event():
    rng = np.random.default_rng(0)
    x, y, t, p = (
        rng.integers(0, 6, 500),
        rng.integers(0, 4, 500),
        np.sort(rng.integers(0, 200, 500)),
        rng.random(500) < 0.5,
    )
    one = np.array(list(zip(x, y, t, p, strict=True)), EVENT)
    encoder = CameraEncoder(shape=(4, 6), steps=20, bin=10, pool=2, events=4)
    count, expected = np.zeros(encoder.grid, int), set()
    for a, b, time, on in one.tolist():
        at = (int(on), b // 2, a // 2)
        count[at] += 1
        if count[at] % 4 == 0:
            expected.add((time // 10, int(np.ravel_multi_index(at, encoder.grid))))
    assert set(spikes(encoder, *one.tolist())) == expected and len(expected) > 50


@pytest.mark.parametrize(
    ("sample", "words"),
    [
        ([(0, 0, 0, 0)], "structured array"),
        (np.zeros(3, [("x", int), ("t", int)]), "structured array"),
        (events((5, 0, 0, 0)), r"x\[0\].x = 5, but must lie in 0..4|must lie in 0\.\.4"),
        (events((0, -1, 0, 0)), r"must lie in 0\.\.2"),
        (events((0, 0, 5, 0), (0, 0, 4, 0)), "backwards"),
        (events((0, 0, -1, 0)), "negative"),
        (events((0, 0, 40, 0)), "past the end"),
    ],
)
def test_bad_recordings_are_refused(sample, words):
    with pytest.raises(InvalidValue, match=words):
        CameraEncoder(shape=(3, 5), steps=4, bin=10).encode([sample])


@pytest.mark.parametrize("field", ["shape", "steps", "bin", "pool", "events"])
def test_fields_are_checked(field):
    with pytest.raises(InvalidValue, match=field):
        CameraEncoder(**{"shape": (3, 5), "steps": 4, field: 0})


def test_an_estimator_takes_recordings():
    encoder = CameraEncoder(shape=(4, 4), steps=20, bin=1)
    x = [events(*[(k % 2 * 2, row, t, True) for t in range(20) for row in range(4)]) for k in range(8)]
    model = LSMClassifier(encoder=encoder).fit(x, np.arange(8) % 2)
    assert model.score(x, np.arange(8) % 2) == 1.0
    assert isinstance(encoder.encode(x), Spikes)


def test_p_may_be_the_title_of_a_field():
    """faery and aedat call the polarity ``on`` and give it the title ``p``; expelliarmus orders the fields otherwise."""
    plain = np.array([(3, 1, 200, 1), (0, 0, 1500, 0)], dtype=[("x", "i2"), ("y", "i2"), ("t", "i8"), ("p", "i1")])
    titled = np.zeros(2, [("t", "<u8"), ("x", "<u2"), ("y", "<u2"), (("p", "on"), "?")])
    for name in "xytp":
        titled[name] = plain[name]
    assert titled.dtype.names == ("t", "x", "y", "on")
    encoder = CameraEncoder(shape=(4, 4), steps=5, bin=1000, pool=2)
    assert encoder.encode([titled]).equal(encoder.encode([plain]))
