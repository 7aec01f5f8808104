"""Series through a network: indices, cuts, backends, features by hand, readouts by their definitions."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.linear_model import Ridge

import neurolsm as nl
from neurolsm.encode.streaming import Streaming
from neurolsm.estimators.series_encoder import candidates
from neurolsm.execute.backend import names, open_simulator
from neurolsm.readout.chosen import ChosenRidge
from neurolsm.readout.moments import Sums
from neurolsm.readout.rls import Follower
from neurolsm.sequence import SeriesStates, StepFeatures

ENCODERS = [
    nl.RateEncoder(low=-2.0, high=2.0),
    nl.PopulationEncoder(neurons=5, low=-2.0, high=2.0),
    nl.SignedRateEncoder(high=2.0),
    nl.DeltaEncoder(threshold=0.2),
]
ALL = StepFeatures(traces=(3.0, 20.0), counts=(1, 7, 20), voltage=True, current=True)


def liquid(inputs, n=30, **more):
    return nl.LSM(
        inputs=inputs,
        liquid=nl.Liquid(
            topology=nl.RandomGraph(n=n, density=0.2),
            weights=nl.Gamma(0.3),
            delays=nl.Uniform(0.0, 5e-3),
            input=nl.RandomMap(density=0.8, weight=nl.Gamma(0.8), inhibitory=0.3, delay=nl.Uniform(0.0, 5e-3)),
            **more,
        ),
        seed=3,
    )


def states(encoder=ENCODERS[1], features=ALL, hold=4, n_values=2, backend="emulator"):
    program = nl.lower(liquid(encoder.channels(n_values))).program
    return SeriesStates(program=program, encoder=encoder, features=features, hold=hold, backend=backend)


@pytest.mark.parametrize("encoder", ENCODERS, ids=lambda e: type(e).__name__)
def test_pieces_of_a_series_have_the_spikes_of_the_whole(encoder):
    assert isinstance(encoder, Streaming)
    x = np.random.default_rng(0).standard_normal((40, 3))
    memory, parts = encoder.begin(3), []
    for a, b in ((0, 1), (1, 7), (7, 7), (7, 40)):
        raster, memory = encoder.go_on(memory, x[a:b], 4)
        parts.append(raster)
    assert (np.concatenate(parts) == encoder.encode([x.repeat(4, axis=0)]).dense()[0]).all()


@pytest.mark.parametrize("encoder", ENCODERS, ids=lambda e: type(e).__name__)
@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(0, 25), max_size=6))
def test_any_cut_gives_the_same_states(encoder, cuts):
    x = np.random.default_rng(1).standard_normal((25, 2))
    make = states(encoder)
    whole = make([x])[0]
    ends = [0, *sorted(cuts), 25]
    with make.open() as simulator:
        walk = make.walk(simulator, 2)
        parts = []
        for a, b in pairwise(ends):
            if b > a:
                parts.append(walk.push(x[a:b]))
                walk.state = walk.state  # what is saved is enough to go on
    assert np.array_equal(np.concatenate(parts), whole)


def test_features_by_hand():
    """From spikes and traces of one plain run of the same steps."""
    x = np.random.default_rng(2).standard_normal((30, 2))
    make = states()
    found = make([x])[0]
    n = make.program.n
    inputs = make.encoder.encode([x.repeat(4, axis=0)])
    with open_simulator(make.program) as simulator:
        run = simulator.run(inputs, trace=("u", "v"))
    spikes = run.spikes.dense()[0].astype(float)
    ends = np.arange(3, 120, 4)
    t = np.arange(120)
    traces = [
        np.array([(spikes[: e + 1] * np.exp((t[: e + 1] - e) / tau)[:, None]).sum(0) for e in ends])
        for tau in (3.0, 20.0)
    ]
    counts = [np.array([spikes[max(e + 1 - k, 0) : e + 1].sum(0) for e in ends]) for k in (1, 7, 20)]
    vu = [run.traces[name][ends] / (64 * make.program.neurons.vth) for name in ("v", "u")]
    hand = np.concatenate([*traces, *counts, *vu, x], axis=1)
    assert hand.shape[1] == make.features.width(n, 2, 4) and spikes.sum() > 100
    assert np.allclose(found, hand, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("backend", names())
def test_every_backend_gives_the_same_states(backend):
    x = np.random.default_rng(3).standard_normal((6, 2))
    assert np.array_equal(states(backend=backend)([x])[0], states()([x])[0])


def test_a_series_goes_on_on_another_backend():
    x = np.random.default_rng(4).standard_normal((12, 2))
    whole = states()([x])[0]
    first, then = states(), states(backend="reference")
    with first.open() as a, then.open() as b:
        walk = first.walk(a, 2)
        walk.push(x[:5])
        other = then.walk(b, 2)
        other.state = walk.state
        assert np.array_equal(other.push(x[5:]), whole[5:])


def test_a_state_has_seen_its_own_value_and_nothing_later():
    """Change x[t]: states before t are untouched, and the input feature and the spikes of the state t already know."""
    x = np.random.default_rng(5).standard_normal((30, 1))
    make = SeriesStates(
        program=nl.lower(liquid(5)).program, encoder=nl.PopulationEncoder(neurons=5, low=-3.0, high=3.0),
        features=StepFeatures(traces=(8.0,), voltage=True, inputs=False), hold=4,
    )  # fmt: skip
    for t in (0, 7, 29):
        y = x.copy()
        y[t] = -np.sign(x[t]) * 2
        a, b = make([x])[0], make([y])[0]
        assert np.array_equal(a[:t], b[:t]) and not np.array_equal(a[t], b[t])


def test_the_target_of_a_step_may_be_its_own_value():
    """y[t] = x[t - d]: the readout gets d = 0 exactly from the value itself, and nothing from the future."""
    rng = np.random.default_rng(6)
    x = rng.uniform(-1, 1, 1500)
    for d, good in ((0, True), (-1, False)):
        model = nl.LSMSequenceRegressor(washout=20).fit(x, np.roll(x, d))
        assert (model.score(x[:800], np.roll(x, d)[:800]) > 0.999) == good


def test_the_first_rows_and_missing_targets_teach_nothing():
    x = np.sin(np.arange(300) / 7)
    y = np.cos(np.arange(300) / 7)
    holes = y.copy()
    holes[::3] = np.nan
    a = nl.LSMSequenceRegressor(washout=40, ridge=1e-3).fit(x, holes)
    other = holes.copy()
    other[:40] = 1e6
    b = nl.LSMSequenceRegressor(washout=40, ridge=1e-3).fit(x, other)
    assert np.array_equal(a.predict(x), b.predict(x))
    known = np.arange(300)[40:][~np.isnan(holes[40:])]
    z = a.transform(x)[known].astype(float)
    z = (z - a.solution_.mean) / a.solution_.sd
    ridge = Ridge(alpha=1e-3 * z.shape[1]).fit(z, y[known])
    z_all = (a.transform(x) - a.solution_.mean) / a.solution_.sd
    assert np.allclose(a.predict(x)[40:], ridge.predict(z_all)[40:], atol=1e-6)


def test_the_penalty_is_the_one_that_is_best_later():
    rng = np.random.default_rng(7)
    x = rng.standard_normal((600, 40)) @ rng.standard_normal((40, 40))
    y = x @ rng.standard_normal((40, 2)) + rng.standard_normal((600, 2))
    ridges = (1e-4, 1e-2, 1.0, 100.0)
    rows = ChosenRidge(40, 2, 450, ridges)
    for k in range(0, 600, 130):
        rows.add(x[k : k + 130], y[k : k + 130])
    errors = []
    for ridge in ridges:
        m, s = x[:450].mean(0), x[:450].std(0)
        model = Ridge(alpha=ridge * 40).fit((x[:450] - m) / s, y[:450])
        error = y[450:] - model.predict((x[450:] - m) / s)
        errors.append(((error**2).sum(0) / y[450:].var(0)).sum())
    solution = rows.solve()
    assert rows.ridge == ridges[int(np.argmin(errors))]
    m, s = x.mean(0), x.std(0)
    assert np.allclose(solution(x), Ridge(alpha=rows.ridge * 40).fit((x - m) / s, y).predict((x - m) / s), atol=1e-8)


@pytest.mark.parametrize("forget", [1.0, 0.97])
def test_recursive_least_squares_is_weighted_least_squares(forget):
    rng = np.random.default_rng(8)
    x, y = rng.standard_normal((80, 6)), rng.standard_normal((80, 2))
    follow = Follower.begin(6, 2, 0.5, forget)
    said = np.array([follow.learn(a, b) for a, b in zip(x, y, strict=True)])
    z = np.hstack([x, np.ones((80, 1))])
    weight = forget ** np.arange(79, -1, -1)
    gram = (z * weight[:, None]).T @ z + 0.5 * forget**80 * np.eye(7)
    assert np.allclose(follow.weights, np.linalg.solve(gram, (z * weight[:, None]).T @ y), atol=1e-9)
    assert (said[0] == 0).all()


@pytest.mark.parametrize("forget, widest", [(1.0, np.inf), (0.97, np.inf), (0.9, 30.0)])
def test_rows_are_learned_together_as_one_by_one(forget, widest):
    """Missing targets, several blocks, and an inverse that grows to where nothing more is forgotten."""
    rng = np.random.default_rng(10)
    x, y = rng.standard_normal((200, 20)), rng.standard_normal((200, 2))
    y[::7, 1] = np.nan
    one, all_of_them = (Follower.begin(20, 2, 0.5, forget) for _ in range(2))
    one.widest = all_of_them.widest = widest
    said = [one.predict(a) if np.isnan(b).any() else one.learn(a, b) for a, b in zip(x, y, strict=True)]
    assert np.allclose(all_of_them.learn_rows(x, y), said, atol=1e-10)
    assert np.allclose(all_of_them.weights, one.weights, atol=1e-12)
    assert np.allclose(np.tril(all_of_them.p), np.tril(one.p), atol=1e-12)


def test_following_begins_with_what_the_ridge_knows():
    rng = np.random.default_rng(9)
    x, y = rng.standard_normal((200, 5)), rng.standard_normal((200, 1))
    rows = ChosenRidge(5, 1, 0, (0.1,))
    rows.add(x, y)
    solution = rows.solve()
    follow = Follower.of(rows.sums, solution.sd, 0.1, 1.0)
    assert np.allclose([follow.predict(row) for row in x], solution(x))
    sums = Sums.none(5, 1)
    sums.add(x, y)
    assert np.allclose(sums.xx, rows.sums.xx)


def test_a_forecast_is_the_closed_loop():
    x = np.sin(np.arange(500) / 6)
    model = nl.LSMSequenceRegressor(washout=50).fit(x)
    assert model.forecasts_
    ahead = model.forecast(5)
    by_hand, shown = [], x
    for _ in range(5):
        by_hand.append(model.predict(shown)[-1])
        shown = np.append(shown, by_hand[-1])
    assert np.allclose(ahead, by_hand, atol=1e-12)
    assert np.allclose(model.forecast(5, context=x), ahead, atol=1e-12)
    assert np.abs(ahead - np.sin(np.arange(500, 505) / 6)).max() < 0.05
    assert np.array_equal(model.forecast(5), ahead)  # it changes nothing


def test_pieces_that_go_on_are_one_series():
    x = np.sin(np.arange(400) / 6)
    model = nl.LSMSequenceRegressor(washout=50).fit(x[:200])
    rest = model.predict(x)[200:]
    assert np.allclose(
        np.concatenate([model.predict(x[200:300], go_on=True), model.predict(x[300:], go_on=True)]), rest, atol=1e-12
    )


def test_following_tests_before_it_learns():
    x = np.sin(np.arange(600) / 6)
    model = nl.LSMSequenceRegressor(washout=50, forget=0.999).fit(x[:300])
    still = model.predict(x[300:], go_on=False)
    model.reset_state()
    said = model.follow(x[300:], np.append(x[301:], np.nan), go_on=False)
    assert np.allclose(said[:51], still[:51], atol=1e-6) and not np.allclose(said[100:], still[100:])


def test_force_learns_on_its_own_output():
    x = np.sin(np.arange(900) / 6)
    model = nl.LSMSequenceRegressor(washout=50).fit(x[:500])
    said = model.force(x)
    assert np.abs(said[500:-1] - x[501:]).mean() < 0.05


def test_a_label_in_every_step():
    x = np.sin(np.arange(600) / 9)
    label = np.where(np.gradient(x) > 0, "up", "down")
    model = nl.LSMSequenceClassifier(washout=30).fit(x, label)
    assert model.score(x, label) > 0.97 and set(model.predict(x)) == {"up", "down"}
    several = model.predict([x[:100, None], x[:50, None]])
    assert [len(one) for one in several] == [100, 50]


def test_series_of_equal_length_come_back_side_by_side():
    x = np.random.default_rng(1).uniform(-1, 1, (3, 120, 2))
    model = nl.LSMSequenceRegressor(washout=10, features=StepFeatures(traces=(8.0,))).fit(x, x[:, :, :1])
    assert model.predict(x).shape == (3, 120, 1) and model.transform(x).shape[:2] == (3, 120)
    alone = model.predict(x[1])
    assert np.array_equal(alone, model.predict(x)[1])  # every series begins afresh


@pytest.mark.parametrize("lengths", [(150, 90, 120), (120, 120, 120)])
def test_a_list_of_rows_of_numbers_is_several_series(lengths):
    """Each [T_i] is a series of its own, and each has its answer: none is lost."""
    x = [np.sin(np.arange(n) / (5 + k)) for k, n in enumerate(lengths)]
    for model in (nl.LSMSequenceRegressor(washout=20).fit(x), nl.LSMSequenceRegressor(washout=20).fit(x, x)):
        said = model.predict(x)
        assert [one.shape for one in said] == [(n,) for n in lengths]
        assert all(np.array_equal(one, model.predict(alone)) for one, alone in zip(said, x, strict=True))
    assert [len(s) for s in model.transform(x)] == list(lengths)
    names = [one > 0 for one in x]
    found = nl.LSMSequenceClassifier(washout=20).fit(x, names)
    assert [one.shape for one in found.predict(x)] == [(n,) for n in lengths]


def test_weights_of_samples_are_not_taken_and_forgotten():
    x = np.sin(np.arange(200) / 5)
    for model in (nl.LSMSequenceRegressor(washout=20).fit(x, x), nl.LSMSequenceClassifier(washout=20).fit(x, x > 0)):
        with pytest.raises(TypeError, match="sample_weight"):
            model.score(x, x > 0, sample_weight=np.ones(200))


def test_spikes_are_series_too():
    rng = np.random.default_rng(2)
    spikes = nl.Spikes.from_dense(rng.random((1, 4 * 200, 6)) < 0.2)
    y = spikes.dense()[0].reshape(200, 4, 6)[:, :, 0].sum(1)
    model = nl.LSMSequenceRegressor(liquid(6), hold=4, washout=10).fit(spikes, y)
    assert model.score(spikes, y) > 0.99


def test_a_plastic_network_learns_before_the_readout():
    x = np.sin(np.arange(300) / 5)
    rule = nl.STDP()
    model = nl.LSMSequenceRegressor(liquid(16, plasticity=rule), washout=20).fit(x)
    assert model.program_.learns and model.states_.start.clock == 8 * 300
    assert np.array_equal(model.predict(x), model.predict(x))


def test_auto_takes_the_encoder_that_errs_least_later():
    """Of the same errors, found one encoder at a time by an estimator that is given it."""
    rng = np.random.default_rng(11)
    x = np.cumsum(rng.standard_normal(200)) / 5
    y = np.append(0.0, np.diff(x))
    how = {"washout": 20, "ridge": 1e-2, "features": StepFeatures(traces=(8.0,))}
    model = nl.LSMSequenceRegressor(encoder="auto", **how).fit(x, y)
    early, errors = x[:160, None], []
    for encoder in candidates(early):
        one = nl.LSMSequenceRegressor(encoder=encoder, **how).fit(x, y)
        rows = ChosenRidge(501, 1, int(180 * 0.8), (1e-2,), one.states_.features.alike(500, 8))
        rows.add(one.transform(x)[20:], y[20:, None])
        errors += rows.errors()
    assert model.encoder_ == candidates(x[:, None])[int(np.argmin(errors))]
    assert len(set(errors)) == len(errors) == 6 and min(errors) < 0.9 * max(errors)


def test_auto_keeps_to_the_channels_of_the_network():
    how = {"washout": 20, "encoder": "auto", "features": StepFeatures(traces=(8.0,))}
    narrow = nl.LSMSequenceRegressor(liquid(2), **how).fit(X)
    assert narrow.encoder_.channels(1) == 2  # a signed rate or a delta code
    label = np.where(np.gradient(X) > 0, "up", "down")
    assert nl.LSMSequenceClassifier(liquid(16), **how).fit(X, label).encoder_.channels(1) == 16


def test_sound_is_a_series():
    """Bands of a tone that is loud and soft in turn, one row every 5 ms; after each the readout says how loud."""
    t = np.arange(8000) / 8000
    loud = np.where(np.sin(2 * np.pi * 4 * t) > 0, 1.0, 0.1)
    bank = nl.FilterBank(channels=6, steps=None, trim_db=None)
    x = bank.values([loud * np.sin(2 * np.pi * 440 * t)])[0]
    y = loud[np.linspace(0, 7999, len(x)).astype(int)]
    model = nl.LSMSequenceRegressor(washout=10, ridge=1e-2, features=StepFeatures(traces=(8.0,))).fit(x[:150], y[:150])
    assert len(x) > 190 and model.predict(x, go_on=False)[150:] @ y[150:] > 0 and model.score(x, y) > 0.8


def test_events_of_a_camera_are_a_series():
    """A dot moves to and fro before a camera of 8 x 8; after every 10 ms the readout says where it is."""
    t = np.arange(0, 1_000_000, 500)
    where = np.rint(3.5 + 3.5 * np.sin(2 * np.pi * t / 250_000)).astype(int)
    events = np.zeros(t.size, nl.encode.camera.EVENT)
    events["x"], events["y"], events["t"], events["p"] = where, 3, t, True
    spikes = nl.CameraEncoder(shape=(8, 8), steps=1000, bin=1000).encode([events])
    y = where[19::20]  # at the end of every 10 steps
    model = nl.LSMSequenceRegressor(hold=10, washout=5).fit(spikes, y)
    assert len(y) == 100 and model.score(spikes, y) > 0.9


def test_scikit_learn_can_copy_it():
    model = nl.LSMSequenceRegressor(liquid(16), washout=7, ridge=0.1)
    assert clone(model).get_params() == model.get_params()


X = np.sin(np.arange(200) / 5)


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: nl.LSMSequenceRegressor(washout=200).fit(X), "washout.*200 values.*Lower it"),
        (lambda: nl.LSMSequenceRegressor().fit(np.where(np.arange(200) == 5, np.nan, X)), "X.*NaN.*finite"),
        (lambda: nl.LSMSequenceRegressor().fit(X, X[1:]), r"len\(y\).*199.*200 values"),
        (lambda: nl.LSMSequenceRegressor().fit(X, np.full(200, np.nan)), "every target is missing"),
        (lambda: nl.LSMSequenceRegressor().fit(X, np.full(200, np.inf)), "y.*infinity"),
        (lambda: nl.LSMSequenceRegressor().fit(np.zeros((0, 3))), "holds no value"),
        (lambda: nl.LSMSequenceRegressor().fit(np.zeros((2, 3, 4, 5))), "must be a series"),
        (lambda: nl.LSMSequenceRegressor(hold=1).fit(X), "hold.*at least 2.*acts one step later"),
        (lambda: nl.LSMSequenceRegressor(washout=-1).fit(X), "washout.*at least 0"),
        (lambda: nl.LSMSequenceRegressor(ridge=0).fit(X), "ridge.*above 0"),
        (lambda: nl.LSMSequenceRegressor(encoder=nl.LatencyEncoder()).fit(X), "encoder.*value by value"),
        (lambda: nl.LSMSequenceRegressor(features=nl.Counts()).fit(X), "features.*StepFeatures"),
        (lambda: nl.LSMSequenceRegressor(encoder="best").fit(X), "encoder.*best.*'auto'"),
        (lambda: nl.LSMSequenceRegressor(liquid(3), encoder="auto").fit(X), "lsm.inputs.*3.*have 2, 8, 16, 32"),
        (lambda: nl.LSMSequenceRegressor(liquid(3)).fit(X), "lsm.inputs.*16 channels"),
        (lambda: nl.LSMSequenceRegressor(forget=0).fit(X).follow(X), "forget.*above 0"),
        (lambda: nl.LSMSequenceRegressor().fit(X).predict(X.reshape(100, 2)), "fit saw 1 values per step"),
        (lambda: nl.LSMSequenceRegressor().fit(X, X**2).forecast(3), "not the next value of X"),
        (lambda: nl.LSMSequenceRegressor().fit(X).forecast(0), "n.*at least 1"),
        (lambda: nl.LSMSequenceRegressor().fit(X).reset_state().forecast(3), "no series to go on from"),
        (lambda: nl.LSMSequenceRegressor().fit(X).partial_fit(X, np.stack([X, X], 1)), "fit learned 1 targets"),
        (lambda: nl.LSMSequenceRegressor().fit([X[:, None], np.ones((5, 2))]), "another number of values"),
        (lambda: nl.LSMSequenceClassifier().fit(X, np.zeros(200)), "at least two classes"),
        (lambda: nl.StepFeatures(traces=(), inputs=False), "leaves nothing"),
        (lambda: nl.StepFeatures(traces=(0.0,)), "traces.*above 0"),
        (lambda: nl.StepFeatures(counts=(1.5,)), "counts"),
        (lambda: nl.StepFeatures(counts=(5000,)), "counts.*4096"),
        (lambda: nl.StepFeatures(voltage=1), "voltage.*True or False"),
    ],
)
def test_wrong_input_is_named(call, words):
    with pytest.raises(nl.InvalidValue, match="(?s)" + words):
        call()


class Table:
    """What pandas gives, as far as it is looked at."""

    def __init__(self, values, times):
        self.values, self.index, self.shape = values, type("Index", (), {"values": times}), values.shape

    def to_numpy(self):
        return self.values


def test_a_gap_in_time_is_named():
    times = np.arange("2026-01-01", "2026-01-10", dtype="datetime64[h]")[:200]
    whole = nl.LSMSequenceRegressor(washout=20).fit(Table(X[:, None], times))
    assert np.array_equal(whole.predict(X[:, None]), whole.predict(Table(X[:, None], times)))
    with pytest.raises(nl.InvalidValue, match=r"2026-01-03T03.*after row 50 there is a gap"):
        nl.LSMSequenceRegressor().fit(Table(X[:199, None], np.delete(times, 50)))


def test_a_failed_call_changes_nothing():
    model = nl.LSMSequenceRegressor(washout=20).fit(X)
    before = model.predict(X)
    for bad in (lambda: model.fit(X[:10]), lambda: model.partial_fit(X, X[1:]), lambda: model.force(X.reshape(100, 2))):
        with pytest.raises(nl.InvalidValue):
            bad()
    assert np.array_equal(model.predict(X), before)
    with pytest.raises(Exception, match="not fitted"):
        nl.LSMSequenceRegressor().forecast(3)
