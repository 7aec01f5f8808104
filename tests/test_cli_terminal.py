"""Results on any terminal, into any pipe, on full disks; files are written first, and an interruption says how to go on."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from test_cli import TINY, load
from test_task import TASK
from test_tune import TOY

from neurolsm.cli.demo import _together
from neurolsm.cli.output import to_json
from neurolsm.cli.terminal import say
from neurolsm.tasks import model as models
from neurolsm.tasks.task import NotDrawn, Report, Task, drawn

RUN = ["run", "tiny", "--backend", "reference", "--samples", "15", "--splits", "2"]

# One process imports everything; each case runs in a fork of it, with the descriptors that the case asks for.
CASES = """
import io, json, os, sys
sys.path[:0] = [sys.argv[1]]
from types import SimpleNamespace
import neurolsm.cli, neurolsm.measure.evaluation.experiment, neurolsm.cli.app
from neurolsm.tasks import model as models
from test_cli import TINY, load
models._points = lambda: {"tiny": SimpleNamespace(name="tiny", load=lambda: TINY)}
for case in json.loads(sys.argv[2]):
    child = os.fork()
    if child == 0:
        for number, target in ((1, case["out"]), (2, case["err"])):
            if target == "pipe":
                read, file = os.pipe()
                os.close(read)
            elif target != "closed":
                file = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            if target != "closed":
                os.dup2(file, number)
            stream = io.TextIOWrapper(open(number, "wb", closefd=False), encoding=case.get("encoding", "ascii"))
            setattr(sys, "stderr" if number == 2 else "stdout", stream)
        for number, target in ((1, case["out"]), (2, case["err"])):
            if target == "closed":
                os.close(number)
                setattr(sys, "stderr" if number == 2 else "stdout", None)
        sys.argv = ["neurolsm", *case["command"]]
        code = 99
        try:
            neurolsm.cli.main()
        except SystemExit as end:
            code = end.code or 0
            for stream in (sys.stdout, sys.stderr):
                stream.flush()
        finally:
            os._exit(code)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """``{name: (exit code, stdout, stderr, folder)}`` of every case."""
    folder = tmp_path_factory.mktemp("cases")
    wanted = {
        **{code: {"encoding": code} for code in ("ascii", "latin-1", "cp1252", "utf-8", "koi8-r")},
        "pipe": {"out": "pipe"}, "full": {"out": "/dev/full"}, "full, no file": {"out": "/dev/full", "bare": True},
        "pipe, no file": {"out": "pipe", "bare": True}, "no stdout": {"out": "closed"}, "no stderr": {"err": "closed"},
        "neither": {"out": "closed", "err": "closed"}, "help": {"out": "/dev/full", "command": ["--help"]},
        "models": {"out": "pipe", "command": ["models"]}, "stdout": {"json": "/dev/stdout"},
        "closed stdout": {"json": "/dev/stdout", "out": "closed"}, "refused": {"err": "/dev/full", "command": ["run", "nothing"]},
    }  # fmt: skip
    cases = []
    for name, case in wanted.items():
        here = folder / name.replace("/", "")
        here.mkdir()
        command = [*RUN, *([] if case.get("bare") else ["--json", case.get("json", str(here / "r.json"))])]
        cases.append({"out": str(here / "out"), "err": str(here / "err"), "command": command, **case})
    done = subprocess.run(
        [sys.executable, "-c", CASES, str(Path(__file__).parent), json.dumps(cases)], capture_output=True, text=True
    )
    codes = done.stdout.split()
    assert done.returncode == 0 and len(codes) == len(cases), done.stdout + done.stderr
    found = {}
    for name, case, code in zip(wanted, cases, codes, strict=True):
        here = folder / name
        text = [
            (here / s).read_bytes().decode(case.get("encoding", "ascii")) if (here / s).exists() else ""
            for s in ("out", "err")
        ]
        found[name] = (int(code), *text, here)
    return found


def whole(folder):
    assert sorted(p.name for p in folder.iterdir() if p.suffix not in ("",)) == ["r.json"]
    return json.loads((folder / "r.json").read_text())["metric"] == "accuracy"


@pytest.mark.parametrize("code", ["ascii", "latin-1", "cp1252", "utf-8", "koi8-r"])
def test_terminals_without_the_letter(shown, code):
    exit_code, out, err, folder = shown[code]
    assert (exit_code, err) == (0, "") and whole(folder) and "accuracy" in out
    assert ("±" in out) != ("+-" in out) and ("±" in out) == (code in ("latin-1", "cp1252", "utf-8"))


def test_a_reader_that_has_ended_is_no_error_and_the_file_is_there(shown):
    for name in ("pipe", "pipe, no file", "models"):
        assert shown[name][:3] == (141, "", ""), name
    assert whole(shown["pipe"][3])


def test_a_full_disk_behind_the_output_leaves_the_file(shown):
    code, _, err, folder = shown["full"]
    assert code == 0 and whole(folder) and err.count("\n") == 1
    assert "could not be shown (No space left on device); it is whole in" in err
    for name in ("full, no file", "help"):
        code, _, err, _ = shown[name]
        assert code == 2 and "could not be shown (No space left on device)" in err and err.count("\n") == 1
    assert shown["refused"][0] == 2


def test_closed_streams_spoil_no_file(shown):
    for name in ("no stdout", "no stderr", "neither"):
        assert shown[name][0] == 0 and shown[name][2] == "" and whole(shown[name][3]), name
    code, _, err, folder = shown["closed stdout"]
    assert code == 2 and "is closed" in err and sorted(p.name for p in folder.iterdir()) == ["err"]


def test_the_result_as_the_output(shown):
    code, out, err, _ = shown["stdout"]
    found, end = json.JSONDecoder().raw_decode(out)
    assert code == 0 and found["model"] == "tiny" and "accuracy" in out[end:] and err == ""


# ---------------------------------------------------------------------- written before it is shown


@pytest.fixture
def give(monkeypatch, call):
    """``give(model)``: the models of the command line are this one."""

    def use(model):
        point = SimpleNamespace(name=model.name, load=lambda: model)
        monkeypatch.setattr(models, "_points", lambda: {model.name: point})
        return call

    return use


@pytest.mark.parametrize("command", [RUN, ["compare", "tiny", "--backends", "emulator,reference", "--samples", "3"]])
def test_the_file_is_there_before_a_word_is_shown(give, tmp_path, monkeypatch, command):
    call, seen = give(TINY), []
    monkeypatch.setattr(
        "neurolsm.cli.terminal.print", lambda *a, **k: seen.append((tmp_path / "r.json").exists()), raising=False
    )
    call(*command, "--json", tmp_path / "r.json")
    assert seen and all(seen[:3])


def test_a_result_that_cannot_be_written_is_shown(give, tmp_path, monkeypatch):
    call = give(TINY)
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    code, out, err = call(*RUN, "--json", tmp_path / "r.json")
    assert code == 2 and "No space left" in err and list(tmp_path.iterdir()) == []
    assert json.loads(out[out.index("{") :])["model"] == "tiny"


def test_controls_that_fail_lose_no_result(give, tmp_path, monkeypatch):
    def fail(*_, **__):
        raise KeyboardInterrupt

    call = give(TINY)
    monkeypatch.setattr("neurolsm.cli.run.run_controls", fail)
    code, out, err = call(*RUN, "--controls", "--json", tmp_path / "r.json")
    assert code == 130 and "accuracy" in out and "interrupted" in err
    assert json.loads((tmp_path / "r.json").read_text())["model"] == "tiny"


def test_a_picture_that_fails_loses_no_result(give, tmp_path):
    def fail():
        raise ValueError("no font")

    def run(*, plot=None):
        values = {
            "a": np.float32(1.5),
            "b": float("nan"),
            "c": np.arange(2),
            "d": {1: {2}},
            "e": [np.inf, None, True, Path("x")],
        }
        return drawn(Report(title="drawn", rows=(("a",),), values=values), fail, lambda: plot.write_text("second"))

    call = give(replace(TASK, run=run))
    with pytest.raises(ValueError, match="no font"):
        call("run", "tiny", "--plot", tmp_path / "p.png", "--json", tmp_path / "r.json")
    found = json.loads((tmp_path / "r.json").read_text())
    expected = {"a": 1.5, "b": None, "c": [0, 1], "d": {"1": [2]}, "e": [None, None, True, "x"]}
    assert {key: found[key] for key in expected} == expected
    assert (tmp_path / "p.png").read_text() == "second"
    with pytest.raises(NotDrawn, match="no font") as why:
        run(plot=tmp_path / "q.png")
    assert why.value.report.title == "drawn"


def test_two_results_in_one_file_are_refused_before_the_work(give, tmp_path):
    def never(**_):
        raise AssertionError("the work has started")

    (tmp_path / "book").write_text("words")
    code, _, err = give(TINY)(*RUN, "--cache", tmp_path / "c", "--json", tmp_path / "c")
    assert code == 2 and "--cache" in err and "is the file of --json too" in err and not (tmp_path / "c").exists()
    call = give(Task(**{**vars(TASK), "run": lambda *, plot=None, text=None: never()}))
    for words in (
        ("--plot", tmp_path / "a.png", "--json", tmp_path / "a.png"),
        ("--text", tmp_path / "book", "--json", tmp_path / "book"),
    ):
        code, _, err = call("run", "tiny", *words)
        assert code == 2 and "is the file of" in err and (tmp_path / "book").read_text() == "words"


def test_anything_is_one_object():
    assert json.loads(to_json({"a": "\udcff", "b": {}, "c": (1, 2)})) == {"a": "\udcff", "b": {}, "c": [1, 2]}


def test_prints_what_is_no_text(capsys):
    from neurolsm.cli.terminal import prepare

    prepare()
    say("name \udcff")
    assert "name \\udcff" in capsys.readouterr().out


# ---------------------------------------------------------------------- interrupted


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_an_interrupted_run_says_what_is_kept_and_how_to_go_on(give, tmp_path, number, code):
    def end():
        os.kill(os.getpid(), number)
        return load()

    if number == signal.SIGINT:  # a shell starts what runs in its background with an interrupt that is ignored
        signal.signal(number, signal.default_int_handler)
    elif signal.getsignal(number) is signal.SIG_IGN:  # and nohup with a hang-up that is
        signal.signal(number, signal.SIG_DFL)
    before = signal.getsignal(number)
    call = give(replace(TINY, load=end))
    found, out, err = call(*RUN, "--json", tmp_path / "r.json")
    assert (found, out) == (code, "") and err.count("\n") == 1 and "Traceback" not in err
    assert "interrupted: nothing is kept without --cache: neurolsm run tiny" in err and err.endswith(
        "r.json --cache DIR\n"
    )
    found, _, err = call(*RUN, "--cache", tmp_path / "kept states")
    assert found == code and "--cache stays: neurolsm run" in err and f"'{tmp_path / 'kept states'}'\n" in err
    assert signal.getsignal(number) is before and list(tmp_path.iterdir()) == []


def test_a_signal_that_is_swallowed_in_a_callback_comes_again(give, tmp_path):
    class Finalized:
        def __del__(self):
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0.01)  # the KeyboardInterrupt comes here, and nobody sees it

    def end():
        Finalized()
        time.sleep(5)
        return load()

    hook = sys.unraisablehook
    code, out, err = give(replace(TINY, load=end))(*RUN, "--json", tmp_path / "r.json")
    assert (code, out) == (143, "") and "interrupted: nothing is kept" in err and err.count("\n") == 1
    assert sys.unraisablehook is hook and list(tmp_path.iterdir()) == []


def test_an_interrupted_fit_says_what_is_kept(tmp_path, lsm):
    import neurolsm as nl

    class Ending(nl.RateEncoder):
        left = 2

        def encode(self, x):
            Ending.left -= 1
            if Ending.left < 0:
                raise KeyboardInterrupt
            return super().encode(x)

    x = np.random.default_rng(0).random((30, 6))
    for cache, words in (
        (tmp_path / "c", f"kept in {tmp_path / 'c'}; the same call goes on"),
        (None, "without a cache"),
    ):
        Ending.left = 2
        with pytest.raises(nl.errors.Interrupted, match=words):
            nl.LSMClassifier(lsm, Ending(steps=10), batch_size=10, cache=cache, backend="reference").fit(
                x, np.arange(30) % 2
            )
    assert len(list((tmp_path / "c").iterdir())) == 2


def test_an_interrupted_search_goes_on_with_the_command_it_names(give, tmp_path, monkeypatch):
    from neurolsm.measure.search import tune

    real, count = tune.score, [0]

    def third(*arguments):
        count[0] += 1
        if count[0] == 3:
            os.kill(os.getpid(), signal.SIGTERM)
        return real(*arguments)

    monkeypatch.setattr(tune, "score", third)
    call, journal = give(TOY), tmp_path / "t.log"
    code, out, err = call("tune", "toy", "--trials", 4, "--storage", journal)
    assert (code, out) == (143, "") and err == (
        f"neurolsm: interrupted: 2 of 4 trials are kept in {journal}; the same call goes on from there: "
        f"neurolsm tune toy --trials 4 --storage {journal}\n"
    )
    code, out, _ = call(*err.split("neurolsm ")[-1].split())
    assert code == 0 and "4 trials" in out and count[0] == 5
    count[0] = 0
    code, _, err = call("tune", "toy", "--trials", 4)
    assert code == 143 and err.endswith("neurolsm tune toy --trials 4 --storage FILE\n")
    code, _, err = call("tune", "toy", "--storage", journal, "--json", journal)
    assert code == 2 and "is the file of --storage too" in err


def test_a_warning_is_one_line():
    """Without the place in the code, which is nobody's who types a command; warnings of others stay as they are."""
    script = (
        "import warnings; from neurolsm.cli.terminal import prepare; from neurolsm.errors import UnusualValue\n"
        "prepare(); prepare(); warnings.warn('odd. Look', UnusualValue); warnings.warn('other')"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    first, *rest = found.stderr.splitlines()
    assert first == "neurolsm: warning: odd. Look" and rest[0].endswith("UserWarning: other")


def test_of_the_demo_nothing_begins_after_a_failure():
    begun = []

    def fail():
        raise ValueError("on purpose")

    assert _together(lambda: 1, lambda: 2, lambda: 3) == [1, 2, 3]
    with pytest.raises(ValueError, match="on purpose"):
        _together(fail, *(partial(time.sleep, 1) for _ in range(2)), lambda: begun.append(1))
    assert not begun
