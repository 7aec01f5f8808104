"""Errors of predicted series by hand, and splits that keep the order of time."""

import doctest

import numpy as np
import pytest

import neurolsm as nl
from neurolsm.measure import nrmse, smape, time_splits, valid_prediction_time
from neurolsm.measure.evaluation import metrics


def test_the_examples_run():
    assert doctest.testmod(metrics) == (0, 8)


def test_nrmse_by_hand():
    y = np.array([[0.0, 10.0], [2.0, 30.0]])  # variances 1 and 100
    p = np.array([[0.0, 10.0], [4.0, 10.0]])  # mean squared errors 2 and 200
    assert nrmse(y, p) == pytest.approx(np.sqrt(2))
    assert nrmse(y, y) == 0 and nrmse(1000 * y + 3, 1000 * p + 3) == pytest.approx(np.sqrt(2))
    assert nrmse(y, np.full((2, 2), np.nan)) == np.inf


def test_smape_as_neurobench_has_it():
    assert smape([1.0, -2.0], [-1.0, -2.0]) == 100.0  # 2 / 2 and 0 / 4
    assert smape([3.0], [np.nan]) == smape([3.0], [np.inf]) == 200.0
    assert smape([0.0, 1.0], [0.0, 1.0]) == 200.0  # 0 / 0 is no number
    assert smape([0.0, 1.0], [0.5, 1.0]) == 100.0


def test_valid_time_ends_where_the_error_first_is_too_large():
    y = np.sin(np.arange(100.0))
    p = y.copy()
    p[60] += 0.41 * y.std()
    assert valid_prediction_time(y, p, lyapunov=20) == 3.0
    assert valid_prediction_time(y, p, lyapunov=20, threshold=0.42) == 5.0
    assert valid_prediction_time(y, p, lyapunov=20, scale=2 * y.std()) == 5.0
    p[7] = np.nan
    assert valid_prediction_time(y, p, lyapunov=1) == 7.0
    two = np.stack([y, y], 1)
    off = two + [0.5 * y.std(), 0.0]  # root of the mean over both columns: 0.354
    assert valid_prediction_time(two, off, lyapunov=1) == 100
    assert valid_prediction_time(two, off, lyapunov=1, threshold=0.35) == 0


def test_splits_never_look_ahead():
    ((train, test),) = time_splits(100, gap=3)
    assert (train == np.arange(77)).all() and (test == np.arange(80, 100)).all()
    found = time_splits(100, 4)
    assert [len(train) for train, _ in found] == [20, 40, 60, 80]
    assert (np.concatenate([test for _, test in found]) == np.arange(20, 100)).all()
    assert all(train.max() < test.min() for train, test in found)


Y = np.arange(4.0)


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: nrmse(Y, Y[1:]), r"nrmse.predicted.*\(3,\).*\(4,\)"),
        (lambda: nrmse(np.ones(4), Y), "never changes"),
        (lambda: nrmse([0.0, np.nan], [0.0, 1.0]), "y.*NaN"),
        (lambda: smape([], []), "T at least 1"),
        (lambda: smape(["a"], [1.0]), "y.*real numbers"),
        (lambda: smape([1.0], ["a"]), "predicted.*real numbers"),
        (lambda: valid_prediction_time(Y, Y, lyapunov=0), "lyapunov.*above 0"),
        (lambda: valid_prediction_time(Y, Y, lyapunov=True), "lyapunov.*above 0"),
        (lambda: valid_prediction_time(Y, Y, lyapunov=1, threshold=-1), "threshold.*above 0"),
        (lambda: valid_prediction_time(Y, Y, lyapunov=1, scale=[1.0, 2.0]), "scale.*one for each of 1"),
        (lambda: valid_prediction_time(np.ones(4), Y, lyapunov=1), "scale.*above 0"),
        (lambda: time_splits(10, 0), "splits.*at least 1"),
        (lambda: time_splits(10, 2, test=5), "leave none of 10"),
        (lambda: time_splits(1), "n.*at least 2"),
        (lambda: time_splits(10, test=2.5), "test.*whole"),
        (lambda: time_splits(10, gap=8), "gap of 8"),
    ],
)
def test_wrong_input_is_named(call, words):
    with pytest.raises(nl.InvalidValue, match="(?s)" + words):
        call()
