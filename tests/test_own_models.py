"""Models from a file or a module, plugins that fail, and settings of a declared space."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from test_cli import TINY
from test_task import TASK
from test_tune import TOY

from neurolsm.errors import InvalidValue, NotAvailable
from neurolsm.tasks import model as models
from neurolsm.tasks.model import OneOf, Range, Space
from neurolsm.tasks.own import file_of, is_own
from neurolsm.tasks.settings import as_options, with_settings

OWN = """
import numpy as np
from sklearn.linear_model import RidgeClassifier

import neurolsm as nl
from beside import HALF
from neurolsm.tasks.model import Data, Model, Range, Space


def load():
    rng = np.random.default_rng(0)
    y = np.arange(60) % 3
    return Data(np.eye(6)[y] * 0.6 + 0.4 * rng.random((60, 6)), y)


def build(*, weight=0.8):
    def lsm(seed):
        liquid = nl.Liquid(topology=nl.RandomGraph(n=30, density=0.2), input=nl.RandomMap(density=HALF, weight=weight))
        return nl.LSM(inputs=6, liquid=liquid, seed=seed)

    return Model(
        name="own", summary="", load=load, lsm=lsm, encoder=nl.RateEncoder(steps=12), features=nl.Counts(windows=2),
        readout=RidgeClassifier, splits=3, space=Space(entries={"weight": Range(0.1, 2.0)}, build=build),
    )


MODEL = build()
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A folder with a model of one's own and what it imports from beside it; it is the current folder."""
    (tmp_path / "my_model.py").write_text(OWN)
    (tmp_path / "beside.py").write_text("HALF = 0.5\n")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "__init__.py").write_text("")
    (tmp_path / "mine" / "inside.py").write_text(OWN)
    monkeypatch.chdir(tmp_path)
    before, path = set(sys.modules), list(sys.path)
    yield tmp_path
    sys.path[:] = path
    for name in set(sys.modules) - before:
        if name.startswith(("my_model", "beside", "mine")):
            del sys.modules[name]


RUNS = [("run", []), ("compare", ["--backends", "emulator,reference", "--samples", "3"]), ("inspect", ["--samples", "20"]),
        ("report", ["--samples", "3"]), ("tune", ["--trials", "1"]), ("learn", ["--scenario", "sample", "--seeds", "1"])]  # fmt: skip


@pytest.mark.parametrize(("command", "options"), RUNS)
@pytest.mark.parametrize("name", ["my_model.py:MODEL", "mine.inside:MODEL"])
def test_every_command_takes_a_model_of_ones_own(own, call, command, options, name):
    code, _, err = call(command, name, *options, "--json", "r.json")
    found = json.loads((own / "r.json").read_text())
    assert code == 0, err
    assert found["options"]["model"] == name and found["model" if command != "compare" else "command"]


def test_the_same_model_gives_the_same_result_on_workers(own, call):
    values = []
    for words in ([], ["--workers", "2"]):
        code, _, err = call("run", "my_model.py:MODEL", *words, "--json", "r.json")
        assert code == 0, err
        values.append(json.loads((own / "r.json").read_text())["values"])
    assert values[0] == values[1] and len(values[0]) == 3


def test_what_is_wrong_with_a_file_is_one_sentence_with_its_place(own, call):
    (own / "broken.py").write_text("x = 1\nraise ValueError('no\\nluck')\n")
    (own / "typo.py").write_text("x = = 1\n")
    (own / "ends.py").write_text("import sys\nsys.exit(3)\n")
    (own / "refused.py").write_text("import neurolsm as nl\n\nM = nl.LIF(tau_mem=-1)\n")
    (own / "helped.py").write_text("import broken\n")
    (own / "poor.py").write_text("import not_there_at_all\n")
    (own / "bare.py").write_text("N = 1\n")
    for name, *parts in (
        ("nowhere.py:MODEL", "there is no file nowhere.py"),
        ("my_model.py:LARGE", "my_model.py has no 'LARGE'. It has: MODEL"),
        ("my_model.py:HALF", "is a float, not a Model or Task", "has: MODEL"),
        ("bare.py:M", "bare.py has no 'M'. It has: no model and no task"),
        ("my_model.py", "names no object", "my_model.py:MODEL"),
        ("my_model.py:", "names no object"),
        ("broken.py:MODEL", "ValueError: no luck", "broken.py, line 2"),
        ("typo.py:MODEL", "SyntaxError", "typo.py, line 1"),
        ("ends.py:MODEL", "SystemExit", "ends.py, line 2"),
        ("refused.py:M", "LIF.tau_mem = -1", "refused.py, line 3"),
        ("helped.py:M", "broken.py, line 2"),
        ("poor.py:M", "not_there_at_all", "poor.py, line 1"),
        ("no.such.module:M", "there is no module 'no'"),
        ("mine.missing:M", "there is no module 'mine.missing'"),
        ("mine.inside:NONE", "mine.inside has no 'NONE'. It has: MODEL"),
    ):
        for command in ("run", "report"):
            code, out, err = call(command, name)
            assert (code, out, err.count("\n")) == (2, "", 1) and all(part in err for part in parts), (name, err)
    assert not [name for name in sys.modules if name.startswith(("broken_", "typo_", "ends_"))]


def test_the_model_of_the_documentation_runs(tmp_path, monkeypatch, call):
    text = (Path(__file__).parents[1] / "docs" / "howto" / "own_models.md").read_text()
    (tmp_path / "my_model.py").write_text(text.partition("```python\n")[2].partition("```")[0])
    monkeypatch.chdir(tmp_path)
    code, _, err = call("run", "my_model.py:MODEL", "--set", "weight=1.2", "--json", "r.json")
    found = json.loads((tmp_path / "r.json").read_text())
    assert code == 0 and found["model"] == "mine" and found["value"] > 0.5, err


def test_names_of_ones_own_are_told_from_files_of_programs():
    assert is_own("a.py:M") and is_own("x/a.py:M") and is_own("a.py") and is_own("a.b:M") and is_own("a:M")
    assert not any(map(is_own, ("digits", "a.lsm", "x/y", "x/y:z.lsm", "./a", "mnist-8000")))
    assert str(file_of("x/a.py:M")) == "x/a.py" and file_of("a.b:M") is None and file_of("digits") is None


def test_a_result_does_not_take_the_place_of_the_model(own, call):
    for command in ("run", "report", "inspect", "compare"):
        code, _, err = call(command, "my_model.py:MODEL", "--json", "my_model.py")
        assert code == 2 and "is the file of MODEL too" in err and (own / "my_model.py").read_text() == OWN


# ---------------------------------------------------------------------- plugins


def test_models_answers_whatever_a_plugin_does(call, monkeypatch):
    def fails(error):
        def load():
            raise error

        return load

    plugins = {
        "good": lambda: TINY, "late": fails(ImportError("no such thing")), "wrong": fails(ValueError("two\nlines")),
        "ends": fails(SystemExit(1)), "other": lambda: 3,
    }  # fmt: skip
    points = {name: SimpleNamespace(name=name, load=load) for name, load in plugins.items()}
    monkeypatch.setattr(models, "_points", lambda: points)
    code, out, _ = call("models")
    rows = {line.split()[0]: line for line in out.splitlines()}
    assert code == 0 and rows.keys() == {"model", *plugins} and "Three classes." in rows["good"]
    assert (
        "no such thing" in rows["late"]
        and "ValueError: two lines" in rows["wrong"]
        and "test_own_models.py, line" in rows["wrong"]
    )
    assert "SystemExit" in rows["ends"] and "names a int" in rows["other"]
    for name in ("late", "wrong", "ends", "other"):
        with pytest.raises(NotAvailable, match=name):
            models.get(name)


# ---------------------------------------------------------------------- settings


def setting(**given):
    return SimpleNamespace(name="set", given=given)


SPACE = Space(
    entries={"gain": Range(0.5, 4.0), "steps": Range(2, 9, whole=True), "kind": OneOf(("a", "b")), "n": OneOf((1, 2.5)),
             "on": OneOf((True, False))},
    build=lambda *, gain=1.0, steps=3, kind, n=1, on=True: setting(gain=gain, steps=steps, kind=kind, n=n, on=on),
)  # fmt: skip
MODEL = replace(TINY, space=SPACE)


def test_settings_have_the_type_that_the_space_says():
    found = with_settings(MODEL, ["gain=2", "steps=4", "kind=b", "n=2.50", "on=False"]).given
    assert found == {"gain": 2.0, "steps": 4, "kind": "b", "n": 2.5, "on": False}
    assert [type(value) for value in found.values()] == [float, int, str, float, bool]
    assert with_settings(MODEL, ["kind=a"]).given == {"gain": 1.0, "steps": 3, "kind": "a", "n": 1, "on": True}
    assert with_settings(MODEL, []) is MODEL
    exact = {"gain": 0.1 + 0.2 + 0.3, "steps": 9, "kind": "a", "n": 1, "on": True}
    assert with_settings(MODEL, as_options(exact)[1::2]).given == exact


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("leak=1", "tiny has no setting 'leak'. It has: gain, steps, kind, n, on"),
        ("gain=5", "--set gain=5: must be a number, 0.5 to 4"),
        ("gain=nan", "must be a number, 0.5 to 4"),
        ("gain=inf", "must be a number, 0.5 to 4"),
        ("gain=much", "must be a number, 0.5 to 4"),
        ("gain=", "must be a number, 0.5 to 4"),
        ("steps=2.5", "must be a whole number, 2 to 9"),
        ("steps=10", "must be a whole number, 2 to 9"),
        ("kind=c", "must be one of a, b"),
        ("n=3", "must be one of 1, 2.5"),
        ("n=True", "must be one of 1, 2.5"),
        ("on=1", "must be one of True, False"),
        ("gain", "must be NAME=VALUE"),
        ("=2", "must be NAME=VALUE"),
        ("gain=2", "has no default for kind"),
    ],
)
def test_settings_that_are_refused(given, said):
    with pytest.raises(InvalidValue, match="--set") as why:
        with_settings(MODEL, [given])
    assert said in str(why.value) and "\n" not in str(why.value)


def test_settings_where_there_are_none_and_twice():
    for model in (TINY, TASK):
        with pytest.raises(InvalidValue, match="tiny declares no space"):
            with_settings(model, ["gain=2"])
    with pytest.raises(InvalidValue, match="gain is set twice"):
        with_settings(MODEL, ["gain=2", "gain=3"])


def test_tune_names_the_command_that_runs_its_best(call, monkeypatch, tmp_path):
    monkeypatch.setattr(models, "_points", lambda: {"toy": SimpleNamespace(name="toy", load=lambda: TOY)})
    code, out, _ = call("tune", "toy", "--trials", 3, "--seed", 2, "--samples", 80, "--json", tmp_path / "t.json")
    found = json.loads((tmp_path / "t.json").read_text())
    command = found["best_command"]
    assert code == 0 and f"the best of them: {command}" in out
    best = found["best"]
    assert command == (
        f"neurolsm run toy --set weight={best['weight']!r} --set tau={best['tau']} --seed 2 --split-seed 2 --samples 80"
    )
    code, *_ = call(*command.split()[1:], "--json", tmp_path / "r.json")
    ran = json.loads((tmp_path / "r.json").read_text())
    assert code == 0 and ran["program"] == found["program"] and ran["options"]["set"] == command.split()[4:7:2]
    code, *_ = call("run", "toy", "--seed", 2, "--samples", 80, "--json", tmp_path / "r.json")
    assert json.loads((tmp_path / "r.json").read_text())["program"] != found["program"]


def test_a_program_that_was_saved_has_no_settings(call, tmp_path):
    import neurolsm as nl

    nl.lower(TINY.lsm(1)).program.save(tmp_path / "a.lsm")
    code, _, err = call("report", tmp_path / "a.lsm", "--set", "gain=2")
    assert code == 2 and "saved program" in err
