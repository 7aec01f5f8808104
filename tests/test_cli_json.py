"""One form for the JSON of all commands, in a file or on the standard output."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import jsonschema
import numpy as np
import pytest
from test_cli import TINY, by_hand, load
from test_task import TASK
from test_tune import TOY

import neurolsm as nl
from neurolsm.cli.envelope import COMMON, SCHEMA, envelope, of_report
from neurolsm.tasks import model as models
from neurolsm.tasks.model import Data

pytestmark = pytest.mark.xdist_group("forms")  # one worker runs each command, once
FORM = json.loads(SCHEMA.read_text())
jsonschema.Draft202012Validator.check_schema(FORM)


@pytest.fixture
def three(monkeypatch):
    """The models ``tiny`` and ``toy`` and the task ``task``."""
    held = {"tiny": TINY, "toy": TOY, "task": replace(TASK, name="task")}
    points = {name: SimpleNamespace(name=name, load=lambda one=one: one) for name, one in held.items()}
    monkeypatch.setattr(models, "_points", lambda: points)
    return points


COMMANDS = {
    "run": "run tiny --seed 5 --splits 4",
    "run, controls": "run tiny --samples 30 --folds 2 --controls",
    "run, task": "run task --seed 4",
    "learn": "learn tiny --scenario scratch --seeds 1",
    "learn, task": "learn task --scenario drift",
    "compare": "compare tiny --backends emulator,reference --samples 7",
    "compare, task": "compare task --backends emulator,reference",
    "report": "report tiny",
    "report, samples": "report tiny --samples 3",
    "inspect": "inspect tiny --samples 20",
    "inspect, task": "inspect task",
    "tune": "tune toy --trials 2",
}


@pytest.fixture(scope="module")
def texts():
    return {}


@pytest.fixture
def written(texts, three, call, tmp_path):
    """``written(words)``: the JSON of one of the commands, which runs for the first test that asks for it."""

    def of(words):
        if words not in texts:
            code, _, err = call(*words.split(), "--json", tmp_path / "r.json")
            assert code == 0, err
            texts[words] = (tmp_path / "r.json").read_text()
        return json.loads(texts[words])

    return of


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_every_command_writes_the_form(written, words):
    found = written(words)
    jsonschema.validate(found, FORM)
    assert tuple(found)[: len(COMMON)] == COMMON and found["command"] == words.split()[0]
    assert found["options"]["model"] == words.split()[1] and found["versions"]["numpy"] == np.__version__


def test_what_the_form_says_of_a_run_is_so(written):
    found = written(COMMANDS["run"])
    program, _, values = by_hand(5, 4)
    assert found["values"] == pytest.approx(values) and found["program"] == program.sha256
    assert (found["seeds"], found["samples"]) == (1, 60) and np.sum(found["confusion"]) == 4 * 12
    options = found["options"]
    assert (options["seed"], options["splits"], options["samples"], options["split_seed"]) == (5, 4, 60, 0)
    assert (options["backend"], options["controls"], options["set"], options["folds"]) == ("emulator", False, [], None)


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_options_are_those_of_the_command(written, words):
    import typer

    from neurolsm.cli.app import app

    given = written(words)["options"]
    command = typer.main.get_command(app).commands[words.split()[0]]
    known = {option.opts[0].lstrip("-").replace("-", "_") for option in command.params}
    assert given.keys() <= known - {"json"}, given


def test_programs_and_counts_of_the_other_commands(written, tmp_path):
    plain = nl.lower(TINY.lsm(1)).program.sha256
    assert written(COMMANDS["compare"])["program"] == written(COMMANDS["inspect"])["program"] == plain
    assert written("report tiny --target loihi2 --samples 3")["program"] == plain
    assert written(COMMANDS["report"])["samples"] is None and written(COMMANDS["report, samples"])["samples"] == 3
    learned = written(COMMANDS["learn"])
    assert learned["samples"] == 60 and learned["values"] == learned["each"] and learned["adapted_sd"] is None
    tuned = written(COMMANDS["tune"])
    assert tuned["values"] == [t["value"] for t in tuned["trials"]] and tuned["samples"] == 60
    nl.lower(TINY.lsm(1)).program.save(tmp_path / "a.lsm")
    saved = written(f"report {tmp_path / 'a.lsm'}")
    assert saved["seeds"] is None and saved["program"] == plain
    jsonschema.validate(saved, FORM)


def test_the_keys_of_before_are_still_there(written):
    for words, keys in (
        (COMMANDS["run, controls"], {"model", "value", "value_sd", "program_sha256", "controls", "splits", "train", "test"}),
        (COMMANDS["learn"], {"rule", "seeds", "before", "frozen", "adapted", "host_refit", "recovered", "each", "curve"}),
        (COMMANDS["compare"], {"backends", "equal", "first_divergence", "ms_per_sample"}),
        (COMMANDS["report"], {"model", "seed", "target", "cores", "binding", "per_core"}),
        (COMMANDS["tune"], {"model", "best", "value", "trials", "metric"}),
    ):  # fmt: skip
        assert keys <= written(words).keys(), words


def test_a_report_with_names_of_the_form_loses_nothing():
    told = {
        "values": {"a": 1},
        "samples": 3,
        "seeds": [1, 2],
        "command": "mine",
        "value": 0.5,
        "seconds": 2.0,
        "versions": {"python": "3"},
    }
    found = of_report("run", {"model": "m", "samples": None}, told, 9.0)
    jsonschema.validate(found, FORM)
    assert found["report_values"] == {"a": 1} and found["report_seeds"] == [1, 2] and found["report_command"] == "mine"
    assert (found["samples"], found["seeds"], found["values"], found["seconds"]) == (3, 1, [0.5], 2.0)
    assert found["versions"] == {"python": "3"} and found["options"]["samples"] == 3
    assert of_report("run", {"model": "m"}, {"program_sha256": "short"}, 0.0)["program"] is None


def test_the_form_refuses_what_is_none():
    good = envelope("run", {"model": "m"}, {}, seeds=1, samples=1, program=None, values=[0.5], seconds=0.1)
    jsonschema.validate(good, FORM)
    for key, bad in (
        ("command", "walk"),
        ("program", "abc"),
        ("values", 3),
        ("seeds", 0),
        ("seconds", -1),
        ("options", {}),
        ("value_sd", "0"),
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(good | {key: bad}, FORM)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({k: v for k, v in good.items() if k != "versions"}, FORM)


# ---------------------------------------------------------------------- the standard output


@pytest.mark.parametrize("words", [COMMANDS[k] for k in ("run", "compare", "report", "inspect", "tune", "run, task")])
def test_the_standard_output_is_the_object_alone(three, call, tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    code, out, err = call(*words.split(), "--json", "-")
    assert code == 0 and list(tmp_path.iterdir()) == [] and err
    jsonschema.validate(json.loads(out), FORM)


def test_a_difference_is_code_1_on_the_standard_output_too(three, call, monkeypatch):
    from neurolsm.cli import compare

    real = compare.compare_model
    monkeypatch.setattr(
        compare, "compare_model",
        lambda *a, **k: replace(real(*a, **k), first_divergence=nl.execute.compare.Divergence("b", 0, 1, 2, "v", 3.0, 4.0)),
    )  # fmt: skip
    code, out, err = call(*COMMANDS["compare"].split(), "--json", "-")
    assert code == 1 and json.loads(out)["first_divergence"]["neuron"] == 2 and "differs from" in err


def test_pipes_and_closed_errors(tmp_path):
    """A reader that has ended is no error; where nobody reads the text, the object is all there is."""
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); from types import SimpleNamespace\n"
        "from neurolsm.tasks import model as models; from test_cli import TINY; from neurolsm.cli import main\n"
        "models._points = lambda: {'tiny': SimpleNamespace(name='tiny', load=lambda: TINY)}\n"
        "sys.argv = ['neurolsm', 'run', 'tiny', '--samples', '15', '--splits', '1', '--json', '-']; main()"
    )
    words = [sys.executable, "-W", "ignore", "-c", script, str(Path(__file__).parent)]
    read, write = os.pipe()
    os.close(read)
    ended = subprocess.run(words, stdout=write, stderr=subprocess.PIPE, text=True)
    os.close(write)
    assert (ended.returncode, ended.stderr) == (141, "")
    with open("/dev/full", "w") as full:
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=full, text=True)
    assert done.returncode == 0 and json.loads(done.stdout)["value_sd"] is None
    with open("/dev/full", "w") as full:
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2 and "No space left" in done.stderr and done.stderr.count("\n") == 1


# ---------------------------------------------------------------------- the picture of a run


def test_a_run_is_drawn(three, call, tmp_path):
    code, _, err = call("run", "tiny", "--plot", tmp_path / "p.png", "--json", tmp_path / "r.json")
    assert code == 0, err
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads((tmp_path / "r.json").read_text())["options"]["plot"] == str(tmp_path / "p.png")
    for words, said in (
        (("--plot", "p.txt"), "names no format of pictures"),
        (("--plot", tmp_path / "no" / "p.png"), "does not exist"),
        (("--plot", tmp_path / "x.png", "--json", tmp_path / "x.png"), "is the file of"),
    ):
        code, _, err = call("run", "tiny", *words)
        assert code == 2 and said in err and err.count("\n") == 1


def test_the_picture_shows_counts_and_spikes():
    from neurolsm.measure.evaluation.experiment import run_model
    from neurolsm.plot import confusion, outcome

    result = run_model(TINY, splits=2)
    data = load()
    inputs = TINY.encoder.encode(data.x[:3])
    with nl.execute.backend.open_simulator(nl.lower(TINY.lsm(1)).program) as simulator:
        recording = simulator.run(inputs)
    figure = outcome(result, recording, data.y[:3])
    matrix, *rasters = figure.axes
    texts = {(t.get_position()[1], t.get_position()[0]): int(t.get_text()) for t in matrix.texts}
    counts = np.asarray(result.confusion)
    assert texts == {(r, c): counts[r, c] for r, c in np.argwhere(counts)} and len(rasters) == 3
    drawn = [len(ax.collections[0].get_offsets()) for ax in rasters]
    assert drawn == [recording.spikes.events(k)[0].size for k in range(3)] and sum(drawn) > 0
    ax = confusion([[3, 1], [0, 0]], ("a", "b"))
    assert ax.images[0].get_array().tolist() == [[0.75, 0.25], [0, 0]]


def test_numbers_are_drawn_as_values_of_the_splits(three, call, tmp_path, monkeypatch):
    from sklearn.linear_model import Ridge

    data = load()
    numbers = replace(TINY, load=lambda: Data(data.x, data.x @ np.arange(6.0)), readout=Ridge, metric="r2")
    monkeypatch.setattr(models, "_points", lambda: {"tiny": SimpleNamespace(name="tiny", load=lambda: numbers)})
    for splits in (1, 3):
        code, out, err = call(
            "run", "tiny", "--splits", splits, "--plot", tmp_path / "p.svg", "--json", tmp_path / "r.json"
        )
        found = json.loads((tmp_path / "r.json").read_text())
        assert code == 0 and (tmp_path / "p.svg").read_text().startswith("<?xml"), err
        assert (found["confusion"], len(found["values"])) == (None, splits) and ("±" in out) == (splits > 1)
        jsonschema.validate(found, FORM)
