"""Compilers that are missing, fail, hang or make nothing; processes that die; nothing is left behind."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from c_oracle import needs_compiler, static

import neurolsm as nl
from neurolsm.errors import BackendFailure, InvalidValue, NotAvailable
from neurolsm.semantics import ReferenceSimulator

pytestmark = [needs_compiler, pytest.mark.xdist_group("c")]
PROGRAM, INPUTS, _ = static(3)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("NEUROLSM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "c"


def script(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    "text, message",
    [
        ("echo no such type >&2; exit 3", "failed with exit code 3.*no such type"),
        ("kill -9 $$", "was ended by SIGKILL"),
        ("exit 0", "ended well and made nothing"),
        ("sleep 8719", "did not end within the deadline of 1 s"),
    ],
)
def test_a_bad_compiler_is_named_and_leaves_nothing(text, message, cache, tmp_path, monkeypatch):
    monkeypatch.setenv("CC", script(tmp_path / "compiler", text))
    with pytest.raises(BackendFailure, match=f"(?s){message}"):
        nl.open_simulator(PROGRAM, "c", deadline=1.0 if "sleep" in text else None)
    assert not list(cache.iterdir())


def test_without_a_compiler(monkeypatch):
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NotAvailable, match=r"there is no C compiler. Install a C compiler"):
        nl.open_simulator(PROGRAM, "c")


@pytest.mark.parametrize("deadline", [0, -1.0, float("inf"), float("nan"), "long", True])
def test_deadlines_that_are_none(deadline):
    with pytest.raises(InvalidValue, match="must be a number of seconds above 0"):
        nl.open_simulator(PROGRAM, "c", deadline=deadline)


def test_a_process_that_dies_is_named_and_the_next_run_works():
    with nl.open_simulator(PROGRAM, "c") as simulator:
        simulator.run(INPUTS)
        os.kill(simulator._engine._worker.child._process.pid, signal.SIGKILL)
        with pytest.raises(BackendFailure, match="was ended by SIGKILL"):
            simulator.run(INPUTS)
        assert simulator.run(INPUTS).spikes.equal(ReferenceSimulator(PROGRAM).run(INPUTS).spikes)


def test_a_damaged_build_is_built_again(cache):
    with nl.open_simulator(PROGRAM, "c") as simulator:
        folder = Path(simulator.info["folder"])
        assert not simulator.info["reused"]
    with nl.open_simulator(PROGRAM, "c") as simulator:
        assert simulator.info["reused"]
    (folder / "main").write_bytes(b"")
    with nl.open_simulator(PROGRAM, "c") as simulator:
        assert not simulator.info["reused"]
        simulator.run(INPUTS)
