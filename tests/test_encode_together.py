"""Signed rates and encoders side by side."""

import numpy as np
import pytest

from neurolsm.encode import DeltaEncoder, RateEncoder, SignedRateEncoder, Together
from neurolsm.errors import InvalidValue

WAVE = 10 * np.sin(np.arange(60) / 7)[None, :, None] * np.array([1.0, -0.5])


def test_signed_rates_are_two_rate_codes():
    found = SignedRateEncoder(rate=0.5, high=10.0).encode(WAVE).dense()
    up = RateEncoder(rate=0.5, high=10.0).encode(np.maximum(WAVE, 0)).dense()
    down = RateEncoder(rate=0.5, high=10.0).encode(np.maximum(-WAVE, 0)).dense()
    assert np.array_equal(found, np.concatenate([up, down], axis=2)) and found.any()
    assert SignedRateEncoder(steps=10).encode([[1.0, -0.5]]).dense().sum(axis=1).tolist() == [[10, 0, 0, 5]]


def test_side_by_side_are_the_same_spikes():
    parts = (DeltaEncoder(threshold=1.0), SignedRateEncoder(rate=0.5, high=10.0))
    both = Together(parts)
    found = both.encode(WAVE)
    assert np.array_equal(found.dense(), np.concatenate([p.encode(WAVE).dense() for p in parts], axis=2))
    assert found.units == both.channels(2) == 8 and both.steps == 40
    ragged = [WAVE[0], WAVE[0, :25]]
    lists = [p.encode(ragged).to_list() for p in parts]
    assert all(
        np.array_equal(a, np.concatenate([b, c], axis=1))
        for a, b, c in zip(both.encode(ragged).to_list(), *lists, strict=True)
    )


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: Together(()), "at least one"),
        (lambda: Together((DeltaEncoder(), "rate")), "must be a tuple of encoders"),
        (
            lambda: Together((RateEncoder(steps=3), RateEncoder(steps=4))).encode(np.ones((1, 2))),
            "same number of steps",
        ),
        (lambda: SignedRateEncoder(high=0.0), "high"),
        (lambda: SignedRateEncoder(rate=2.0), "rate"),
        (lambda: SignedRateEncoder().encode([[np.nan]]), "finite"),
    ],
)
def test_refuses(call, says):
    with pytest.raises(InvalidValue, match=says):
        call()
