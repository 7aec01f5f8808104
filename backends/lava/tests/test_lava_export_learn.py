"""Exported Lava programs with a readout that learns: they need Lava and NumPy alone, teach themselves, and give the same bits."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import numpy as np
import pytest
from lava_checks import children
from neurolsm_lava import export
from test_lava_export import run

from neurolsm.cli import main
from neurolsm.conformance.generate_readouts import taught
from neurolsm.errors import TargetRefusal
from neurolsm.program.state import State
from neurolsm.semantics import ReferenceSimulator

pytestmark = pytest.mark.xdist_group("lava")
FILES = [
    "README.md", "expected.npz", "inputs.npz", "lava_shim.py", "network.npz", "run.py", "teacher/__init__.py", "teacher/process.py",
    "teacher/third.py",
]  # fmt: skip


@pytest.mark.parametrize("seed", [137, *(pytest.param(k, marks=pytest.mark.nightly) for k in (190, 187, 174, 101))])
def test_the_exported_program_learns_the_same_bits(seed: int, tmp_path: Path) -> None:
    case, before = taught(seed), children()
    carry = seed == 101  # a linear readout has time constants that are not whole steps
    folder = export(case.program, case.spikes, tmp_path / "there", graded=case.graded, carry=carry)
    done = run(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "not a bit differs" in done.stdout and " 0 weights" not in done.stdout
    reference = ReferenceSimulator(case.program)
    recording = reference.run(case.spikes, graded=case.graded, carry=carry)
    found = np.load(folder / "results.npz")
    np.testing.assert_array_equal(found["spikes"], np.concatenate(recording.spikes.to_list()))
    np.testing.assert_array_equal(found["v"], recording.v)
    learned = sorted(np.concatenate([found[name] for name in found.files if name.endswith(".weight")]).tolist())
    assert learned == sorted(np.concatenate([memory.weight for memory in reference.state.plastic]).tolist())
    assert not children(but=before)


def test_other_lessons_teach_something_else(tmp_path: Path) -> None:
    """The program computes what it learns: with no lesson in inputs.npz its readout learns nothing."""
    case = taught(137)
    folder = export(case.program, case.spikes, tmp_path / "there", graded=case.graded)
    arrays = dict(np.load(folder / "inputs.npz"))
    arrays["lessons.value"] = np.zeros_like(arrays["lessons.value"])
    np.savez(folder / "inputs.npz", **arrays)
    done = run(folder)
    assert (
        done.returncode == 1
        and ", 0 weights have changed" in done.stdout
        and "differs from expected.npz: " in done.stdout
    )


def test_it_goes_on_with_what_was_learned(tmp_path: Path) -> None:
    case = taught(137)
    reference = ReferenceSimulator(case.program)
    reference.run(case.spikes, graded=case.graded)
    folder = export(case.program, case.spikes, tmp_path / "there", graded=case.graded, state=reference.state)
    start = State.rest(case.program)
    for new, old in zip(start.plastic, reference.state.plastic, strict=True):
        new.weight[:] = old.weight
    reference.state = start
    recording = reference.run(case.spikes, graded=case.graded)
    expected = np.load(folder / "expected.npz")
    np.testing.assert_array_equal(expected["v"], recording.v)
    assert run(folder).returncode == 0


def test_it_needs_lava_and_numpy_alone(tmp_path: Path) -> None:
    case = taught(190)
    folder = export(case.program, case.spikes, tmp_path / "there", graded=case.graded)
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()) == FILES
    used = set()
    for path in folder.rglob("*.py"):
        text = path.read_text()
        compile(text, path.name, "exec")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Import):
                used |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                used.add(node.module.partition(".")[0])
    assert used - set(sys.stdlib_module_names) == {"lava", "numpy", "lava_shim", "teacher"}


def test_time_constants_that_lava_would_round_are_refused(tmp_path: Path) -> None:
    case = taught(172)
    with pytest.raises(TargetRefusal, match=r"3\.5.*carry=True"):
        export(case.program, case.spikes, tmp_path / "there", graded=case.graded)
    assert not list(tmp_path.iterdir())


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def call(*arguments: str) -> tuple[int | str | None, str]:
        monkeypatch.setattr(sys, "argv", ["neurolsm", "export", *arguments])
        with pytest.raises(SystemExit) as stop:
            main()
        out = capsys.readouterr()
        return stop.value.code, out.out + out.err

    there = tmp_path / "there"
    code, said = call("digits", "--learn", "--to", str(there), "--samples", "2")
    assert code == 0, said
    assert "7,010 neurons" in said and "2 samples" in said and "--chip" not in said
    assert sorted(str(path.relative_to(there)) for path in there.rglob("*") if path.is_file()) == FILES
    expected, network = np.load(there / "expected.npz"), np.load(there / "network.npz")
    learned = [name for name in expected.files if name.endswith(".weight")]
    assert len(learned) == 3 and all((expected[name] != network[name]).any() for name in learned[:2])
    code, said = call("navigation", "--learn", "--to", str(tmp_path / "a"))
    assert code == 2 and "--learn = 'navigation': has no labels to learn" in said
    assert [path.name for path in tmp_path.iterdir()] == ["there"]


@pytest.mark.nightly
def test_digits_learn_in_the_exported_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        sys, "argv", ["neurolsm", "export", "digits", "--learn", "--to", str(tmp_path / "d"), "--samples", "2"]
    )
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 0
    done = run(tmp_path / "d", limit=1800.0)  # Lava's own models take seconds per step, so two samples
    assert done.returncode == 0, done.stdout + done.stderr
