"""Streaming ridge: against scikit-learn, and against itself in pieces."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler

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
    with pytest.raises(InvalidValue, match="4 features, 5"):
        model.partial_fit(x[:, :4], labels)
