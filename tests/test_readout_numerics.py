"""The ridge readouts where numbers are hard: against scikit-learn, in any pieces, and far from what was learned."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from neurolsm.errors import InvalidValue
from neurolsm.readout import StreamingRidge, StreamingRidgeClassifier, moments
from neurolsm.readout.moments import Moments


def oracle(x, y, ridge):
    """The predictions of scikit-learn for the rows it learned from, [B, K]."""
    model = make_pipeline(StandardScaler(), Ridge(alpha=ridge * x.shape[1], solver="svd"))
    return model.fit(x, y).predict(x).reshape(y.shape)


def assert_close(found, expected, rtol=1e-6):
    np.testing.assert_allclose(found, expected, rtol=0, atol=rtol * np.abs(expected).max())


@st.composite
def problems(draw):
    """Rows, targets, cuts: features on scales 1e-8..1e8 and far from zero, constant, silent, rare and collinear ones."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n, f, k = draw(st.integers(2, 60)), draw(st.integers(1, 70)), draw(st.integers(1, 3))
    x = rng.standard_normal((n, f))
    for column, kind in enumerate(rng.integers(0, 8, f)):
        if kind == 0:
            x[:, column] = rng.standard_normal()
        elif kind == 1:
            x[:, column] = 0
        elif kind == 2:
            x[:, column] = np.arange(n) == n - 1  # fires once, in the last sample
        elif kind == 3:
            x[:, column] = 2 * x[:, 0]
        elif kind == 4:
            x[:, column] += 10.0 ** rng.integers(0, 7)
    x *= 10.0 ** rng.integers(*draw(st.sampled_from([(0, 1), (-8, -7), (8, 9), (-8, 9)])), f)
    if draw(st.booleans()):
        x[: draw(st.integers(1, n))] += 1e3 * np.abs(x).max(axis=0)  # an untypical beginning
    y = rng.standard_normal((n, k)) * 10.0 ** draw(st.integers(-8, 8)) + draw(st.sampled_from([0.0, 1e3]))
    cuts = sorted(draw(st.lists(st.integers(1, n - 1), max_size=5, unique=True)))
    if draw(st.booleans()):
        x = x.astype(np.float32)
    return x, y, cuts, rng.permutation(n) if draw(st.booleans()) else np.arange(n)


@given(problem=problems(), ridge=st.sampled_from([1e-3, 0.1, 10.0]), piece=st.sampled_from([3, 16, 4096]))
@settings(max_examples=40, deadline=None)
def test_any_pieces_in_any_order_equal_scikit_learn(problem, ridge, piece):
    x, y, cuts, order = problem
    seen = pytest.MonkeyPatch()
    seen.setattr(moments, "PIECE", piece)  # so that few rows make many sums
    try:
        stream = StreamingRidge(ridge)
        for part in np.split(order, cuts):
            stream.partial_fit(x[part], y[part])
    finally:
        seen.undo()
    exact = x.astype(np.float64)
    assert_close(stream.predict(x), oracle(exact, y, ridge))
    assert_close(StreamingRidge(ridge).fit(x, y).predict(x), oracle(exact, y, ridge))


@given(seed=st.integers(0, 2**32), first=st.sampled_from([0.0, 1.0, 1e-8, 1e8, -1e6]), rows=st.integers(1, 5))
@settings(max_examples=30, deadline=None)
def test_the_first_batch_decides_no_more_than_any_other(seed, first, rows):
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((80, 5)) + 1e6, rng.standard_normal(80)
    x[:rows] = first
    for kind in (np.float64, np.float32):
        given_x = x.astype(kind)
        ahead, behind = StreamingRidge(), StreamingRidge()
        for part in (slice(0, rows), slice(rows, 40), slice(40, 80)):
            ahead.partial_fit(given_x[part], y[part])
        for part in (slice(40, 80), slice(rows, 40), slice(0, rows)):
            behind.partial_fit(given_x[part], y[part])
        expected = oracle(given_x.astype(float), y, 0.1)
        assert_close(ahead.predict(given_x), expected)
        assert_close(behind.predict(given_x), expected)


@given(
    seed=st.integers(0, 2**32),
    spread=st.sampled_from([1e-15, 1e-12, 1e-9, 1e-7, 1e-6, 1e-5, 1e-4]),
    level=st.sampled_from([0.0, 1e-9, 1.0, -3.0]),
    zero=st.booleans(),
    kind=st.sampled_from([np.float64, np.float32]),
    features=st.sampled_from([4, 150]),
)
@settings(max_examples=30, deadline=None)
def test_a_feature_that_hardly_varied_does_not_explode(seed, spread, level, zero, kind, features):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((300, features))
    y = x[:, :3] @ [1.0, -2.0, 0.5] + 0.05 * rng.standard_normal(300)
    train, test = slice(0, 200), slice(200, 300)
    x[train, 3] = level + spread * rng.standard_normal(200)
    x[test, 3] += level  # some of them still close by
    if zero:
        x[100, 3] = level  # one sample in a batch that is exactly there
    model = StreamingRidge(1e-3)
    for part in np.split(np.arange(200), [7, 100, 101]):
        model.partial_fit(x[part].astype(kind), y[part])
    error = model.predict(x[test].astype(kind)) - y[test]
    assert np.sqrt(np.mean(error**2)) / y[test].std() < 0.3


def test_what_was_learned_from_is_never_too_far():
    x, y = np.zeros((200, 2)), np.zeros(200)
    x[0], y[0] = (1e9, 3.0), 1.0
    assert StreamingRidge(1e-6).fit(x, y).predict(x[:1]) == pytest.approx([1.0], rel=1e-5)
    line = StreamingRidge(1e-9).fit([[0.0], [1.0]], [0.0, 1.0])
    np.testing.assert_allclose(line.predict([[15.0], [-14.0], [16.0], [-1e9]]), [15, -14, 0.5, 0.5], rtol=1e-6)


@given(seed=st.integers(0, 2**32), times=st.integers(1, 25), features=st.sampled_from([5, 300]))
@settings(max_examples=20, deadline=None)
def test_what_was_rare_may_come_more_often(seed, times, features):
    rng = np.random.default_rng(seed)
    x, y = rng.poisson(1.0, (200, features)).astype(np.float32), rng.standard_normal(200)
    x[:, 0] = np.arange(200) == 150  # one spike in all samples
    later = rng.poisson(1.0, (20, features)).astype(np.float32)
    later[:, 0] = times
    model = StreamingRidge()
    for part in np.split(np.arange(200), [1, 60]):
        model.partial_fit(x[part], y[part])
    wide = make_pipeline(StandardScaler(), Ridge(alpha=0.1 * features, solver="svd")).fit(x.astype(np.float64), y)
    assert_close(model.predict(later), wide.predict(later.astype(np.float64)))


@pytest.mark.parametrize("ridge", [1e-300, 1e-20, 1e-12])
@pytest.mark.parametrize("shape", [(30, 8), (30, 80)])
def test_a_ridge_too_small_to_matter_leaves_the_shortest_weights(ridge, shape):
    rng = np.random.default_rng(0)
    x = rng.standard_normal(shape)
    x[:, 1] = x[:, 0]  # nothing tells these two apart
    y = rng.standard_normal(shape[0])
    found = StreamingRidge(ridge).fit(x, y)
    z = StandardScaler().fit_transform(x)
    shortest = z @ np.linalg.lstsq(z, y - y.mean(), rcond=1e-10)[0] + y.mean()
    np.testing.assert_allclose(found.predict(x), shortest, atol=1e-6)


@pytest.mark.parametrize("kind", [np.uint8, np.int8, np.float16, np.float32, np.int64])
def test_the_type_of_ridge_does_not_change_its_value(kind):
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((40, 300)), rng.standard_normal(40)
    expected = StreamingRidge(100.0).fit(x, y).predict(x)
    np.testing.assert_array_equal(StreamingRidge(kind(100)).fit(x, y).predict(x), expected)


@pytest.mark.parametrize("kind", [">f8", ">f4", "f2", "i1", ">i4", "u1", "?", "O"])
def test_the_type_of_states_does_not_change_their_values(kind):
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 2, (40, 5)), rng.standard_normal(40)
    plain = StreamingRidge().fit(x.astype(float), y)
    np.testing.assert_array_equal(StreamingRidge().fit(x.astype(kind), y).predict(x), plain.predict(x))
    np.testing.assert_array_equal(plain.predict(x.astype(kind)), plain.predict(x))


def test_rows_are_kept_even_if_the_caller_writes_over_them():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((40, 60)), rng.standard_normal(40)
    stream, buffer, target = StreamingRidge(), np.empty((10, 60)), np.empty(10)
    for k in range(0, 40, 10):
        buffer[:], target[:] = x[k : k + 10], y[k : k + 10]
        stream.partial_fit(buffer, target)
    buffer[:] = 0
    np.testing.assert_allclose(stream.predict(x), StreamingRidge().fit(x, y).predict(x), rtol=1e-9)


def test_floating_point_errors_may_raise():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((40, 5)) * 10.0 ** np.array([-160, -80, 0, 60, 120]), rng.standard_normal(40)
    with np.errstate(all="raise"):
        model = StreamingRidge().partial_fit(x[:20], y[:20]).partial_fit(x[20:], y[20:])
        model.predict(x)
        StreamingRidge(root=True).fit(x[:3], y[:3]).predict(x)
        StreamingRidgeClassifier().fit(x, y > 0).predict(x)
    with pytest.raises(InvalidValue, match="Scale it down"):
        StreamingRidge().fit(x * 1e30, y)


def test_sums_are_those_of_all_rows():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((3 * moments.PIECE, 3)) + 1e7, rng.standard_normal((3 * moments.PIECE, 2))
    x[:100] = 0
    found = Moments(3, 2, 0.1)
    for part in np.split(np.arange(len(x)), [100, 5000, 5001]):
        found.add(x[part], y[part])
    assert len(found.rows) < 4
    sums = found.sums.copy()
    if found.rows:
        sums.add(*found._waiting())
    np.testing.assert_allclose(sums.xx / sums.n, np.cov(x.T, bias=True), rtol=1e-12)
    np.testing.assert_allclose(sums.x, x.mean(axis=0), rtol=1e-14)


@pytest.mark.parametrize("root", [True, False])
def test_labels_survive_what_hardly_varied(root):
    rng = np.random.default_rng(0)
    x = rng.random((400, 6))
    y = x[:, 0] > 0.5
    x[:200, 3:] *= 1e-9
    assert StreamingRidgeClassifier(root=root).fit(x[:200], y[:200]).score(x[200:], y[200:]) > 0.9


@pytest.mark.parametrize("ridge", [0, -1.0, np.inf, np.nan, True, "0.1", 1j, None, 1e200])
def test_a_ridge_that_is_none_is_refused(ridge):
    with pytest.raises(InvalidValue, match="ridge"):
        StreamingRidge(ridge).fit([[0.0], [1.0]], [0.0, 1.0])


def test_the_largest_ridge_leaves_the_mean():
    np.testing.assert_allclose(StreamingRidge(1e140).fit([[0.0], [1.0]], [0.0, 1.0]).predict([[0.0]]), [0.5])
