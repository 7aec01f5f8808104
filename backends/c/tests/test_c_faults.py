"""Compilers that are missing, fail, hang or make nothing; processes that die; nothing is left behind."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from c_oracle import needs_compiler, static
from neurolsm_c.boards import BOARDS

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


@pytest.mark.parametrize("name", sorted(BOARDS))
def test_a_cross_compiler_without_a_c_library(name, tmp_path, monkeypatch):
    """Such a compiler answers the name of a file that it does not have by that name alone."""
    board = BOARDS[name]
    script(tmp_path / board.compiler, 'echo "${1#-print-file-name=}"')
    script(tmp_path / board.emulator[0], "exit 0")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(NotAvailable, match=f"c:{name}: {board.compiler} has no C library. On Debian: apt install "):
        nl.open_simulator(PROGRAM, f"c:{name}")


@pytest.mark.parametrize("library", BOARDS["cortex-m3"].libraries, ids=lambda one: one.specs)
def test_the_c_library_that_is_there_is_taken(library, tmp_path, monkeypatch):
    answer = f'case "$1" in *={library.specs}) echo /lib/{library.specs};; *) echo "${{1#-print-file-name=}}";; esac'
    script(tmp_path / "arm-none-eabi-gcc", answer)
    script(tmp_path / "qemu-system-arm", "exit 0")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    board = BOARDS["cortex-m3"]
    assert board.missing() is None
    assert board.library is library
    assert set(board.texts()) == set(library.sources)
