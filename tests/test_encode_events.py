"""Raw events on the grid of steps."""

import numpy as np
import pytest

from neurolsm.encode import EventEncoder
from neurolsm.errors import InvalidValue


def test_seconds_become_steps_and_repeats_merge():
    spikes = EventEncoder(n_channels=4, steps=10, dt=1e-3).encode(
        [([0.0, 0.0029, 0.0021, 0.0099], [3, 1, 1, 0]), ([], [])]
    )
    assert [part.tolist() for part in spikes.events(0)] == [[0, 2, 9], [3, 1, 0]]
    assert spikes.events(1)[0].size == 0
    assert spikes.merged == 1
    assert spikes.units == EventEncoder(n_channels=4, steps=10).channels(99) == 4


@pytest.mark.parametrize("dt", [1e-3, 1e-2, 0.1, 1 / 3])
def test_times_on_a_boundary_belong_to_the_step_they_begin(dt):
    steps = np.arange(1000)  # 0.29 / 0.01 is 28.999999999999996 in binary
    spikes = EventEncoder(n_channels=1, steps=1000, dt=dt).encode([(steps * dt, np.zeros(1000, int))])
    assert np.array_equal(spikes.events(0)[0], steps)
    assert spikes.merged == 0


def test_whole_steps_need_no_dt():
    spikes = EventEncoder(n_channels=2, steps=5).encode([(np.array([4, 0]), np.array([1, 0]))])
    assert [part.tolist() for part in spikes.events(0)] == [[0, 4], [0, 1]]


@pytest.mark.parametrize("dt", [None, 1.0])
@pytest.mark.parametrize(
    ("events", "words"),
    [
        (([-1], [0]), "must not be negative"),
        (([5], [0]), "past the end"),
        (([0], [2]), r"must lie in 0\.\.1"),
        (([0], [-1]), r"must lie in 0\.\.1"),
        (([0], [0.5]), "whole numbers"),
        (([np.nan], [0]), "whole numbers|finite"),
        (([0, 1], [0]), "one length"),
        (([0], [0], [0]), "pair"),
    ],
)
def test_bad_events_are_refused(dt, events, words):
    with pytest.raises(InvalidValue, match=words):
        EventEncoder(n_channels=2, steps=5, dt=dt).encode([events])


def test_steps_between_the_grid_are_refused_without_dt():
    with pytest.raises(InvalidValue, match="whole numbers"):
        EventEncoder(n_channels=2, steps=5).encode([([0.5], [0])])
