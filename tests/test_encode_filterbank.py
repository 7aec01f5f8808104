"""The filter bank against tones whose band is known, and against what its docstring promises."""

from dataclasses import replace

import numpy as np
import pytest

from neurolsm.encode import FilterBank
from neurolsm.errors import InvalidValue

PLAIN = FilterBank(range_db=None, trim_db=None, centre=False, steps=None)


def tone(hertz, seconds=0.5, rate=8000, level=0.5):
    return level * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)


def centre_of(bank, band):
    mel = np.linspace(*(2595 * np.log10(1 + f / 700) for f in (bank.low, bank.high)), bank.channels + 2)[band + 1]
    return 700 * (10 ** (mel / 2595) - 1)


@pytest.mark.parametrize("band", [8, 15, 25, 39])
def test_a_tone_is_loudest_in_its_own_band(band):
    level = PLAIN.values([tone(centre_of(PLAIN, band))])[0]
    assert (level[5:-5].argmax(axis=1) == band).all()


def test_a_warp_moves_the_bands_by_its_factor():
    longer = replace(PLAIN, warp=0.8)
    level = longer.values([tone(0.8 * centre_of(PLAIN, 30))])[0]
    assert (level[5:-5].argmax(axis=1) == 30).all()


def test_ten_times_the_sound_is_twenty_decibels():
    quiet, loud = (PLAIN.values([tone(1000, level=a)])[0] for a in (0.05, 0.5))
    strong = quiet > -40  # far above the power that stands for silence
    assert np.allclose((loud - quiet)[strong], 20, atol=1e-3) and strong.sum() > 100


def test_frames_follow_each_other_by_the_hop():
    assert PLAIN.values([np.ones(8000)])[0].shape == (1 + (8000 - 200) // 40, 40)
    assert PLAIN.values([np.ones(10)])[0].shape == (1, 40)  # shorter than one window


def test_floor_trim_centre_and_stretch():
    sound = np.concatenate([np.zeros(4000), tone(1000, 0.5), np.zeros(4000)])
    floored = replace(PLAIN, range_db=40.0).values([sound])[0]
    assert floored.min() == pytest.approx(floored.max() - 40)
    trimmed = replace(PLAIN, trim_db=30.0).values([sound])[0]
    assert abs(len(trimmed) - (0.5 + 0.025) / 0.005) <= 3  # every frame that the tone touches, but for its edges
    whole = FilterBank().values([sound, tone(500), tone(2000, 0.2)])
    assert whole.shape == (3, 100, 40)
    centred = replace(PLAIN, centre=True).values([sound])[0]
    assert np.allclose(centred.mean(axis=0), 0)
    gain = FilterBank().values([0.1 * tone(500, 0.3)]) - FilterBank().values([tone(500, 0.3)])
    assert np.abs(gain).max() < 0.1  # loudness is gone


def test_stretching_keeps_ends_and_lines():
    from neurolsm.encode.filterbank import stretch

    line = np.arange(5.0)[:, None]
    assert np.allclose(stretch(line, 9)[:, 0], np.arange(9) / 2)
    assert np.array_equal(stretch(line[:1], 4), np.zeros((4, 1)))


@pytest.mark.parametrize(
    ("sounds", "says"),
    [
        ([np.zeros(0)], "is empty"),
        ([tone(500), np.zeros(800)], r"sounds\[1\].*silent from end to end"),
        ([np.ones((100, 2))], "one axis"),
        ([np.array([0.0, np.nan])], "finite"),
        ([["a", "b"]], "real numbers"),
    ],
)
def test_refuses_what_is_no_sound(sounds, says):
    with pytest.raises(InvalidValue, match=says):
        FilterBank().values(sounds)


@pytest.mark.parametrize(
    "field",
    [{"high": 5000.0}, {"low": 4000.0}, {"channels": 0}, {"hop": 0.0}, {"range_db": 0.0}, {"warp": 3.0}, {"steps": 0}],
)
def test_refuses_fields_out_of_range(field):
    with pytest.raises(InvalidValue, match=next(iter(field)) if "low" not in field else "high"):
        FilterBank(**field)
