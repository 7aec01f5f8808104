"""The search sees validation data alone, repeats itself from its seed, and goes on where it stopped."""

from dataclasses import replace

import numpy as np
import optuna
import pytest
from typer.testing import CliRunner

import neurolsm as nl
from neurolsm.cli.app import app
from neurolsm.emulator.threads import cores
from neurolsm.errors import FileRefused, InvalidValue
from neurolsm.measure.search.tune import tune_model, validation
from neurolsm.tasks import model as registry
from neurolsm.tasks.model import Data, Model, OneOf, Range, Space

RNG = np.random.default_rng(0)
Y = np.arange(90) % 3
X = np.clip(0.5 + 0.3 * (np.arange(6) % 3 == Y[:, None]) + 0.15 * RNG.normal(size=(90, 6)), 0, 1)
TEST = np.arange(90) >= 60


def build(*, weight=0.5, readout="ridge", tau=20e-3):
    def lsm(seed):
        liquid = nl.Liquid(
            topology=nl.RandomGraph(n=20), neuron=nl.LIF(tau_mem=tau), input=nl.RandomMap(density=0.5, weight=weight)
        )
        return nl.LSM(inputs=6, liquid=liquid, seed=seed)

    return replace(TOY, lsm=lsm, readout=nl.readout.StreamingRidgeClassifier if readout == "ridge" else None)


TOY = Model(
    name="toy",
    summary="",
    load=lambda: Data(X, Y, TEST),
    lsm=lambda seed: build().lsm(seed),
    encoder=nl.RateEncoder(steps=20),
    features=nl.Counts(windows=2),
    readout=nl.readout.StreamingRidgeClassifier,
    splits=1,
    space=Space(entries={"weight": Range(0.05, 3.0, log=True), "tau": OneOf((10e-3, 30e-3))}, build=build),
)


def plain(found):
    return [(t["value"], t["params"]) for t in found.trials]


def test_the_same_seed_gives_the_same_trials():
    a, b, c = (tune_model(TOY, trials=4, seed=s) for s in (1, 1, 2))
    assert plain(a) == plain(b) != plain(c)
    assert a.value == max(t["value"] for t in a.trials) and set(a.best) == {"weight", "tau"}
    assert a.train == 48 and a.validation == 12


def test_trials_under_way_together_do_not_depend_on_the_workers(tmp_path):
    whole = tune_model(TOY, trials=14, seed=3, together=4)
    assert plain(whole) != plain(tune_model(TOY, trials=14, seed=3))  # they know less of one another
    if cores() > 1:
        for trials in (13, 14):  # also where it is taken up again
            pieces = tune_model(TOY, trials=trials, seed=3, together=4, workers=2, storage=tmp_path / "trials.journal")
        assert plain(pieces) == plain(whole)


def test_a_search_taken_up_again_is_one_that_ran_through(tmp_path):
    whole = tune_model(TOY, trials=14, seed=3)  # beyond the ten random ones with which the sampler starts
    for trials in (5, 11, 14):
        pieces = tune_model(TOY, trials=trials, seed=3, storage=tmp_path / "trials.journal")
        assert len(pieces.trials) == trials
    assert plain(pieces) == plain(whole)
    assert len(tune_model(TOY, trials=2, seed=3, storage=tmp_path / "trials.journal").trials) == 14


def test_the_test_part_is_never_looked_at():
    spoiled = replace(TOY, load=lambda: Data(np.where(TEST[:, None], np.nan, X), np.where(TEST, 7, Y), TEST))
    assert plain(tune_model(spoiled, trials=3)) == plain(tune_model(TOY, trials=3))
    data, inner = validation(TOY, None, 0, 0)
    assert len(data) == 60 and not any(set(a) & set(b) for a, b in inner)


def test_groups_are_left_out_inside_too():
    grouped = replace(TOY, load=lambda: Data(X, Y, TEST, np.repeat([0, 1, 2], 30)), splits=3)
    data, inner = validation(grouped, None, 0, 2)
    assert set(data.groups) == {0, 1} and [set(data.groups[v]) for _, v in inner] == [{0}, {1}]


def test_a_setting_that_is_refused_is_a_trial_without_a_value():
    hopeless = replace(TOY, space=Space(entries={"weight": Range(-2.0, -1.0)}, build=build))
    found = tune_model(hopeless, trials=2)
    assert found.value is None and found.best == {} and "must be" in found.trials[0]["refused"]


def test_refuses(tmp_path):
    with pytest.raises(InvalidValue, match="declares no space"):
        tune_model(replace(TOY, space=None))
    with pytest.raises(InvalidValue, match="trials"):
        tune_model(TOY, trials=0)
    with pytest.raises(InvalidValue, match="split"):
        tune_model(TOY, split=1)
    for workers in [2, "tcp://127.0.0.1:1"] if cores() > 1 else ["tcp://127.0.0.1:1"]:
        with pytest.raises(InvalidValue, match=r"together = 1: keeps 1 of the workers .*Give together=4"):
            tune_model(TOY, workers=workers)
    with pytest.raises(InvalidValue, match="folder that exists"):
        tune_model(TOY, storage=tmp_path / "none" / "a")
    tune_model(TOY, trials=1, storage=tmp_path / "a")
    with pytest.raises(InvalidValue, match="holds another search"):
        tune_model(TOY, trials=2, seed=5, storage=tmp_path / "a")
    (tmp_path / "b").write_bytes(b"\x00\x01 not a journal\n")
    with pytest.raises((FileRefused, InvalidValue)):
        tune_model(TOY, trials=1, storage=tmp_path / "b")
    with pytest.raises(InvalidValue, match="interval"):
        Range(1.0, 1.0)


def test_the_command(monkeypatch, tmp_path):
    import json

    monkeypatch.setattr(registry, "get", lambda name: TOY)
    found = CliRunner().invoke(app, ["tune", "toy", "--trials", "2", "--json", str(tmp_path / "a.json")])
    assert found.exit_code == 0, found.output
    assert "the test part was not touched" in found.output
    assert len(json.loads((tmp_path / "a.json").read_text())["trials"]) == 2


def test_what_optuna_was_told_to_say_stays():
    chosen = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.DEBUG)
    try:
        tune_model(TOY, trials=1)
        assert optuna.logging.get_verbosity() == optuna.logging.DEBUG
    finally:
        optuna.logging.set_verbosity(chosen)
