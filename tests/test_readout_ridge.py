"""Streaming ridge: against scikit-learn, and against itself in pieces."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from neurolsm.errors import InvalidValue
from neurolsm.readout.ridge import StreamingRidge, StreamingRidgeClassifier, signed_root


def data(n, f, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.poisson(rng.gamma(1, 2, f), (n, f)).astype(float)
    return x, np.sqrt(x) @ rng.standard_normal((f, 3)) + rng.standard_normal((n, 3)), rng.integers(0, 4, n)


@pytest.mark.parametrize(("n", "f"), [(30, 80), (80, 30), (50, 50)])
@pytest.mark.parametrize("root", [True, False])
def test_equals_ridge_of_scikit_learn(n, f, root):
    x, y, _ = data(n, f)
    x[:, 3] = 7.0  # a constant feature has no say
    z = StandardScaler().fit_transform(signed_root(x) if root else x)
    expected = Ridge(alpha=0.3 * f, tol=1e-12).fit(z, y).predict(z)
    found = StreamingRidge(ridge=0.3, root=root).fit(x, y)
    np.testing.assert_allclose(found.predict(x), expected, atol=1e-8)
    np.testing.assert_allclose(found.fit(x, y[:, 0]).predict(x), expected[:, 0], atol=1e-8)


@given(
    cuts=st.lists(st.integers(1, 59), max_size=5, unique=True),
    f=st.sampled_from([1, 20, 59, 60, 61, 100]),
    seed=st.integers(0, 99),
)
@settings(max_examples=60, deadline=None)
def test_pieces_in_any_order_equal_one_batch(cuts, f, seed):
    x, y, labels = data(60, f, seed)
    order = np.random.default_rng(seed).permutation(60)
    stream, classifier = StreamingRidge(root=True), StreamingRidgeClassifier()
    for piece in np.split(order, sorted(cuts)):
        stream.partial_fit(x[piece], y[piece])
        classifier.partial_fit(x[piece], labels[piece], classes=[0, 1, 2, 3])
        stream.predict(x[:2])  # a look in between changes nothing
    np.testing.assert_allclose(stream.predict(x), StreamingRidge(root=True).fit(x, y).predict(x), atol=1e-7)
    whole = StreamingRidgeClassifier().partial_fit(x, labels, classes=[0, 1, 2, 3])
    np.testing.assert_allclose(classifier.decision_function(x), whole.decision_function(x), atol=1e-7)


def test_means_far_from_zero_cost_no_digits():
    x, y, _ = data(80, 10)
    near = StreamingRidge(root=False).fit(x, y).predict(x)
    np.testing.assert_allclose(StreamingRidge(root=False).fit(x + 1e6, y).predict(x + 1e6), near, atol=1e-6)


def test_units_of_features_do_not_matter():
    x, y, _ = data(40, 60)
    scale = 10.0 ** np.random.default_rng(0).uniform(-4, 4, 60)
    np.testing.assert_allclose(
        StreamingRidge().fit(x * scale, y).predict(x * scale), StreamingRidge().fit(x, y).predict(x), atol=1e-7
    )


def test_fit_forgets():
    x, _, labels = data(40, 10)
    once = StreamingRidgeClassifier().fit(x[20:], labels[20:]).decision_function(x)
    again = StreamingRidgeClassifier().fit(x[:20], labels[:20] + 10).fit(x[20:], labels[20:])
    np.testing.assert_array_equal(again.decision_function(x), once)


def test_two_classes_have_one_output():
    x = np.array([[0.0], [1.0], [9.0], [10.0]])
    model = StreamingRidgeClassifier().fit(x, ["low", "low", "top", "top"])
    assert model.decision_function(x).shape == (4,)
    assert model.predict(x).tolist() == ["low", "low", "top", "top"]
    assert ((model.decision_function(x) > 0) == (model.predict(x) == "top")).all()


def test_misuse_is_refused():
    x, _, labels = data(20, 5)
    with pytest.raises(InvalidValue, match="ridge = 0"):
        StreamingRidge(ridge=0).fit(x, labels)
    with pytest.raises(InvalidValue, match="classes = None"):
        StreamingRidgeClassifier().partial_fit(x, labels)
    model = StreamingRidgeClassifier().fit(x, labels)
    with pytest.raises(InvalidValue, match=r"y = \[9\]"):
        model.partial_fit(x, np.full(20, 9))
    with pytest.raises(InvalidValue, match=r"has 4 features.*expecting 5"):
        model.partial_fit(x[:, :4], labels)


X, Y, LABELS = data(30, 4)
MODELS = {
    "one target": lambda: StreamingRidge().partial_fit(X, Y[:, 0]),
    "a column": lambda: StreamingRidge().partial_fit(X, Y[:, :1]),
    "targets": lambda: StreamingRidge().partial_fit(X, Y),
    "labels": lambda: StreamingRidgeClassifier().partial_fit(X, LABELS, classes=[0, 1, 2, 3]),
    "texts": lambda: StreamingRidgeClassifier().partial_fit(X, LABELS.astype(str), classes=list("0123")),
}
NAN = np.where(np.arange(30) == 3, np.nan, Y[:, 0])
MASKED = np.ma.masked_array(Y[:, 0], np.arange(30) == 3)
REFUSED = [
    ("one target", X, Y),
    ("one target", X, Y[:, :1]),
    ("one target", X, Y[1:, 0]),
    ("one target", X[:20], Y[1:20, 0]),
    ("one target", X, NAN),
    ("one target", X, np.full(30, np.inf)),
    ("one target", X, MASKED),
    ("one target", np.ma.masked_array(X, X > 3), Y[:, 0]),
    ("one target", X * NAN[:, None], Y[:, 0]),
    ("one target", X[:, :3], Y[:, 0]),
    ("one target", np.hstack([X, X]), Y[:, 0]),
    ("one target", X[0], Y[:, 0]),
    ("one target", X[:0], Y[:0, 0]),
    ("one target", X, None),
    ("one target", X, [1.0, None] * 15),
    ("one target", X, np.array([1.0, None] * 15, object)),
    ("one target", X, np.array([1.0, "2"] * 15, object)),
    ("one target", X, np.array([1.0, b"2"] * 15, object)),
    ("one target", X, np.array([np.timedelta64(1, "s")] * 30, object)),
    ("one target", np.where(X > 3, "4", X.astype(object)), Y[:, 0]),
    ("targets", X, np.where(Y > 1, None, Y.astype(object))),
    ("one target", X, Y[:, 0] + 1j),
    ("one target", X, np.arange(30).astype("datetime64[D]")),
    ("one target", X.astype("timedelta64[s]"), Y[:, 0]),
    ("one target", X.astype(str), Y[:, 0]),
    ("one target", X, Y[:, 0].astype(str)),
    ("a column", X, Y[:, 0]),
    ("targets", X, Y[:, :2]),
    ("targets", X, Y[:, 0]),
    ("targets", X, Y[None]),
    ("labels", X, LABELS + 1),
    ("labels", X, LABELS.astype(str)),
    ("labels", X, LABELS + 0.5),
    ("labels", X, LABELS[1:]),
    ("labels", X, np.where(LABELS > 1, np.nan, LABELS)),
    ("labels", X[:, 1:], LABELS),
    ("labels", X, np.ma.masked_array(LABELS, LABELS > 1)),
    ("labels", X, [0, "1"] * 15),
    ("labels", X, LABELS.astype("m8[s]")),
    ("texts", X, LABELS),
    ("texts", X, [b"0", "1"] * 15),
]


def changes(model):
    return {name: value for name, value in vars(model).items() if name != "moments_"}, vars(model.moments_).copy()


@pytest.mark.parametrize(("kind", "x", "y"), REFUSED)
def test_a_batch_that_does_not_fit_is_refused_and_leaves_no_trace(kind, x, y):
    for call in ("partial_fit", "fit") if kind == "one target" and np.ndim(y) != 2 else ("partial_fit",):
        model, twin = MODELS[kind](), MODELS[kind]()
        before, expected = changes(model), twin.predict(X)
        if call == "fit" and x is not None and np.shape(x)[1:] in ((3,), (8,)):
            continue  # another number of features is as good as any for a new fit
        with pytest.raises(ValueError, match=r"."):
            getattr(model, call)(x, y)
        after = changes(model)
        assert before[0].keys() == after[0].keys() and all(np.all(before[0][k] == after[0][k]) for k in before[0])
        assert after[1] == before[1]
        np.testing.assert_array_equal(model.predict(X), expected)


def test_other_classes_later_are_refused_and_the_same_in_any_order_are_not():
    for classes in (
        [0, 1, 2],
        [0, 1, 2, 3, 4],
        ["0", "1", "2", "3"],
        [0, 1, 2, "3"],
        [],
        [[0, 1, 2, 3]],
        [0, 1, 2, np.nan],
    ):
        model = MODELS["labels"]()
        with pytest.raises(InvalidValue, match="classes"):
            model.partial_fit(X, LABELS, classes=classes)
        assert model.moments_.n == 30
    assert MODELS["labels"]().partial_fit(X, LABELS, classes=[3, 1.0, np.int8(2), False]).moments_.n == 60


def test_a_first_batch_that_is_refused_leaves_an_unfitted_readout():
    for model, more in ((StreamingRidge(), {}), (StreamingRidgeClassifier(), {"classes": [0, 1]})):
        with pytest.raises(ValueError, match="inconsistent"):
            model.partial_fit(X, LABELS[1:], **more)
        with pytest.raises(NotFittedError):
            model.predict(X)
        assert vars(model).keys() == {"ridge", "root"}


@pytest.mark.parametrize("make", [StreamingRidge, StreamingRidgeClassifier])
def test_before_fit_nothing_is_said(make):
    for name in {"predict", "decision_function", "score"} & set(dir(make)):
        with pytest.raises(NotFittedError):
            getattr(make(), name)(*(X, LABELS)[: 2 if name == "score" else 1])


@pytest.mark.parametrize("look", [True, False])
@pytest.mark.parametrize("change", [{"ridge": 1e6}, {"root": True}, {"ridge": -1}, {"root": "no"}])
def test_parameters_hold_until_the_next_fit(change, look):
    model, twin = StreamingRidge().fit(X, Y), StreamingRidge().fit(X, Y)
    if look:
        model.predict(X)
    np.testing.assert_array_equal(model.set_params(**change).predict(X), twin.predict(X))
    np.testing.assert_array_equal(model.partial_fit(X, Y + 1).predict(X), twin.partial_fit(X, Y + 1).predict(X))
    if -1 in change.values() or "no" in change.values():
        with pytest.raises(InvalidValue, match=next(iter(change))):
            model.fit(X, Y)
    else:
        assert not np.allclose(model.fit(X, Y).predict(X), StreamingRidge().fit(X, Y).predict(X))


@pytest.mark.parametrize(("kind", "values"), [("Int64", [1, 2]), ("UInt8", [1, 255]), ("boolean", [False, True])])
def test_labels_that_may_be_missing_keep_their_type(kind, values):
    pd = pytest.importorskip("pandas")
    y = pd.Series(values * 15, dtype=kind)
    for model in (StreamingRidgeClassifier().fit(X, y), StreamingRidgeClassifier().partial_fit(X, y, classes=y)):
        assert model.classes_.tolist() == values and model.classes_.dtype == y.dtype.numpy_dtype
    y[3] = pd.NA
    with pytest.raises(ValueError, match="NaN"):
        StreamingRidgeClassifier().fit(X, y)


def test_columns_of_tables_are_known_by_name():
    pd = pytest.importorskip("pandas")
    table = pd.DataFrame(X, columns=list("abcd"))
    model = StreamingRidge().fit(table, pd.DataFrame(Y))
    np.testing.assert_array_equal(model.predict(table), StreamingRidge().fit(X, Y).predict(X))
    for x in (table[list("bacd")], table.rename(columns={"a": "e"})):
        with pytest.raises(ValueError, match="feature names"):
            model.predict(x)
        with pytest.raises(ValueError, match="feature names"):
            model.partial_fit(x, Y)
    assert model.moments_.n == 30


@parametrize_with_checks([StreamingRidge(), StreamingRidge(root=True), StreamingRidgeClassifier()])
def test_scikit_learn(estimator, check):
    check(estimator)
