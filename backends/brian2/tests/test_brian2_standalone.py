"""The C++ target: built once, reused by whoever comes later, and never left running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from brian2_oracle import RICH, assert_equal, needs_compiler, opened, other_inputs
from neurolsm_brian2 import Brian2Simulator
from neurolsm_brian2.build import find

from neurolsm.conformance.generate import inputs, program
from neurolsm.errors import BackendFailure
from neurolsm.native import command
from neurolsm.program import Program
from neurolsm.program.spikes import Spikes
from neurolsm.semantics import ReferenceSimulator

pytestmark = [pytest.mark.xdist_group("brian2"), needs_compiler]


@pytest.fixture(scope="module")
def rich() -> Program:
    return program(RICH)


@pytest.fixture
def simulator(rich: Program) -> Iterator[Brian2Simulator]:
    with opened(rich) as simulator:
        yield simulator


def child_of(simulator: Brian2Simulator) -> int:
    return simulator._engine._worker.child._process.pid  # type: ignore[union-attr]


def ended(pid: int) -> bool:
    """No such process, or a dead one that its parent has yet to bury."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_is_the_default_and_leaves_nothing_in_the_working_folder(
    rich: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with opened(rich) as simulator:
        assert simulator.info["target"] == "cpp_standalone"
        simulator.run(inputs(RICH))
    assert list(tmp_path.iterdir()) == []


def test_what_never_runs_is_not_compiled(rich: Program, simulator: Brian2Simulator) -> None:
    folder = find(rich)
    assert folder is not None
    sources = "".join(path.read_text() for path in folder.glob("*.cpp"))
    assert "_write_arrays() {}" in sources and "outfile" not in sources


def test_any_inputs_without_another_build(
    rich: Program, simulator: Brian2Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = find(rich)
    assert folder is not None
    built = (folder / "main").stat().st_mtime_ns
    monkeypatch.setenv("PATH", "")  # no compiler, no make
    reference = ReferenceSimulator(rich)
    with opened(rich) as later:
        assert later.info["reused"] and later.info["target"] == "cpp_standalone"
        for samples, steps in ((1, 3), (9, 41), (2, 200)):
            batch = other_inputs(RICH, samples, samples, steps)
            for one in (simulator, later):
                assert_equal(reference.run(batch), one.run(batch))
    assert find(rich) == folder and (folder / "main").stat().st_mtime_ns == built
    assert not list(folder.parent.glob(".building-*"))


def test_other_weights_biases_and_thresholds_without_another_build(
    rich: Program, simulator: Brian2Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a search tries belongs to a run, not to the build; so does what a process that died had been told."""
    monkeypatch.setenv("PATH", "")  # no compiler
    monkeypatch.setattr(command, "call", None)  # and nobody who would call one
    rng = np.random.default_rng(3)
    projections = tuple(replace(p, weight=rng.permutation(p.weight) // 4 * 2) for p in rich.projections)
    neurons = replace(
        rich.neurons, bias_mant=rng.permutation(rich.neurons.bias_mant), vth=rng.permutation(rich.neurons.vth)
    )
    other = replace(rich, projections=projections, neurons=neurons)
    batch = other_inputs(RICH, 1, 4, 60)
    expected = ReferenceSimulator(other).run(batch)
    assert not expected.spikes.equal(ReferenceSimulator(rich).run(batch).spikes)
    with opened(other) as later:
        assert later.info["reused"] and find(other) == find(rich)
        assert_equal(expected, later.run(batch))
        os.kill(child_of(later), signal.SIGKILL)
        with pytest.raises(BackendFailure):
            later.run(batch)
        assert_equal(expected, later.run(batch))
    assert_equal(ReferenceSimulator(rich).run(batch), simulator.run(batch))


SECOND = """
import sys
from neurolsm.program import Program
from neurolsm.program.spikes import Spikes
from neurolsm_brian2 import Brian2Backend
import numpy as np
with Brian2Backend.open(Program.load(sys.argv[1])) as simulator:
    assert simulator.info["reused"], simulator.info
    print(simulator.run(Spikes.from_dense(np.load(sys.argv[2]))).spikes.unit.tolist())
    assert "brian2" not in sys.modules
"""


def test_another_process_reuses_the_build(rich: Program, simulator: Brian2Simulator, tmp_path: Path) -> None:
    raster = np.random.default_rng(0).random((1, 30, RICH.n_inputs)) < 0.3
    rich.save(tmp_path / "program")
    np.save(tmp_path / "raster.npy", raster)
    command = [sys.executable, "-c", SECOND, str(tmp_path / "program"), str(tmp_path / "raster.npy")]
    second = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PATH": ""}, check=False)
    assert second.returncode == 0, second.stderr
    assert second.stdout.strip() == str(simulator.run(Spikes.from_dense(raster)).spikes.unit.tolist())


def test_a_killed_process_is_reported_and_replaced(rich: Program, simulator: Brian2Simulator) -> None:
    batch = inputs(RICH)
    before = simulator.run(batch)
    os.kill(child_of(simulator), signal.SIGKILL)
    with pytest.raises(BackendFailure, match="SIGKILL"):
        simulator.run(batch)
    assert_equal(before, simulator.run(batch))


def test_what_a_dying_process_said_is_shown(rich: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    from neurolsm_brian2.standalone import StandaloneEngine

    # A request that breaks off: the child says so and leaves.
    monkeypatch.setattr(StandaloneEngine, "_request", lambda *_: [np.array([1, 2, 3, 0, 0]), np.zeros(1)])
    with opened(rich) as simulator:
        simulator._engine._answer = lambda child, *_: child._in.close() or child.read(np.int32, 1)  # type: ignore[union-attr]
        with pytest.raises(BackendFailure, match=r"exit code 3.*cut short"):
            simulator.run(inputs(RICH))


def test_interrupt_ends_the_child(simulator: Brian2Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    simulator.run(inputs(RICH))
    child = child_of(simulator)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(type(simulator._engine), "_answer", interrupt)
        with pytest.raises(KeyboardInterrupt):
            simulator.run(inputs(RICH))
    assert ended(child)


def test_close_ends_the_child(rich: Program) -> None:
    with opened(rich) as simulator:
        simulator.run(inputs(RICH))
        child = child_of(simulator)
        assert not ended(child)
    assert ended(child)
    forgotten = opened(rich)
    forgotten.run(inputs(RICH))
    child = child_of(forgotten)
    del forgotten
    assert ended(child)


ABANDONED = """
import os, sys
from neurolsm.program import Program
from neurolsm.program.spikes import Spikes
from neurolsm_brian2 import Brian2Backend
simulator = Brian2Backend.open(Program.load(sys.argv[1]))
simulator.run(Spikes.from_events([([], [])], 5, simulator.program.n_inputs))
print(simulator._engine._worker.child._process.pid, flush=True)
os.kill(os.getpid(), 9)
"""


def test_the_child_ends_when_its_owner_is_killed(rich: Program, simulator: Brian2Simulator, tmp_path: Path) -> None:
    rich.save(tmp_path / "program")
    command = [sys.executable, "-c", ABANDONED, str(tmp_path / "program")]
    owner = subprocess.run(command, capture_output=True, text=True, check=False)
    assert owner.returncode == -signal.SIGKILL, owner.stderr
    deadline = time.monotonic() + 10
    while not ended(int(owner.stdout)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert ended(int(owner.stdout))
