"""A series among single samples is refused by name; samples that are samples are not."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine

import neurolsm as nl
from neurolsm.sequence.mistaken import refuse_series

T = np.arange(400)
SINE = np.sin(T / 9)
NOISE = np.random.default_rng(0).uniform(0, 0.5, 400)
ECHO = np.convolve(NOISE, np.ones(10))[:400]  # an answer with a memory to inputs without one


class Table:
    """What pandas gives, as far as it is looked at."""

    def __init__(self, values):
        self.values, self.shape = values, values.shape
        self.index = type("Index", (), {"dtype": np.dtype("datetime64[s]")})

    def to_numpy(self):
        return self.values


@pytest.mark.parametrize(
    "x, y, words",
    [
        (SINE, SINE, "one series of numbers"),
        (list(SINE), SINE, "one series of numbers"),
        (NOISE[:-3, None], NOISE[3:], "a later value of it"),
        (np.stack([NOISE, SINE], 1)[:-1], SINE[1:], "a later value of it"),
        (SINE[:, None], T % 2, "follow each other"),
        (np.stack([SINE, SINE**2], 1), NOISE, "follow each other"),
        (NOISE[:, None], ECHO, "y follows its own row before"),
        (Table(NOISE[:, None]), NOISE[::-1], "named by times"),
    ],
)
@pytest.mark.parametrize("model", [nl.LSMRegressor, nl.LSMClassifier])
def test_a_series_is_refused(model, x, y, words):
    if model is nl.LSMClassifier and "y follows" in words:
        y = (y > np.median(y)).astype(int)  # labels that stay for a while
    before = model()
    with pytest.raises(nl.InvalidValue, match=f"{words}.*Use {model.__name__.replace('LSM', 'LSMSequence')}"):
        before.fit(x, y)
    assert not hasattr(before, "readout_")


@pytest.mark.parametrize("load", [load_iris, load_wine, load_digits, load_diabetes, load_breast_cancer])
def test_samples_are_not_refused_even_if_sorted(load):
    x, y = load(return_X_y=True)
    order = np.argsort(y, kind="stable")
    for rows in (np.arange(len(y)), order):
        refuse_series("LSMRegressor", x[rows], y[rows])
    shuffled = np.random.default_rng(1).permutation(400)
    refuse_series("LSMRegressor", SINE[shuffled, None], SINE[shuffled])


def test_few_rows_say_nothing():
    refuse_series("LSMRegressor", SINE[:30, None], SINE[:30])
    refuse_series("LSMRegressor", np.zeros((100, 2)), np.zeros(100))
