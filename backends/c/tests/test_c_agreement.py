"""Random programs against the reference; compilers have nothing to say; the sanitizers find nothing."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from c_oracle import agrees, lives, needs_compiler, plastic, static
from neurolsm_c import CBackend, build
from neurolsm_c.boards import BOARDS, Board
from neurolsm_c.design import Design
from neurolsm_c.source import files

import neurolsm as nl
from neurolsm.conformance.suite.agreement import same_recording, same_state
from neurolsm.errors import InvalidValue, NotAvailable
from neurolsm.program import Population, Program
from neurolsm.program.graded import Graded
from neurolsm.program.spikes import Spikes
from neurolsm.semantics import ReferenceSimulator

pytestmark = [needs_compiler, pytest.mark.xdist_group("c")]
STRICT = ("-std=c99", "-O1", "-Wall", "-Wextra", "-Wconversion", "-pedantic", "-Werror")
SANITIZED = ("-std=c99", "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")


def silent(program: Program, folder: Path, compiler: str) -> None:
    if not shutil.which(compiler):
        pytest.skip(f"{compiler} is not installed")
    for name, text in {**files(Design(program)), "main.c": build.HARNESS.read_text()}.items():
        (folder / name).write_text(text)
    command = [compiler, *STRICT, "lsm.c", "main.c", "-o", "main"]
    said = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert (said.returncode, said.stdout + said.stderr) == (0, "")


@pytest.mark.parametrize("seed", range(6))
def test_random_programs(seed: int) -> None:
    agrees(static(seed))


@pytest.mark.parametrize("seed", range(6))
def test_random_programs_that_learn(seed: int) -> None:
    agrees(plastic(seed))


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("make", [static, plastic])
@pytest.mark.parametrize("seed", [3, 9])
def test_compilers_have_nothing_to_say(compiler, make, seed, tmp_path):
    silent(make(seed)[0], tmp_path, compiler)


def test_names_cannot_leave_their_comment(tmp_path):
    """Names of populations and projections are the user's own."""
    program = static(3)[0]
    wild = "*/ int x = 1; /* \\\n ??/ \u2028 \"'"
    named = replace(program, populations=(Population(wild, 0, program.n),))
    silent(replace(named, projections=tuple(replace(p, name=wild) for p in named.projections)), tmp_path, "gcc")


@pytest.mark.nightly
@pytest.mark.parametrize("part", range(10))
def test_many_random_programs(part: int, monkeypatch) -> None:
    """Each builds without a warning, too."""
    monkeypatch.setattr(build, "FLAGS", STRICT)
    for seed in range(50 * part, 50 * part + 50):
        agrees(static(seed))
    for seed in range(1000 + 20 * part, 1020 + 20 * part):
        agrees(plastic(seed))
    for seed in range(10 * part, 10 * part + 10):
        lives(seed)


@pytest.mark.nightly
def test_the_sanitizers_find_nothing(monkeypatch) -> None:
    monkeypatch.setattr(build, "FLAGS", SANITIZED)
    for seed in range(40):
        agrees(static(seed))
        agrees(plastic(seed))
        lives(seed)


@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
def test_boards(board: Board) -> None:
    on_board(board, [static(1), plastic(5)])


@pytest.mark.nightly
@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
def test_many_random_programs_on_boards(board: Board) -> None:
    on_board(board, [static(seed) for seed in range(25)] + [plastic(seed) for seed in range(25)])


def on_board(board: Board, programs: list[tuple[Program, Spikes, Graded | None]]) -> None:
    if board.missing():
        pytest.skip(str(board.missing()))
    for given in programs:
        agrees(given, f"c:{board.name}")


@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
def test_a_life_goes_on_across_a_board(board: Board) -> None:
    """Half of a stream here, half on the board, and the other way round."""
    if board.missing():
        pytest.skip(str(board.missing()))
    program, inputs, graded = plastic(5)
    reference = ReferenceSimulator(program)
    with nl.open_simulator(program, f"c:{board.name}") as there, nl.open_simulator(program, "emulator") as here:
        for simulator, other in ((here, there), (there, here)):
            expected = reference.run(inputs, graded=graded)
            same_recording(expected, simulator.run(inputs, graded=graded), program)
            other.state = simulator.state
        same_state(reference.state, here.state, program)


def test_a_program_larger_than_the_board(monkeypatch) -> None:
    board = BOARDS["cortex-m3"]
    if board.missing():
        pytest.skip(str(board.missing()))
    monkeypatch.setitem(BOARDS, "cortex-m3", replace(board, ram=100))
    with pytest.raises(InvalidValue, match=r"bytes of memory.*is more than the 100 bytes of c:cortex-m3"):
        nl.open_simulator(static(1)[0], "c:cortex-m3")


def test_a_board_without_its_tools(monkeypatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NotAvailable, match=r"arm-none-eabi-gcc is not installed\. On Debian: apt install gcc-arm-none"):
        CBackend.open(static(1)[0], board="cortex-m3")
