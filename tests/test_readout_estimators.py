"""LSMClassifier and LSMRegressor beyond tables: kinds of X, streams, backends, plastic liquids, refusals."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import SGDClassifier

from neurolsm.describe.column import Column
from neurolsm.describe.input_map import RandomMap
from neurolsm.describe.lsm import LSM, Liquid
from neurolsm.encode import DeltaEncoder, EventEncoder, LatencyEncoder, RateEncoder, Sweep
from neurolsm.errors import InvalidValue, NotAvailable
from neurolsm.estimators import LSMClassifier, LSMRegressor
from neurolsm.learn.rules import STDP
from neurolsm.program.spikes import Spikes
from neurolsm.readout import Counts, FromInputs, LastState, LowPass

RNG = np.random.default_rng(0)
LABELS = np.arange(24) % 2
STEPS = RNG.integers(15, 25, 24)


def small(inputs=4, **changes):
    return LSM(
        inputs=inputs,
        liquid=Liquid(topology=Column(shape=(3, 3, 3)), input=RandomMap(density=0.5, weight=0.5), **changes),
        seed=5,
    )


def rasters(lengths):
    """Channels 0 and 1 fire for label 0, 2 and 3 for label 1."""
    rates = np.array([[0.5, 0.5, 0.05, 0.05], [0.05, 0.05, 0.5, 0.5]])
    return [RNG.random((n, 4)) < rates[k] for n, k in zip(lengths, LABELS, strict=True)]


RASTERS = rasters([20] * 24)
RAGGED = rasters(STEPS)
EVENTS = [np.nonzero(raster) for raster in RASTERS]
KINDS = {
    "spikes": (None, Spikes.from_list(RAGGED)),
    "raster": (None, np.array(RASTERS)),
    "values over time": (None, np.array(RASTERS, float)),
    "ragged": (RateEncoder(), [raster.astype(float) for raster in RAGGED]),
    "events": (EventEncoder(n_channels=4, steps=20), EVENTS),
    "images": (Sweep(shape=(4, 20)), np.array(RASTERS, float).transpose(0, 2, 1)),
    "signals": (DeltaEncoder(threshold=1.0), np.cumsum(np.array(RASTERS, float), axis=1)),
    "static": (LatencyEncoder(steps=20), np.array([raster.mean(axis=0) for raster in RAGGED])),
}


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_of_samples(kind):
    encoder, x = KINDS[kind]
    model = LSMClassifier(small(8 if kind == "signals" else 4), encoder, Counts(windows=2)).fit(x, LABELS)
    assert model.score(x, LABELS) >= 0.95
    assert model.transform(x).shape == (24, 2 * 27)
    assert model.n_features_in_ == (80 if kind == "images" else 4)
    # Each state depends on its own sample alone, whatever the size of a batch.
    again = clone(model).set_params(batch_size=5).fit(x, LABELS)
    np.testing.assert_array_equal(again.transform(x), model.transform(x))


def test_the_same_spikes_by_three_doors():
    states = [LSMClassifier(small(), encoder).fit(x, LABELS).transform(x) for encoder, x in
              (KINDS["raster"], (None, Spikes.from_dense(np.array(RASTERS))), KINDS["events"], KINDS["values over time"])]  # fmt: skip
    for other in states[1:]:
        np.testing.assert_array_equal(other, states[0])


def test_backends_give_the_same_states():
    encoder, x = KINDS["ragged"]
    features = (Counts(windows=3), LowPass(tau=10, samples=2), LastState(states=("u", "v")), FromInputs())
    runs = [
        LSMClassifier(small(), encoder, features, backend=name).fit(x, LABELS) for name in ("emulator", "reference")
    ]
    np.testing.assert_array_equal(runs[0].transform(x), runs[1].transform(x))
    np.testing.assert_array_equal(runs[0].predict(x), runs[1].predict(x))


def test_a_stream_equals_one_fit():
    _, x = KINDS["raster"]
    whole = LSMClassifier(small()).fit(x, LABELS)
    stream = LSMClassifier(small())
    for piece in np.split(np.random.default_rng(1).permutation(24), [2, 3, 15]):
        stream.partial_fit(x[piece], LABELS[piece], classes=[0, 1])
    np.testing.assert_allclose(stream.decision_function(x), whole.decision_function(x), atol=1e-8)
    values = LSMRegressor(small())
    for piece in (slice(0, 5), slice(5, 24)):
        values.partial_fit(x[piece], STEPS[piece])
    np.testing.assert_allclose(values.predict(x), LSMRegressor(small()).fit(x, STEPS).predict(x), atol=1e-8)


def test_any_readout_with_partial_fit_streams():
    _, x = KINDS["raster"]
    model = LSMClassifier(small(), readout=SGDClassifier(random_state=0))
    for _ in range(5):
        model.partial_fit(x, LABELS, classes=[0, 1])
    assert model.score(x, LABELS) == 1
    assert not hasattr(LSMClassifier(readout="logistic"), "partial_fit")
    assert not hasattr(LSMClassifier(), "predict_proba")
    assert LSMClassifier(small(), readout="logistic").fit(x, LABELS).predict_proba(x).sum() == pytest.approx(24)


def test_plastic_liquids_learn_in_fit_and_then_stay():
    x, y = KINDS["spikes"][1][:10], LABELS[:10]
    still = LSMClassifier(small(), backend="reference").fit(x, y)
    model = LSMClassifier(small(plasticity=STDP()), backend="reference").fit(x, y)
    assert not np.array_equal(model.transform(x), still.transform(x))
    np.testing.assert_array_equal(model.transform(x), model.transform(x))
    np.testing.assert_array_equal(model.transform(x[::-1]), model.transform(x)[::-1])
    np.testing.assert_array_equal(clone(model).fit(x, y).transform(x), model.transform(x))
    np.testing.assert_array_equal(clone(model).set_params(batch_size=5).fit(x, y).transform(x), model.transform(x))


def test_the_range_of_each_value_is_learned():
    x = np.array([[0.0, -50.0, 3.0], [1.0, 50.0, 3.0]])
    model = LSMClassifier().fit(x, [0, 1])
    assert model.encoder_.low == (0.0, -50.0, 3.0)
    assert model.encoder_.high[:2] == (1.0, 50.0)
    assert model.predict([[0.0, -60.0, 3.0], [2.0, 50.0, 3.0]]).tolist() == [0, 1]


def test_random_state_seeds_the_liquid_made_for_x():
    x = RNG.random((10, 3))
    seeds = [LSMClassifier(random_state=s).fit(x, LABELS[:10]).program_.sha256 for s in (None, 0, 1, 1)]
    assert seeds[0] == seeds[1] != seeds[2] == seeds[3]
    drawn = [LSMClassifier(random_state=np.random.RandomState(3)).fit(x, LABELS[:10]).lsm_.seed for _ in range(2)]
    assert drawn[0] == drawn[1] > 1


def test_several_targets():
    _, x = KINDS["raster"]
    y = np.stack([x.sum(axis=(1, 2)), LABELS], axis=1).astype(float)
    found = LSMRegressor(small()).fit(x, y).predict(x)
    assert found.shape == (24, 2)
    assert np.corrcoef(found[:, 0], y[:, 0])[0, 1] > 0.9


X3 = np.zeros((4, 9, 4))
Y4 = [0, 1, 0, 1]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: LSMClassifier(small(5)).fit(X3, Y4), r"lsm\.inputs = 5: X has 4 channels.*LSM\(inputs=4\)"),
        (lambda: LSMClassifier(small(4), DeltaEncoder()).fit(X3, Y4), "8 channels"),
        (lambda: LSMClassifier(batch_size=0).fit(X3, Y4), r"LSMClassifier\.batch_size"),
        (lambda: LSMClassifier(readout="forest").fit(X3, Y4), r"LSMClassifier\.readout"),
        (lambda: LSMRegressor(readout="logistic").fit(X3, Y4), r"LSMRegressor\.readout"),
        (lambda: LSMClassifier(features="counts").fit(X3, Y4), "features"),
        (lambda: LSMClassifier().partial_fit(X3, Y4), "classes"),
        (lambda: LSMClassifier(small()).fit(X3 > 0, Y4).predict(X3), "must be Spikes"),
        (lambda: LSMClassifier(small()).fit(X3, Y4).predict(np.zeros((4, 9, 5))), "expecting 4 features"),
        (lambda: LSMClassifier().fit([np.zeros((3, 2)), np.zeros((3, 3))], [0, 1]), "differ in the number"),
        (lambda: LSMClassifier(encoder=EventEncoder(n_channels=2, steps=3)).fit([([9], [0]), ([0], [0])], [0, 1]), "past the end"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(make, words):
    with pytest.raises(InvalidValue, match=words):
        make()


@pytest.mark.parametrize("x", [np.full((4, 9, 4), np.nan), [np.full((9, 4), np.inf)] * 4, np.zeros((4, 9, 4), complex)])
def test_bad_numbers_are_refused(x):
    with pytest.raises(ValueError, match=r"NaN|infinity|Complex"):
        LSMClassifier(small()).fit(x, Y4)


def test_missing_labels_are_refused():
    with pytest.raises(ValueError, match="NaN"):
        LSMClassifier(small()).fit(X3, [0, 1, np.nan, 0])
    with pytest.raises(ValueError, match="inconsistent"):
        LSMClassifier(small()).fit(X3, [0, 1, 0])
    with pytest.raises(ValueError, match="requires y"):
        LSMClassifier(small()).fit(X3, None)


def test_unknown_names_are_refused():
    for change in ({"backend": "brain"}, {"target": "loihi9"}, {"arithmetic": "complex"}):
        with pytest.raises(NotAvailable, match=next(iter(change.values()))):
            LSMClassifier(small(), **change).fit(X3, Y4)
