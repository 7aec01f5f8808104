"""How a command line is read: versions, help, completion, and one sentence for whatever is wrong."""

import os
import subprocess
import sys

import pytest
import typer
from test_cli import TINY  # noqa: F401
from test_cli import tiny as tiny

import neurolsm as nl
from neurolsm.cli import complete
from neurolsm.cli.app import app
from neurolsm.measure.scenarios.result import SCENARIOS


def test_the_version(call):
    assert call("--version") == (0, f"neurolsm {nl.__version__}\n", "")
    run = subprocess.run([sys.executable, "-m", "neurolsm", "--version"], capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (0, f"neurolsm {nl.__version__}\n")
    run = subprocess.run([sys.executable, "-m", "neurolsm", "run", "-h"], capture_output=True, text=True)
    assert run.returncode == 0 and run.stdout.startswith("Usage: neurolsm run ")


def leaves(command, words=()):
    """Every command, as it is typed."""
    yield words
    for name, inner in getattr(command, "commands", {}).items():
        yield from leaves(inner, (*words, name))


@pytest.mark.parametrize("words", list(leaves(typer.main.get_command(app))), ids=" ".join)
def test_short_and_long_help_everywhere(call, words):
    code, out, err = call(*words, "-h")
    assert (code, err) == (0, "") and out.startswith(f"Usage: neurolsm {' '.join(words)}".rstrip())
    assert call(*words, "--help") == (code, out, err)


def test_nothing_asked_for_shows_the_help(call):
    for words in ((), ("nir",)):
        code, out, err = call(*words)
        assert (code, out) == (2, "") and err == call(*words, "-h")[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("run tiny --fast", "No such option: --fast"),
        ("run tiny -z", "No such option: -z"),
        ("walk", "No such command 'walk'"),
        ("rn", "Did you mean 'run'"),
        ("run tiny --seed", "'--seed' requires an argument"),
        ("run tiny --json", "'--json' requires an argument"),
        ("run tiny --json --controls", "--json has no value, for --controls is an option"),
        ("run tiny --set -h", "--set has no value, for -h is an option"),
        ("run tiny --seed 1 --seed 2", "--seed is given 2 times"),
        ("run tiny --seed=1 --seed 1", "--seed is given 2 times"),
        ("run tiny --controls --controls", "--controls is given 2 times"),
        ("compare tiny --json a --json b", "--json is given 2 times"),
        ("run tiny --controls=yes", "does not take a value"),
        ("run", "Missing argument 'MODEL'"),
        ("learn tiny", "Missing option '--scenario'"),
        ("run tiny digits", "unexpected extra argument"),
        ("run -", "model '-' is unknown"),
        ("run tiny --plot -", "--plot -: is no name of a file here"),
        ("run tiny --cache -", "--cache -: is no name of a file here"),
        ("run tiny --text -", "--text -: is no name of a file here"),
        ("run tiny --video -", "--video -: is no name of a file here"),
        ("tune tiny --storage -", "--storage -: is no name of a file here"),
        ("export tiny --to -", "--to -: is no name of a file here"),
        ("nir export tiny -", "FILE -: is no name of a file here"),
        ("nir import a.nir -", "PROGRAM -: is no name of a file here"),
        ("run tiny --seed one", "valid integer"),
        ("run tiny --video v.gif", "--video v.gif: means nothing to tiny"),
        ("run tiny --text t", "--text t: means nothing to tiny"),
    ],
)
def test_one_sentence_for_what_is_wrong(call, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    code, out, err = call(*words.split())
    assert (code, out, err.count("\n")) == (2, "", 1) and said in err and err.startswith("neurolsm: ")
    assert list(tmp_path.iterdir()) == []


def test_the_hint_names_the_command(call):
    assert call("nir", "export")[2].endswith("Try 'neurolsm nir export -h'\n")
    assert call("run", "tiny", "--seed")[2].endswith("Try 'neurolsm run -h'\n")


# ---------------------------------------------------------------------- completion


def offered(line):
    """What bash is offered at the end of a line."""
    environment = {
        **os.environ,
        "_NEUROLSM_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(line.count(" ")),
    }
    script = "import sys; sys.argv = ['neurolsm']; from neurolsm.cli import main; main()"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment)
    return run.stdout.split()


def test_shells_are_offered_names():
    from neurolsm.execute import backend

    assert offered("neurolsm comp") == ["compare"]
    assert offered("neurolsm run --backend e") == ["emulator"]
    assert complete.models("ti") == ["tiny"] and complete.models("d") == []
    assert "--split-seed" in offered("neurolsm run digits --split")
    assert complete.backends("emulator,ref") == ["emulator,reference"]
    assert complete.backends("") == backend.names() and "emulator,emulator" not in complete.backends("emulator,")
    assert complete.targets("loihi") == ["loihi1", "loihi2"] and complete.arithmetics("f") == ["float"]
    assert set(complete.SCENARIOS) == set(SCENARIOS) and complete.scenarios("d") == ["drift"]


def test_the_script_for_a_shell_is_shown():
    environment = {**os.environ, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    script = "import sys; sys.argv = ['neurolsm', '--show-completion', 'bash']; from neurolsm.cli import main; main()"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment)
    assert run.returncode == 0 and "_NEUROLSM_COMPLETE=complete_bash" in run.stdout
