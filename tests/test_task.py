"""Tasks: a protocol of their own behind the same commands; options they do not declare are refused by name."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

import neurolsm as nl
from neurolsm.tasks import model as models
from neurolsm.tasks.task import Report, Task, taken


def run(*, seed=1, controls=False, plot=None):
    if plot is not None:
        plot.write_text("drawn")
    rows = (("what", "success"), ("seed", str(seed)), ("controls", str(controls)))
    return Report(title="tiny task", rows=rows, values={"seed": seed, "controls": controls}, notes=("one note",))


def learn(*, scenario, seeds=3):
    return Report(title=scenario, rows=(("seeds", str(seeds)),), values={"scenario": scenario, "seeds": seeds})


def compare(*, samples=2, seed=1):
    lsm = nl.LSM(inputs=3, liquid=nl.Liquid(topology=nl.RandomGraph(n=20, density=0.2)), seed=seed)
    raster = np.random.default_rng(0).random((samples, 10, 3)) < 0.5
    return nl.lower(lsm).program, nl.Spikes.from_dense(raster)


TASK = Task(
    name="tiny", summary="A task.", metric="success", run=run, learn=learn, scenarios=("door", "drift"), compare=compare
)


@pytest.fixture
def call(monkeypatch, call):
    monkeypatch.setattr(models, "_points", lambda: {"tiny": SimpleNamespace(name="tiny", load=lambda: TASK)})
    return call


def test_run_passes_what_is_declared_and_writes_the_report(call, tmp_path):
    file, plot = tmp_path / "r.json", tmp_path / "p.png"
    code, out, _ = call("run", "tiny", "--seed", 4, "--controls", "--plot", plot, "--json", file)
    found = json.loads(file.read_text())
    assert code == 0 and (found["seed"], found["controls"]) == (4, True)
    assert found["options"] == {"model": "tiny", "seed": 4, "controls": True, "plot": str(plot), "html": None}
    assert "tiny task" in out and "one note" in out and plot.read_text() == "drawn"


def test_learn_keeps_the_defaults_of_the_task(call, tmp_path):
    file = tmp_path / "l.json"
    code, *_ = call("learn", "tiny", "--scenario", "drift", "--json", file)
    found = json.loads(file.read_text())
    assert code == 0 and (found["scenario"], found["seeds"], found["options"]["seeds"]) == ("drift", 3, 3)
    code, out, _ = call("learn", "tiny", "--scenario", "drift", "--seeds", 2)
    assert code == 0 and "2" in out


def test_compare_runs_the_program_of_the_task(call, tmp_path):
    file = tmp_path / "c.json"
    code, out, _ = call("compare", "tiny", "--backends", "emulator,reference", "--samples", 3, "--json", file)
    assert code == 0 and "not a bit differs" in out and json.loads(file.read_text())["samples"] == 3


def test_a_task_is_listed(call):
    code, out, _ = call("models")
    assert code == 0 and "tiny" in out and "success" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "tiny", "--splits", 3), "--splits 3: means nothing to tiny"),
        (("run", "tiny", "--split-seed", 3), "--split-seed 3: means nothing"),
        (("run", "tiny", "--backend", "brian2"), "--backend brian2: means nothing"),
        (("run", "tiny", "--video", "v.gif"), "--video v.gif: means nothing"),
        (("run", "tiny", "--plot", "nowhere/p.png"), "nowhere does not exist"),
        (("run", "tiny", "--plot", "p.txt"), "names no format of pictures"),
        (
            ("learn", "tiny", "--scenario", "classes"),
            "scenario 'classes' is unknown to tiny. Choose one of door, drift",
        ),
        (("compare", "tiny", "--backends", "emulator,nothing"), "backend 'nothing' is unknown"),
        (("compare", "tiny", "--arithmetic", "float"), "--arithmetic float: means nothing"),
    ],
)
def test_refusals(call, arguments, said):
    code, _, err = call(*arguments)
    assert code == 2 and said in err and "Traceback" not in err and err.count("\n") == 1


def test_left_out_and_default_options_pass():
    assert taken("tiny", run, {"seed": 7, "plot": None, "target": "loihi2"}, {"target": "loihi2"}) == {"seed": 7}
