"""Exported Lava programs: they run with Lava and NumPy alone and give the same bits; they appear whole or not at all."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from lava_checks import stimulus
from neurolsm_lava import LavaBackend, export
from typer.testing import CliRunner

from neurolsm.cli import main
from neurolsm.cli.app import app
from neurolsm.conformance.generate import Case, inputs, program
from neurolsm.conformance.generate_plastic import plastic_case, plastic_inputs, stock_plastic_program
from neurolsm.conformance.suite.learners import learner_with
from neurolsm.errors import InvalidValue, TargetRefusal
from neurolsm.program.plasticity import Trace
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State
from neurolsm.semantics import ReferenceSimulator

pytestmark = pytest.mark.xdist_group("lava")
STATIC = Case(seed=4, n=30, max_delay=4, density=0.2, steps=15, samples=3)
LIMIT = 120  # seconds that an exported program may take


def run(folder: Path, *arguments: str, limit: float = LIMIT) -> subprocess.CompletedProcess[str]:
    """Run it far from here; no process of it may outlive the limit."""
    command = [sys.executable, str(folder / "run.py"), *arguments]
    child = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder.parent, start_new_session=True
    )
    try:
        out, err = child.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, 9)
        child.communicate()
        raise
    return subprocess.CompletedProcess(command, child.returncode, out, err)


def static():
    return program(STATIC), inputs(STATIC), None


def plain():
    """LearningDense; each sample starts from rest."""
    return learner_with()


def drawn(seed: int):
    case = plastic_case(seed, stock=True)
    network = stock_plastic_program(case)
    return network, *plastic_inputs(case, network)


EXPORTED = {
    "static, with delays": static,
    "LearningDense": plain,
    "LearningSparse, epochs, tags": lambda: drawn(118),
    "third factors": lambda: drawn(58),
}


LONG = ("LearningDense", "third factors")


@pytest.mark.parametrize("kind", [pytest.param(k, marks=[pytest.mark.nightly] * (k in LONG)) for k in EXPORTED])
def test_the_exported_program_gives_the_same_bits(kind: str, tmp_path: Path) -> None:
    network, spikes, graded = EXPORTED[kind]()
    folder = export(network, spikes, tmp_path / "there", graded=graded)
    done = run(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "not a bit differs" in done.stdout
    reference = ReferenceSimulator(network)
    recording = reference.run(spikes, graded=graded)
    found = np.load(folder / "results.npz")
    assert recording.spikes.count > 20
    np.testing.assert_array_equal(found["spikes"], np.concatenate(recording.spikes.to_list()))
    np.testing.assert_array_equal(found["u"], recording.u)
    np.testing.assert_array_equal(found["v"], recording.v)
    for k, state in enumerate(p for p in reference.state.plastic if p.weight.size):
        names = sorted(name for name in found.files if name.endswith(".weight"))
        np.testing.assert_array_equal(found[names[k]], state.weight)


def test_it_goes_on_with_what_was_learned_or_leaves_it_alone(tmp_path: Path) -> None:
    """A deployment mid-life: its weights, with neurons at rest and random numbers at their beginning."""
    network, spikes, _ = plain()
    reference = ReferenceSimulator(network)
    reference.run(spikes)
    learned = reference.state
    assert (learned.plastic[0].weight != network.projections[0].weight).any()
    for learn in (True, False):
        folder = export(network, spikes, tmp_path / f"learn-{learn}", state=learned, learn=learn)
        assert run(folder).returncode == 0
        start = State.rest(network)
        start.plastic[0].weight[:] = learned.plastic[0].weight
        other = ReferenceSimulator(network)
        other.state = start
        recording = other.run(spikes, learn=learn)
        found = np.load(folder / "results.npz")
        np.testing.assert_array_equal(found["spikes"], np.concatenate(recording.spikes.to_list()))
        assert ("projection_0.weight" in found.files) == learn
        if learn:
            np.testing.assert_array_equal(found["projection_0.weight"], other.state.plastic[0].weight)


def test_it_needs_lava_and_numpy_alone(tmp_path: Path) -> None:
    for kind in ("static, with delays", "third factors"):
        network, spikes, graded = EXPORTED[kind]()
        folder = export(network, spikes, tmp_path / kind.split(",")[0], graded=graded)
        assert sorted(p.name for p in folder.iterdir()) == [
            "README.md", "expected.npz", "inputs.npz", "lava_shim.py", "network.npz", "run.py",
        ]  # fmt: skip
        used = set()
        for name in ("run.py", "lava_shim.py"):
            for node in ast.walk(ast.parse((folder / name).read_text())):
                if isinstance(node, ast.Import):
                    used |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom):
                    used.add(node.module.partition(".")[0])
        assert used - set(sys.stdlib_module_names) == {"lava", "numpy", "lava_shim"}
        assert "neurolsm" not in (folder / "run.py").read_text().replace("exported by neurolsm", "")
        assert max(map(len, (folder / "run.py").read_text().splitlines())) <= 200
        compile((folder / "run.py").read_text(), "run.py", "exec")


def test_the_chip_without_intels_extension_is_one_sentence(tmp_path: Path) -> None:
    folder = export(*static()[:2], tmp_path / "there")
    done = run(folder, "--chip")
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.strip() == (
        "Intel's extension of Lava for Loihi is not installed. Leave --chip out for the simulator."
    )
    assert not (folder / "results.npz").exists()


def test_a_hostile_name_stays_a_comment(tmp_path: Path) -> None:
    network, spikes, _ = static()
    wicked = replace(network.projections[0], name='a\nimport os; os.abort()  # """ {n} \\')
    folder = export(replace(network, projections=(wicked, *network.projections[1:])), spikes, tmp_path / "there")
    lines = [line for line in (folder / "run.py").read_text().splitlines() if "abort" in line]
    assert len(lines) == 1 and lines[0].strip().startswith("#")
    compile((folder / "run.py").read_text(), "run.py", "exec")


def fractional():
    network, spikes, graded = plain()
    rule = replace(network.projections[0].plasticity, x1=Trace(2.5, 9))
    return replace(network, projections=(replace(network.projections[0], plasticity=rule),)), spikes, graded


def zero_in_a_sparse_one():
    network, spikes, graded = drawn(118)
    weight = network.projections[0].weight.copy()
    weight[3] = 0
    return replace(network, projections=(replace(network.projections[0], weight=weight), *network.projections[1:])), spikes, graded  # fmt: skip


REFUSED = {
    "refractory": (lambda: (program(replace(STATIC, refractory=True)), inputs(STATIC), None), TargetRefusal, "refractory"),
    "delay with learning": (lambda: learner_with("learning/delay"), TargetRefusal, r"net/input\.delay"),
    "fractional time constant": (fractional, TargetRefusal, r"2\.5.*carry=True"),
    "weight of 0": (zero_in_a_sparse_one, TargetRefusal, r"net/input/mixed\.weight = 0.*LearningSparse drops"),
    "no step": (lambda: (static()[0], static()[1][:0], None), InvalidValue, "no step"),
    "other channels": (lambda: (static()[0], stimulus(3, [4]), None), InvalidValue, "input channels"),
    "no spikes": (lambda: (static()[0], None, None), InvalidValue, "must be Spikes"),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_refusals_write_nothing(kind: str, tmp_path: Path) -> None:
    make, error, message = REFUSED[kind]
    network, spikes, graded = make()
    with pytest.raises(error, match=message):
        export(network, spikes, tmp_path / "there", graded=graded)
    assert not list(tmp_path.iterdir())


def test_a_fractional_time_constant_is_fine_in_one_stream(tmp_path: Path) -> None:
    network, spikes, _ = fractional()
    assert run(export(network, spikes, tmp_path / "there", carry=True)).returncode == 0


def test_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network, spikes, _ = static()
    (tmp_path / "taken").mkdir()
    for place, message in (("taken", "exists already"), ("no/such", "does not exist")):
        with pytest.raises(InvalidValue, match=message):
            export(network, spikes, tmp_path / place)
    assert not list((tmp_path / "taken").iterdir())

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InvalidValue, match=r"cannot be written.*No space left"):
        export(network, spikes, tmp_path / "there")
    assert [p.name for p in tmp_path.iterdir()] == ["taken"]


def test_samples_of_no_steps_are_left_out(tmp_path: Path) -> None:
    network, _, _ = static()
    spikes = stimulus(network.n_inputs, [0, 9, 0, 7])
    folder = export(network, spikes, tmp_path / "there")
    assert np.load(folder / "inputs.npz")["steps"].tolist() == [9, 7]
    assert isinstance(
        LavaBackend.export(network, Spikes.from_list([np.ones((3, network.n_inputs))]), tmp_path / "b"), Path
    )


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    there = tmp_path / "there"
    done = CliRunner().invoke(app, ["export", "digits", "--to", str(there), "--samples", "2"])
    assert done.exit_code == 0, done.output
    assert "1,000 neurons" in done.output and "2 samples" in done.output and (there / "run.py").is_file()
    for arguments, message in (
        (["digits", "--to", str(there)], "exists already"),
        (["digit", "--to", str(tmp_path / "a")], "unknown"),
        (["digits", "--to", str(tmp_path / "a"), "--samples", "0"], "samples"),
    ):
        monkeypatch.setattr(sys, "argv", ["neurolsm", "export", *arguments])
        with pytest.raises(SystemExit) as stop:
            main()
        assert stop.value.code == 2
        shown = capsys.readouterr().err
        assert message in shown and "Traceback" not in shown and shown.count("\n") == 1
    assert not (tmp_path / "a").exists()
