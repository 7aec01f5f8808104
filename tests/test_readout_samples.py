"""Kinds of X: what scikit-learn's splitters make of them, lists, tables, masks, layouts, and other kinds after fit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, KFold, StratifiedKFold, cross_val_predict, cross_val_score
from sklearn.model_selection import train_test_split as split

from neurolsm.describe.column import Column
from neurolsm.describe.input_map import RandomMap
from neurolsm.describe.lsm import LSM, Liquid
from neurolsm.encode import DeltaEncoder, EventEncoder, RateEncoder, Sweep
from neurolsm.errors import InvalidValue
from neurolsm.estimators import LSMClassifier, LSMRegressor
from neurolsm.measure import evaluate
from neurolsm.measure.baselines.random_relu import OnRandomReLU, RandomReLU
from neurolsm.program.spikes import Spikes
from neurolsm.readout import Counts, LastState, LowPass, StreamingRidge, StreamingRidgeClassifier
from neurolsm.readout.samples import joined

RNG = np.random.default_rng(0)
N = 18
Y = np.arange(N) % 2
VALUES = RNG.random((N, 7, 4)) * np.where(Y, 1.0, 0.3)[:, None, None]
RAGGED = [one[: 4 + k % 4] for k, one in enumerate(VALUES)]
SPIKES = RateEncoder().encode(VALUES)
RASTER = SPIKES.dense()


def small(inputs=4):
    liquid = Liquid(topology=Column(shape=(3, 2, 2)), input=RandomMap(density=0.5, weight=0.8))
    return LSM(inputs=inputs, liquid=liquid, seed=5)


def model(encoder=None, **options):
    return LSMClassifier(small(), encoder, Counts(windows=2), **options)


def objects(samples):
    found = np.empty(len(samples), object)
    found[:] = list(samples)
    return found


def same(found, expected):
    np.testing.assert_array_equal(found, expected)


STATES = model().fit(SPIKES, Y).transform(SPIKES)


def test_splitters_of_scikit_learn_take_spikes_like_evaluate():
    for cv in (3, KFold(3, shuffle=True, random_state=1), StratifiedKFold(2)):
        scores = cross_val_score(model(), SPIKES, Y, cv=cv, error_score="raise")
        parts = list((StratifiedKFold(cv) if cv == 3 else cv).split(STATES, Y))
        assert tuple(scores) == pytest.approx(evaluate(model(), SPIKES, Y, splits=parts).values)
    assert cross_val_predict(model(), SPIKES, Y, cv=3).shape == (N,)
    found = GridSearchCV(model(), {"features": [Counts(), LowPass()]}, cv=3, error_score="raise").fit(SPIKES, Y)
    assert found.predict(SPIKES).shape == (N,)
    train, test, y, _ = split(SPIKES, Y, random_state=0)
    whole = Spikes.concatenate(train)
    same(model().fit(train, y).transform(test), model().fit(whole, y).transform(Spikes.concatenate(test)))
    assert evaluate(model(), list(SPIKES), Y, splits=2).values == evaluate(model(), SPIKES, Y, splits=2).values


@given(parts=st.lists(st.integers(0, N - 1), min_size=1, max_size=N))
@settings(max_examples=20, deadline=None)
def test_lists_of_spikes_are_their_samples(parts):
    assert joined([SPIKES[k] for k in parts]).equal(SPIKES[np.array(parts)])
    assert joined(objects([SPIKES[k] for k in parts])).equal(SPIKES[np.array(parts)])


SAME = {
    "a list of arrays": (RAGGED, RAGGED),
    "a tuple of arrays": (RAGGED, tuple(RAGGED)),
    "an array of arrays": (RAGGED, objects(RAGGED)),
    "nested lists of several lengths": (RAGGED, [one.tolist() for one in RAGGED]),
    "an array of nested lists": (RAGGED, objects([one.tolist() for one in RAGGED])),
    "nested lists": (VALUES, VALUES.tolist()),
    "an array of numbers as objects": (VALUES, VALUES.astype(object)),
    "big-endian": (VALUES, VALUES.astype(">f8")),
    "a mask that hides nothing": (VALUES, np.ma.masked_array(VALUES)),
    "masks that hide nothing": (RAGGED, [np.ma.masked_array(one) for one in RAGGED]),
    "fortran order": (VALUES, np.asfortranarray(VALUES)),
    "a list of rasters": (SPIKES, list(RASTER)),
    "nested lists of booleans": (SPIKES, RASTER.tolist()),
    "booleans as objects": (SPIKES, RASTER.astype(object)),
    "single spikes": (SPIKES, list(SPIKES)),
}


@pytest.mark.parametrize("kind", SAME)
def test_samples_count_as_what_they_hold(kind):
    plain, other = SAME[kind]
    first, second = model().fit(plain, Y), model().fit(other, Y)
    same(first.transform(plain), second.transform(other))
    same(first.transform(other), second.transform(plain))
    same(first.predict(other), first.predict(plain))


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int64, ">i4", np.float16, ">f4", bool, object])
@pytest.mark.parametrize("encoder", [None, RateEncoder()])
def test_the_type_of_values_does_not_change_their_meaning(kind, encoder):
    x = RASTER.astype(float)
    fitted = model(encoder).fit(x, Y)
    same(fitted.transform(x.astype(kind)), fitted.transform(x))
    same(fitted.transform([one.astype(kind) for one in x]), fitted.transform(x))
    same(fitted.transform(-x.astype(float) * -1.0), fitted.transform(x))
    static = LSMClassifier(small(), encoder).fit(x[:, 0], Y)
    same(static.transform(x[:, 0].astype(kind)), static.transform(x[:, 0]))


def test_tables_keep_their_columns():
    pd = pytest.importorskip("pandas")
    names = list("abcd")
    tables = [pd.DataFrame(one, columns=names) for one in RAGGED]
    fitted = model().fit(tables, Y)
    same(fitted.transform(tables), model().fit(RAGGED, Y).transform(RAGGED))
    same(fitted.transform(objects(tables)), fitted.transform(tables))
    for x in ([*tables[:-1], tables[-1][list("bacd")]], [one.rename(columns={"a": "e"}) for one in tables]):
        with pytest.raises(ValueError, match="feature names"):
            fitted.predict(x)
        with pytest.raises(ValueError, match="feature names"):
            model().fit([tables[0], *x[1:], x[-1][list("cdab")] if "a" in x[-1] else tables[0]], [*Y, 0])
    with pytest.raises(InvalidValue, match="only some"):
        fitted.predict([tables[0], RAGGED[1]])
    static = pd.DataFrame(VALUES[:, 0], columns=names)
    table = LSMClassifier(small(), RateEncoder()).fit(static, pd.Series(Y))
    same(table.predict(static), LSMClassifier(small(), RateEncoder()).fit(VALUES[:, 0], Y).predict(VALUES[:, 0]))
    assert evaluate(LSMClassifier(small(), RateEncoder()), static, pd.Series(Y), splits=2).values
    with pytest.raises(ValueError, match="feature names"):
        table.predict(static[list("bacd")])
    with pytest.raises(InvalidValue):
        LSMClassifier(small(), EventEncoder(n_channels=4, steps=7)).fit(
            [pd.DataFrame({0: [1, 2], 1: [0, 1]})] * 2, [0, 1]
        )


def masked(x):
    return np.ma.masked_array(x, np.arange(x.size).reshape(x.shape) == 5)


X2, X3 = VALUES[:, 0], VALUES
EVENTS = [np.nonzero(raster) for raster in RASTER]


@pytest.mark.parametrize(
    ("fit", "predict", "words"),
    [
        (X3, X3.transpose(0, 2, 1), r"expecting 4.*swap"),
        (X3, [one.T for one in X3], r"expecting 4.*swap"),
        (X3, X2, r"fit was given values over time.*X\[None\]"),
        (X3, X3[0], r"fit was given values over time.*X\[None\]"),
        (X2, X3, "fit was given static values"),
        (X2, RAGGED, "fit was given static values"),
        (X3, masked(X3), "masked"),
        (X3, [masked(X3[0]), X3[1]], "masked"),
        (X2, masked(X2), "masked"),
        (X3, SPIKES.select(slice(0, 3)), "4 input channels"),
        (X3, [SPIKES[0], X3[0]], "only some"),
        (X3, [*RAGGED[:2], X3[0, :, :3]], "differ in the number"),
        (X3, SPIKES[:0], "0 sample"),
        (SPIKES, SPIKES[:0], "0 sample"),
        (SPIKES, SPIKES.select(slice(0, 3)), "expecting 4 features"),
        (SPIKES, X3, "must be Spikes"),
        (SPIKES, X2, "must be Spikes"),
        (SPIKES, RASTER.astype(np.uint8), "must be Spikes"),
        (SPIKES, [RASTER[0], X3[0]], "boolean rasters"),
        (RASTER, X3, "must be Spikes"),
        (RASTER, RASTER[0], "must be Spikes"),
        (RASTER, RASTER.transpose(0, 2, 1), "expecting 4 features"),
    ],
)
def test_other_samples_after_fit_are_refused(fit, predict, words):
    fitted = model().fit(fit, Y)
    expected = fitted.decision_function(fit)
    n = len(predict)
    for call in (lambda: fitted.predict(predict), lambda: fitted.partial_fit(predict, Y[np.arange(n) % N])):
        with pytest.raises(InvalidValue, match=words):
            call()
        same(fitted.decision_function(fit), expected)


@pytest.mark.parametrize(
    ("encoder", "x", "words"),
    [
        (None, [RASTER[0], X3[1]] * 9, "boolean rasters"),
        (None, X3.transpose(0, 2, 1), "swap the last two"),
        (RateEncoder(), X3.transpose(0, 2, 1), "swap the last two"),
        (EventEncoder(n_channels=4, steps=7), [], "0 sample"),
        (None, SPIKES[:0], "0 sample"),
        (None, masked(X3), "masked"),
        (EventEncoder(n_channels=4, steps=7), [(masked(np.arange(7)), np.zeros(7, int))] * N, "masked"),
    ],
)
def test_samples_that_cannot_be_meant_are_refused(encoder, x, words):
    unfitted = model(encoder)
    before = vars(unfitted).copy()
    with pytest.raises(InvalidValue, match=words):
        unfitted.fit(x, Y[: len(x)])
    assert vars(unfitted) == before


def test_one_value_over_time_needs_its_axis():
    with pytest.raises(InvalidValue, match=r"X\[:, :, None\]"):
        LSMClassifier(small(1), RateEncoder()).fit(VALUES[:, :, 0], Y)
    assert LSMClassifier(small(1), RateEncoder()).fit(VALUES[:, :, :1], Y).n_features_in_ == 1
    with pytest.raises(InvalidValue, match=r"X\[:, :, None\]"):
        LSMClassifier(small(2), DeltaEncoder()).fit(VALUES[:, :, 0], Y)


def test_images_are_images_with_and_without_their_axes():
    sweep = Sweep(shape=(4, 7))
    images = VALUES.transpose(0, 2, 1)
    fitted = model(sweep).fit(images, Y)
    for x in (images.reshape(N, -1), list(images), images.tolist(), images.reshape(N, -1).tolist()):
        same(fitted.transform(x), fitted.transform(images))
    assert model(sweep).fit(list(images), Y).n_features_in_ == 28


def test_masked_and_mixed_targets_are_refused():
    for make, y in (
        (model, np.ma.masked_array(Y, Y > 0)),
        (model, [0, "1"] * (N // 2)),
        (lambda: LSMRegressor(small()), np.ma.masked_array(Y * 1.0, Y > 0)),
        (lambda: LSMRegressor(small()), Y.astype("datetime64[s]")),
        (lambda: LSMRegressor(small()), Y.astype(str)),
    ):
        with pytest.raises(InvalidValue, match=r"masked|mixes|numbers"):
            make().fit(SPIKES, y)
    with pytest.raises(InvalidValue, match="masked"):
        evaluate(model(), SPIKES, np.ma.masked_array(Y, Y > 0), splits=2)


CALLS = ("predict", "transform", "run", "decision_function", "predict_proba", "deploy")


@pytest.mark.parametrize("make", [LSMClassifier, LSMRegressor, lambda: LSMClassifier(readout="logistic")])
def test_before_fit_nothing_is_said(make):
    for name in CALLS:
        if hasattr(make(), name):
            with pytest.raises(NotFittedError):
                getattr(make(), name)(*() if name == "deploy" else (SPIKES,))
    half = make()
    half.prepare(SPIKES)  # knows its liquid, but no readout
    assert half.transform(SPIKES).shape[0] == N
    with pytest.raises(NotFittedError):
        half.predict(SPIKES)
    with pytest.raises(NotFittedError):
        RandomReLU().transform(X2)
    with pytest.raises(NotFittedError):
        OnRandomReLU(RandomReLU(3), StreamingRidge()).predict(X2)


CHANGES = [
    {"encoder": DeltaEncoder()},
    {"encoder": EventEncoder(n_channels=4, steps=3)},
    {"lsm": small(9)},
    {"features": LowPass()},
    {"readout": "logistic"},
    {"backend": "none"},
    {"arithmetic": "float"},
    {"batch_size": -1},
    {"options": {"none": 1}},
    {"random_state": 9},
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: next(iter(change)))
@pytest.mark.parametrize("x", [SPIKES, X3], ids=["spikes", "values"])
def test_parameters_hold_until_the_next_fit(change, x):
    fitted, twin = model().fit(x, Y), model().fit(x, Y)
    fitted.set_params(**change)
    same(fitted.decision_function(x), twin.decision_function(x))
    same(fitted.partial_fit(x, 1 - Y).decision_function(x), twin.partial_fit(x, 1 - Y).decision_function(x))


@pytest.mark.parametrize("readout", ["ridge", StreamingRidgeClassifier(ridge=1.0)])
def test_a_refused_batch_leaves_no_trace(readout):
    fitted = model(readout=readout)
    for refused, words in (
        (lambda: fitted.partial_fit(X3, Y), "classes = None"),
        (lambda: fitted.partial_fit(X3, Y + 1, classes=[0, 1]), "not among"),
        (lambda: fitted.partial_fit(X3, Y[1:], classes=[0, 1]), "inconsistent"),
        (lambda: fitted.fit(X3, Y[1:]), "inconsistent"),
    ):
        with pytest.raises(InvalidValue, match=words):
            refused()
        assert not [name for name in vars(fitted) if name.endswith("_")]
    fitted.partial_fit(X3, Y, classes=[0, 1])
    expected = fitted.decision_function(X3)
    for x, y, more in (
        (X3, Y + 1, {}),
        (X3, Y, {"classes": [0, 1, 2]}),
        (X3, Y.astype(str), {}),
        (X3, Y[1:], {}),
        (X3[:, :, 1:], Y, {}),
        (np.full_like(X3, np.nan), Y, {}),
    ):
        with pytest.raises(ValueError, match=r"."):
            fitted.partial_fit(x, y, **more)
        same(fitted.decision_function(X3), expected)
    with pytest.raises(ValueError, match="inconsistent"):
        fitted.fit(X2, Y[1:])  # a failed fit keeps the model before it
    same(fitted.decision_function(X3), expected)


def test_a_regressor_keeps_the_shape_of_its_targets():
    y = VALUES.mean(axis=1)
    fitted = LSMRegressor(small()).partial_fit(X3, y[:, 0])
    expected = fitted.predict(X3)
    for wrong in (y, y[:, :1]):
        with pytest.raises(InvalidValue, match=r"targets \[B\] were learned"):
            fitted.partial_fit(X3, wrong)
        same(fitted.predict(X3), expected)
    assert fitted.partial_fit(X3, y[:, 0]).readout_.moments_.n == 2 * N


@pytest.mark.parametrize("features", [Counts(), LowPass(samples=2), LastState()])
@pytest.mark.parametrize("steps", [[], [0], [0, 3]])
@pytest.mark.parametrize("backend", ["emulator", "reference"])
def test_no_samples_and_no_steps_have_states(features, steps, backend):
    fitted = LSMClassifier(small(), features=features, backend=backend).fit(SPIKES[:4], Y[:4])
    silent = Spikes.from_events([([], [])] * len(steps), steps, 4)
    found = fitted.states_(silent)
    assert found.shape == (len(steps), fitted.transform(SPIKES[:1]).shape[1]) and found.dtype == np.float32
    if steps:
        assert fitted.predict(silent).shape == (len(steps),)


def test_a_dark_sample_alone_is_answered_as_among_others():
    for samples in (1, 2, 3):
        fitted = model(RateEncoder()).set_params(features=LowPass(samples=samples)).fit(X2, Y)
        both = fitted.predict(np.stack([X2[0], np.zeros(4)]))
        assert fitted.predict(np.zeros((1, 4)))[0] == both[1]
