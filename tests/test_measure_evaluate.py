"""Evaluation over splits: against scikit-learn's own, and what it shares between splits."""

import json

import numpy as np
import pytest
from sklearn.datasets import load_digits, make_regression
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import ShuffleSplit, StratifiedShuffleSplit, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from neurolsm.describe.column import Column
from neurolsm.describe.input_map import RandomMap
from neurolsm.describe.lsm import LSM, Liquid
from neurolsm.encode import EventEncoder, RateEncoder, Sweep
from neurolsm.errors import InvalidValue
from neurolsm.estimators import LSMClassifier, LSMRegressor
from neurolsm.measure import RandomReLU, controls, evaluate, table
from neurolsm.measure.evaluation.evaluate import Evaluation
from neurolsm.program.spikes import Spikes
from neurolsm.readout import Counts, LowPass

DIGITS, LABELS = (part[:200] for part in load_digits(return_X_y=True))


def small(inputs=8, seed=2, **changes):
    liquid = Liquid(
        topology=Column(shape=(4, 4, 4)), input=RandomMap(density=0.8, weight=0.4, inhibitory=0.5), **changes
    )
    return LSM(inputs=inputs, liquid=liquid, seed=seed)


MODEL = LSMClassifier(small(), Sweep(shape=(8, 8), hold=3, encoder=RateEncoder(high=16)), Counts(windows=3))


def test_values_are_those_of_scikit_learn():
    knn = KNeighborsClassifier(3)
    found = evaluate(knn, DIGITS, LABELS, splits=4, test_size=0.25, seed=7)
    cv = StratifiedShuffleSplit(4, test_size=0.25, random_state=7)
    expected = cross_val_score(knn, DIGITS, LABELS, cv=cv)
    assert found.values == pytest.approx(expected)
    assert (found.mean, found.sd) == pytest.approx((expected.mean(), expected.std(ddof=1)))
    assert (found.metric, found.train, found.test) == ("accuracy", 150, 50)
    assert found.confusion.sum() == 200
    assert np.trace(found.confusion) / 200 == pytest.approx(found.mean)
    x, y = make_regression(60, 5, random_state=0)
    found = evaluate(Ridge(), x, y, splits=3)
    assert found.values == pytest.approx(
        cross_val_score(Ridge(), x, y, cv=ShuffleSplit(3, test_size=0.2, random_state=0))
    )
    assert (found.metric, found.confusion, found.ms_per_sample) == ("r2", None, None)


def test_states_that_are_shared_change_nothing():
    shared = evaluate(MODEL, DIGITS, LABELS, splits=3, seed=1)
    anew = evaluate(lambda split: MODEL, DIGITS, LABELS, splits=3, seed=1)
    assert shared.values == anew.values
    assert np.array_equal(shared.confusion, anew.confusion)
    run = LSMClassifier(**MODEL.get_params(deep=False)).fit(DIGITS, LABELS).run(DIGITS)
    assert shared.spikes_per_sample == run.spikes.mean()
    assert shared.synops_per_sample == run.synops.mean()
    assert shared.mean > 0.5


def test_the_same_seed_gives_the_same_result():
    first, again, other = (evaluate(MODEL, DIGITS, LABELS, splits=2, seed=s).values for s in (3, 3, 4))
    assert first == again != other


def test_a_factory_makes_another_liquid_for_each_split():
    seen = []

    def factory(split):
        seen.append(split)
        return LSMClassifier(small(seed=split), MODEL.encoder)

    assert len(evaluate(factory, DIGITS, LABELS, splits=2).values) == 2
    assert set(seen) == {0, 1}


def test_an_encoder_that_learns_its_range_sees_the_training_part_only():
    x = np.vstack([DIGITS, np.full((1, 64), 1000.0)])  # an outlier that would squeeze all ranges
    y = np.append(LABELS, 0)
    part = [(np.arange(150), np.arange(150, 201))]
    found = evaluate(LSMClassifier(small(64)), x, y, splits=part)
    expected = LSMClassifier(small(64)).fit(x[:150], y[:150]).score(x[150:], y[150:])
    assert found.values == (expected,)
    assert found.sd is None and found.to_dict()["value_sd"] is None and str(found).endswith("% on one split")


def test_ragged_and_event_samples_are_split():
    rng = np.random.default_rng(0)
    rasters = [rng.random((12 + k % 5, 3)) < (0.1, 0.6)[k % 2] for k in range(30)]
    y = np.arange(30) % 2
    for encoder, x in (
        (None, Spikes.from_list(rasters)),
        (RateEncoder(), [raster.astype(float) for raster in rasters]),
        (EventEncoder(n_channels=3, steps=20), [np.nonzero(raster) for raster in rasters]),
    ):
        assert evaluate(LSMClassifier(small(3), encoder), x, y, splits=2).mean > 0.9
        assert evaluate(lambda k, e=encoder: LSMClassifier(small(3), e), x, y, splits=2).mean > 0.9
        names = controls(LSMClassifier(small(3), encoder, Counts(windows=2)), x, y, splits=2)
        assert ("input values" in names) == isinstance(encoder, RateEncoder)
        assert names["input spikes"].mean > 0.9


def test_controls_by_hand():
    """Each control equals the pipeline written out in scikit-learn's terms, on the splits of ``evaluate``."""
    model = LSMClassifier(**MODEL.get_params(deep=False)).set_params(
        readout=make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
    )
    found = controls(model, DIGITS, LABELS, splits=2, seed=5)
    assert list(found) == ["input values", "input spikes", "random ReLU, 64 units", "random ReLU, 192 units"]
    cv = StratifiedShuffleSplit(2, test_size=0.2, random_state=5)
    counts = model.encoder.encode(DIGITS).dense().reshape(200, 3, 8, 8).sum(axis=2).reshape(200, -1)
    assert found["input values"].values == pytest.approx(cross_val_score(model.readout, DIGITS, LABELS, cv=cv))
    assert found["input spikes"].values == pytest.approx(cross_val_score(model.readout, counts, LABELS, cv=cv))
    train, test = next(cv.split(DIGITS, LABELS))
    layer = make_pipeline(RandomReLU(64, seed=0), *(step for _, step in model.readout.steps)).fit(
        DIGITS[train], LABELS[train]
    )
    assert found["random ReLU, 64 units"].values[0] == layer.score(DIGITS[test], LABELS[test])


def test_controls_of_values_over_time_average_in_windows():
    rng = np.random.default_rng(0)
    x = rng.random((40, 10, 2))
    y = x[:, 5:, 0].mean(axis=1)  # the mean of one value in the second window
    model = LSMRegressor(small(2), RateEncoder(), (Counts(windows=1), LowPass(tau=5, samples=2)))
    found = controls(model, x, y, splits=2)
    assert found["input values"].mean > 0.9
    assert set(found) == {"input values", "input spikes", "random ReLU, 64 units", "random ReLU, 192 units"}


def test_random_relu_by_formula():
    x = np.random.default_rng(0).normal(5, 3, (50, 4))
    layer = RandomReLU(20, seed=1).fit(x)
    z = (x - x.mean(axis=0)) / np.sqrt(((x - x.mean(axis=0)) ** 2).mean())
    np.testing.assert_allclose(layer.transform(x), np.maximum(0, z @ layer.weights_ + layer.bias_))
    assert layer.weights_.std() == pytest.approx(0.5, rel=0.25)
    assert not np.array_equal(RandomReLU(20, seed=2).fit(x).weights_, layer.weights_)
    assert RandomReLU(3).fit(np.ones((4, 2))).transform(np.ones((1, 2))).shape == (1, 3)


def test_results_are_json_and_text():
    found = evaluate(MODEL, DIGITS, LABELS, splits=2)
    again = json.loads(json.dumps(found.to_dict()))
    assert again["value"] == found.mean
    assert again["confusion"] == found.confusion.tolist()
    assert "%" in table({"liquid": found, "other": found}).splitlines()[1]
    numbers = Evaluation(metric="r2", values=(0.5,), train=1, test=1, classes=(), confusion=None, seconds=0.0)
    assert str(numbers) == "r2 0.500 on one split"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"splits": 0}, "splits = 0"),
        ({"splits": []}, "at least 1"),
        ({"test_size": 1.5}, "test_size = 1.5"),
        ({"test_size": 0.01}, "cannot split 200 samples"),
    ],
)
def test_splits_that_cannot_be_made_are_refused(change, words):
    with pytest.raises(InvalidValue, match=words):
        evaluate(KNeighborsClassifier(), DIGITS, LABELS, **change)
