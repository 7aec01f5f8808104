"""States that come in pieces: as good as all at once, kept on disk, and taken up again."""

import numpy as np
import pytest

import neurolsm as nl
from neurolsm.errors import InvalidValue
from neurolsm.measure import evaluate
from neurolsm.measure.baselines.random_relu import OnRandomReLU, RandomReLU
from neurolsm.readout import LiquidStates, StreamingRidge, StreamingRidgeClassifier
from neurolsm.readout.features import FromInputs
from neurolsm.readout.moments import PIECE

RNG = np.random.default_rng(3)
X = RNG.random((60, 5))
Y = (X[:, 0] > X[:, 1]).astype(int)
LSM = nl.LSM(
    inputs=5, liquid=nl.Liquid(topology=nl.Column(shape=(3, 3, 2)), input=nl.RandomMap(density=0.5, weight=0.8))
)


def model(**options):
    return nl.LSMClassifier(LSM, nl.RateEncoder(steps=30), nl.Counts(windows=2), batch_size=8, **options)


def test_a_cache_changes_nothing_and_saves_the_simulation(tmp_path, monkeypatch):
    plain, kept = model().fit(X, Y), model(cache=tmp_path / "new" / "states").fit(X, Y)
    files = sorted((tmp_path / "new" / "states").iterdir())
    assert len(files) == 8
    monkeypatch.setattr(LiquidStates, "_part", lambda *a: pytest.fail("simulated again"))
    again = model(cache=tmp_path / "new" / "states").fit(X, Y)
    monkeypatch.undo()
    scores = [m.decision_function(X) for m in (plain, kept, again)]
    np.testing.assert_array_equal(scores[0], scores[1])
    np.testing.assert_array_equal(scores[0], scores[2])


def test_an_interrupted_run_goes_on_and_broken_files_are_made_anew(tmp_path, monkeypatch):
    whole, done = LiquidStates._part, []

    def part(self, simulator, inputs):
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append(len(inputs))
        return whole(self, simulator, inputs)

    monkeypatch.setattr(LiquidStates, "_part", part)
    with pytest.raises(KeyboardInterrupt):
        model(cache=tmp_path).fit(X, Y)
    first, *_ = files = sorted(tmp_path.iterdir())
    assert len(files) == 3
    first.write_bytes(first.read_bytes()[:-20])
    done.clear()
    monkeypatch.setattr(LiquidStates, "_part", lambda *a: done.append(len(a[2])) or whole(*a))
    found = model(cache=tmp_path).fit(X, Y).decision_function(X)
    assert len(done) == 6 and len(list(tmp_path.iterdir())) == 8
    monkeypatch.undo()
    np.testing.assert_array_equal(found, model().fit(X, Y).decision_function(X))


@pytest.mark.parametrize(
    "other", [{"features": nl.Counts(windows=3)}, {"lsm": nl.LSM(inputs=5, liquid=LSM.liquid, seed=9)}]
)
def test_states_of_another_liquid_or_other_features_are_not_taken(tmp_path, other):
    model(cache=tmp_path).fit(X, Y)
    changed = model(cache=tmp_path).set_params(**other).fit(X, Y)
    np.testing.assert_array_equal(changed.transform(X), model().set_params(**other).fit(X, Y).transform(X))


def test_a_cache_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidValue, match="folder"):
        model(cache=tmp_path / "file").fit(X, Y)


def test_one_split_is_scored_like_many():
    splits = [(np.arange(40), np.arange(40, 60)), (np.arange(20, 60), np.arange(20))]
    both = evaluate(model(), X, Y, splits=splits).values
    assert both == tuple(evaluate(model(), X, Y, splits=[one]).values[0] for one in splits)


@pytest.mark.parametrize("rows", [PIECE // 2, 2 * PIECE + 7])
def test_float32_states_give_the_ridge_of_float64(rows):
    rng = np.random.default_rng(0)
    counts = rng.poisson(rng.gamma(1, 2, 30), (rows, 30))
    counts[:, 3] = 7  # constant, and exactly so in both
    y = np.sqrt(counts) @ rng.standard_normal((30, 2))
    exact, found = (StreamingRidge(root=True).fit(counts.astype(kind), y) for kind in (np.float64, np.float32))
    np.testing.assert_allclose(
        found.predict(counts.astype(np.float32)), exact.predict(counts), atol=2e-5 * np.abs(y).max()
    )


def test_a_random_layer_in_pieces_equals_the_layer_at_once():
    x = np.random.default_rng(0).random((PIECE + 100, 4))
    y = (x[:, 0] > x[:, 1]).astype(int)
    layer = RandomReLU(50, 2)
    found = OnRandomReLU(layer, StreamingRidgeClassifier(root=False)).fit(x, y).predict(x)
    states = RandomReLU(50, 2).fit(x).transform(x)
    assert (found == StreamingRidgeClassifier(root=False).fit(states, y).predict(states)).mean() > 0.999


@pytest.mark.parametrize("features", [nl.Counts(), nl.readout.LastState(), nl.LowPass(samples=2)])
def test_states_are_kept_as_they_are_in_the_strictest_floating_point_mode(tmp_path, features):
    plain = model().set_params(features=features).fit(X[:20], Y[:20]).transform(X[:20])
    for _ in range(2):
        with np.errstate(all="raise"):
            kept = model(cache=tmp_path).set_params(features=features).fit(X[:20], Y[:20]).transform(X[:20])
        np.testing.assert_array_equal(kept, plain)


@pytest.mark.parametrize("features", [nl.Counts(windows=3), nl.LowPass(samples=2), nl.LastState(states=("u", "v")),
                                      nl.Joined((nl.Counts(), FromInputs()))])  # fmt: skip
def test_the_width_of_states_is_known_before_anything_runs(monkeypatch, features):
    x = np.random.default_rng(0).uniform(0, 1, (4, 3))
    model = nl.LSMClassifier(encoder=nl.RateEncoder(steps=7), features=features, backend="reference").fit(
        x, [0, 1, 0, 1]
    )
    found = model.transform(x).shape[1]
    monkeypatch.setattr("neurolsm.readout.states.open_simulator", lambda *a, **k: pytest.fail("simulated"))
    assert model.states_.width(x) == found
