"""Small fits on the host take one thread of linear algebra, others those that there are."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from threadpoolctl import threadpool_info, threadpool_limits

import neurolsm as nl
from neurolsm.cli.demo import _together
from neurolsm.execute import linear_algebra
from neurolsm.execute.linear_algebra import fit_on_host

SEEN = []


def threads():
    return {found["num_threads"] for found in threadpool_info() if found["user_api"] == "blas"}


@pytest.fixture(autouse=True)
def two():
    """As on a machine with two cores, whatever the environment says."""
    SEEN.clear()
    with threadpool_limits(2, user_api="blas"):
        if threads() != {2}:
            pytest.skip("this library of linear algebra works on one thread alone")
        yield
        assert threads() == {2}


class Listener(RegressorMixin, BaseEstimator):
    """An estimator that writes down on how many threads it was fitted."""

    def fit(self, x, y):
        SEEN.append(threads())
        return self

    def predict(self, x):
        return np.zeros(len(x))


class Tensor:
    """As those of other libraries, whose ``size`` is a method."""

    shape = (20, 5)

    def size(self):
        return self.shape


@pytest.mark.parametrize("form", [np.zeros((20, 5)), [np.zeros(50), [np.zeros((5, 10))]], [[0.0] * 10] * 10, Tensor()])
def test_a_small_fit_takes_one_thread_and_a_large_one_those_that_there_are(monkeypatch, form):
    for small in (100, 99):
        monkeypatch.setattr(linear_algebra, "SMALL", small)
        fit_on_host(Listener(), form, None)
    assert SEEN == [{1}, {2}]


def test_a_fit_that_fails_leaves_as_many_as_before():
    with pytest.raises(AttributeError):
        fit_on_host(object(), np.zeros(3), None)


def test_controls_and_readouts_are_fitted_on_one_thread():
    nl.evaluate(Listener(), np.zeros((20, 3)), np.arange(20.0), splits=2)
    model = nl.LSMRegressor(encoder=nl.RateEncoder(steps=5), readout=Listener(), backend="reference")
    model.fit(np.random.default_rng(0).random((6, 3)), np.arange(6.0))
    assert SEEN == [{1}] * 3


def test_what_the_demo_does_at_once_takes_a_thread_each():
    assert _together(*[threads] * 3) == [{1}] * 3
