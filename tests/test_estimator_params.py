"""Fields of descriptions as parameters of an estimator: get_params, set_params, GridSearchCV, clone and pipelines reach them."""

from dataclasses import dataclass

import numpy as np
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import neurolsm as nl
from neurolsm.estimators.params import below

RING = nl.Liquid(topology=nl.RandomGraph(n=20, density=0.1), input=nl.RandomMap(density=0.5, weight=0.4))
LSM = nl.LSM(inputs=3, liquid=RING, seed=2)


def model(**parameters):
    return nl.LSMClassifier(**{"lsm": LSM, "encoder": nl.RateEncoder(rate=0.5, steps=10), **parameters})


def data():
    y = np.arange(30) % 3
    return np.clip(np.eye(3)[y] + np.random.default_rng(0).normal(0, 0.1, (30, 3)), 0, 1), y


def test_every_field_is_a_parameter():
    found = model(features=(nl.Counts(), nl.LowPass(tau=5.0)), readout=LogisticRegression(C=3.0)).get_params()
    assert found["lsm__liquid__input__weight"] == 0.4 and found["lsm__liquid__input"] is RING.input
    assert found["lsm__liquid__weights__ee__mean"] == 0.1 and found["lsm__seed"] == 2
    assert found["encoder__rate"] == 0.5 and found["features__1__tau"] == 5.0 and found["features__0__windows"] == 4
    assert found["readout__C"] == 3.0  # as scikit-learn has it
    assert found["lsm__liquid__topology__n"] == 20 and found["lsm__liquid__plasticity"] is None
    shallow = model().get_params(deep=False)
    assert not [name for name in shallow if "__" in name] and shallow["lsm"] is LSM
    assert not [name for name in nl.LSMRegressor().get_params() if "__" in name]


def test_what_is_set_is_a_new_description_and_the_old_one_stays():
    chosen = model(features=(nl.Counts(), nl.LowPass()))
    same = chosen.set_params(
        lsm__liquid__input__weight=nl.Gamma(0.5), lsm__liquid__weights__ie=0.9, lsm__seed=7, encoder__rate=0.7, features__1__tau=3
    )  # fmt: skip
    assert same is chosen and LSM.seed == 2 and RING.input.weight == 0.4
    assert chosen.lsm.liquid.input == nl.RandomMap(density=0.5, weight=nl.Gamma(0.5))
    assert (
        chosen.lsm.seed == 7 and chosen.lsm.liquid.weights.ie == 0.9 and chosen.lsm.liquid.weights.ee == nl.Gamma(0.1)
    )
    assert chosen.encoder == nl.RateEncoder(rate=0.7, steps=10) and chosen.features == (
        nl.Counts(),
        nl.LowPass(tau=3.0),
    )


@pytest.mark.parametrize("kind", [nl.LSMClassifier, nl.LSMRegressor])
def test_every_parameter_can_be_set_to_what_it_is(kind):
    deep = nl.Series(
        (nl.gain_control(3), nl.Parallel((RING, nl.Liquid(topology=nl.Explicit(np.eye(4)), plasticity=nl.STDP()))))
    )
    encoder = nl.Together((nl.RateEncoder(), nl.PoissonEncoder()))
    chosen = kind(nl.LSM(inputs=3, liquid=deep), encoder, (nl.Counts(), nl.LastState()))
    for name, value in chosen.get_params().items():
        assert chosen.set_params(**{name: value}).lsm.liquid == deep, name
    assert chosen.encoder == encoder and chosen.features == (nl.Counts(), nl.LastState())


def test_members_are_counted():
    chosen = model(lsm=nl.LSM(inputs=3, liquid=nl.Parallel((RING, nl.Series((RING, RING))))))
    chosen.set_params(lsm__liquid__liquids__1__liquids__0__input__density=0.25)
    first, second = chosen.lsm.liquid.liquids
    assert first == RING and second.liquids[1] == RING and second.liquids[0].input.density == 0.25
    chosen.set_params(lsm__liquid__liquids__0=second)
    assert chosen.lsm.liquid.liquids == (second, second)
    chosen.set_params(encoder=nl.Together((nl.RateEncoder(), nl.RateEncoder())), encoder__encoders__1__rate=0.9)
    assert chosen.encoder.encoders == (nl.RateEncoder(), nl.RateEncoder(rate=0.9))


def test_a_whole_and_its_parts_in_any_order():
    """The whole comes first, whatever the order, as in scikit-learn."""
    for order in (1, -1):
        given = [
            ("lsm__liquid__input__weight", 0.1),
            ("lsm__liquid__input", nl.OneToOne()),
            ("lsm", nl.LSM(inputs=2, liquid=RING)),
        ]
        chosen = model().set_params(**dict(given[::order]))
        assert chosen.lsm == nl.LSM(inputs=2, liquid=nl.Liquid(topology=RING.topology, input=nl.OneToOne(weight=0.1)))


def test_what_is_set_together_is_checked_together():
    chosen = model(encoder=nl.RateEncoder(low=0.0, high=1.0))
    chosen.set_params(encoder__low=5.0, encoder__high=6.0)  # 5.0 alone would lie above 1.0
    assert (chosen.encoder.low, chosen.encoder.high) == (5.0, 6.0)


def test_an_own_part_is_reached_and_an_own_estimator_left_to_scikit_learn():
    @dataclass(frozen=True)
    class Late:
        scale: float = 1.0

        def __call__(self, run, inputs=None):
            return run.v * self.scale

    class Own(BaseEstimator):
        def __init__(self, scale=1.0):
            self.scale = scale

        def __call__(self, run, inputs=None):
            return run.v * self.scale

    for features in (Late(), Own()):
        chosen = model(features=features).set_params(features__scale=0.5)
        assert chosen.get_params()["features__scale"] == chosen.features.scale == 0.5
        assert chosen.fit(*data()).transform(data()[0]).shape == (30, 20)


def test_grid_search_reaches_into_descriptions():
    x, y = data()
    grid = {"lsm__liquid__input__weight": [1e-3, 0.6], "encoder__rate": [0.2, 0.9]}
    search = GridSearchCV(model(), grid, cv=3, error_score="raise").fit(x, y)
    score = {
        tuple(p.values()): s
        for p, s in zip(search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True)
    }
    assert len(score) == 4
    best = search.best_estimator_
    assert best.lsm_.liquid.input.weight == search.best_params_["lsm__liquid__input__weight"] == 0.6
    assert best.encoder_.rate == search.best_params_["encoder__rate"]
    assert (
        search.best_score_ > 0.9 > max(s for (_, weight), s in score.items() if weight == 1e-3)
    )  # nothing reaches the neurons
    by_hand = model(lsm=best.lsm, encoder=best.encoder).fit(x, y)
    assert (by_hand.transform(x) == best.transform(x)).all()


def test_clones_pipelines_and_fits():
    x, y = data()
    pipeline = make_pipeline(FunctionTransformer(), model())
    pipeline.set_params(
        lsmclassifier__lsm__seed=5, lsmclassifier__features=nl.Counts(), lsmclassifier__features__windows=2
    )
    copied = clone(pipeline).fit(x, y)
    assert copied[-1].lsm.seed == 5 and copied[-1].features == nl.Counts(windows=2)
    fitted = model().fit(x, y)
    before = fitted.transform(x)
    fitted.set_params(lsm__seed=9)
    assert (fitted.transform(x) == before).all() and fitted.lsm_.seed == 2  # until the next fit
    assert not np.array_equal(fitted.fit(x, y).transform(x), before)


WRONG = [
    ("lsm__liquid__input__wieght", r"lsm__liquid__input, of class RandomMap, has density, weight, inhibitory, delay\. Did you mean lsm__liquid__input__weight\?"),
    ("lsm__liquid__size", r"lsm__liquid, of class Liquid, has topology, neuron, .*input.*\. Choose among them"),
    ("lsm__seed__x", "leads nowhere: lsm__seed is 2, in which nothing lies. Set lsm__seed as a whole first, to a description that has x"),
    ("lsm__liquid__plasticity__a_plus", "lsm__liquid__plasticity is None, in which nothing lies"),
    ("lsm__liquid__input__weight__mean", "lsm__liquid__input__weight is 0.4, in which nothing lies"),
    ("features__windows", "features is None, in which nothing lies. Set features as a whole first"),
    ("encoder__", "encoder, of class RateEncoder, has"),
    ("lsm__liquid__", "lsm__liquid, of class Liquid, has"),
    ("lsm____seed", "lsm, of class LSM, has inputs"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "words"), WRONG)
def test_a_wrong_path_says_what_there_is(path, words):
    chosen = model()
    before = chosen.get_params(deep=False)
    with pytest.raises(nl.InvalidValue, match=rf"^LSMClassifier\.{path} = 1: .*" + words):
        chosen.set_params(backend="reference", **{path: 1})
    assert all(value is before[name] for name, value in chosen.get_params(deep=False).items())  # nothing was set


def test_a_wrong_member_says_how_many_there_are():
    with pytest.raises(nl.InvalidValue, match=r"features, a tuple, has 0, 1\. "):
        model(features=(nl.Counts(), nl.Counts())).set_params(features__2__windows=3)


def test_a_wrong_name_of_the_estimator_itself_is_scikit_learns():
    for name in ("windows", "lms__seed"):
        with pytest.raises(ValueError, match="Invalid parameter"):
            model().set_params(**{name: 1})


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (
            "lsm__liquid__input__weight",
            -1,
            r"set_params\(lsm__liquid__input__weight\): RandomMap\.weight = -1: must be",
        ),
        ("lsm__liquid__input", 5, r"set_params\(lsm__liquid__input\): Liquid\.input = 5: must be InputMap"),
        ("lsm__inputs", 2.5, r"set_params\(lsm__inputs\): LSM\.inputs = 2\.5: must be a whole number"),
        ("encoder__rate", 7, r"set_params\(encoder__rate\): RateEncoder\.rate = 7"),
        ("features__windows", 0, r"set_params\(features__windows\): Counts\.windows = 0"),
    ],
)
def test_a_wrong_value_names_its_path(path, value, words):
    chosen = model(features=nl.Counts())
    with pytest.raises(nl.InvalidValue, match=f"^LSMClassifier.{words}"):
        chosen.set_params(**{path: value})
    assert chosen.lsm is LSM and chosen.features == nl.Counts()
    with pytest.raises(nl.InvalidValue, match=words):
        GridSearchCV(chosen, {path: [value]}, cv=2).fit(*data())


def test_estimators_of_series_have_them_too():
    for kind in (nl.LSMSequenceRegressor, nl.LSMSequenceClassifier):
        chosen = kind(lsm=LSM, encoder=nl.RateEncoder()).set_params(lsm__liquid__input__weight=0.7, encoder__rate=0.25)
        assert chosen.lsm.liquid.input.weight == 0.7 and chosen.get_params()["encoder__rate"] == 0.25
        with pytest.raises(nl.InvalidValue, match=rf"^{kind.__name__}\.encoder__rat = 1: .*Did you mean encoder__rate"):
            chosen.set_params(encoder__rat=1)


def test_paths_of_what_has_no_parts():
    for value in (None, 1, "a", (), (1, 2), [nl.Counts()], nl.Counts, nl.Explicit(np.eye(2))):
        assert below(value) == {}
    assert below((nl.Counts(windows=2),)) == {"0": nl.Counts(windows=2), "0__windows": 2}
