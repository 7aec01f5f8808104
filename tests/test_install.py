"""``neurolsm install``: it says what it does, does it with this environment's pip, and says why it cannot."""

import importlib.util
import json
import subprocess
import sys
from types import SimpleNamespace

import pytest

from neurolsm.cli import install

LAVA = "--no-deps --ignore-requires-python lava-nc==0.10.0"


@pytest.fixture
def ran(monkeypatch):
    """The commands that were run, and what pip answers."""
    held = SimpleNamespace(commands=[], code=0)

    def run(command, **_):
        held.commands.append(command[1:])
        return SimpleNamespace(returncode=held.code)

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(install, "installed", lambda name: {"neurolsm": "0.2.0"}.get(name))
    monkeypatch.setattr(install, "distribution", lambda name: SimpleNamespace(read_text=lambda file: None))
    return held


def source(monkeypatch, told):
    monkeypatch.setattr(install, "distribution", lambda name: SimpleNamespace(read_text=lambda file: told))


def test_lava(ran, call):
    code, out, err = call("install", "lava")
    pip = ["-m", "pip", "install"]
    assert (code, err) == (0, "")
    assert ran.commands == [
        [*pip, "neurolsm-lava==0.2.0"],
        [*pip, *LAVA.split()],
        ["-m", "neurolsm.cli", "backends"],
    ]
    assert out.splitlines()[0].startswith("Lava 0.10.0 declares Python 3.10 and NumPy 1.")
    assert out.splitlines()[1:] == [f"{sys.executable} {' '.join(command)}" for command in ran.commands[:2]]


def test_brian2_takes_no_force(ran, call):
    assert call("install", "brian2")[0] == 0
    assert ran.commands[:-1] == [["-m", "pip", "install", "neurolsm-brian2==0.2.0"]]


def test_a_dry_run_runs_nothing(ran, call, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: pytest.fail("looked for pip"))
    code, out, err = call("install", "lava", "--dry-run")
    assert code == 0 and err == "" and ran.commands == [] and LAVA in out


@pytest.mark.parametrize(
    "url, more, asked",
    [
        ("file:///w%20x/neurolsm-0.2.0-py3-none-any.whl", {}, ["--find-links", "/w x", "neurolsm-lava==0.2.0"]),
        ("https://somewhere/neurolsm-0.2.0-py3-none-any.whl", {}, ["neurolsm-lava==0.2.0"]),
        ("file:///no/checkout", {}, ["neurolsm-lava==0.2.0"]),
        ("{checkout}", {}, ["{part}"]),
        ("{checkout}", {"dir_info": {"editable": True}}, ["-e", "{part}"]),
    ],
)
def test_it_comes_from_where_neurolsm_came_from(ran, call, monkeypatch, tmp_path, url, more, asked):
    part = tmp_path / "backends" / "lava"
    part.mkdir(parents=True)
    source(monkeypatch, json.dumps({"url": url.replace("{checkout}", tmp_path.as_uri()), **more}))
    assert call("install", "lava")[0] == 0
    assert ran.commands[0][3:] == [word.replace("{part}", str(part)) for word in asked]


def test_what_is_installed_and_fits_is_left_as_it_is(ran, call, monkeypatch):
    monkeypatch.setattr(install, "installed", lambda name: "0.2.0")
    monkeypatch.setattr(install, "misfit", lambda name: None)
    assert call("install", "lava")[0] == 0 and [command[3:] for command in ran.commands] == [LAVA.split(), []]
    ran.commands.clear()
    assert call("install", "brian2")[0] == 0 and [command[2:] for command in ran.commands] == [["backends"]]


def test_what_is_installed_and_does_not_fit_is_not_looked_for_elsewhere(ran, call, monkeypatch, tmp_path):
    (tmp_path / "backends" / "lava").mkdir(parents=True)
    source(monkeypatch, json.dumps({"url": tmp_path.as_uri()}))
    monkeypatch.setattr(install, "installed", lambda name: "0.2.0")
    monkeypatch.setattr(install, "misfit", lambda name: "numpy")
    call("install", "lava")
    assert ran.commands[0][3:] == ["neurolsm-lava==0.2.0"]


@pytest.mark.parametrize("told", ["", "no json", "[]", "{}", '{"url": 3}'])
def test_a_source_that_says_nothing(ran, call, monkeypatch, told):
    source(monkeypatch, told)
    assert call("install", "lava")[0] == 0 and ran.commands[0][3:] == ["neurolsm-lava==0.2.0"]


def test_refusals(ran, call, monkeypatch):
    code, out, err = call("install", "nest")
    assert (
        code == 2
        and err == "neurolsm: neurolsm install: backend 'nest' is none of this project's. They are: brian2, c, lava\n"
    )
    ran.code = 7
    code, out, err = call("install", "lava")
    assert code == 2 and "pip ended with exit code 7" in err and "PIP_FIND_LINKS" in err
    assert len(ran.commands) == 1  # nothing after what failed
    with monkeypatch.context() as patch:
        patch.setattr(importlib.util, "find_spec", lambda name: None)
        code, out, err = call("install", "lava")
    assert code == 2 and "has no pip. Type:" in err and "ensurepip" in err and err.count("\n") == 1
    monkeypatch.setattr(install, "installed", lambda name: None)
    code, out, err = call("install", "lava")
    assert code == 2 and "neurolsm itself is not installed" in err and out == ""
