"""Weights that are drawn again at each spike: every bit of a program whose weights are stored nowhere."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import neurolsm_c
import numpy as np
import pytest
from c_oracle import needs_compiler, plastic, static
from neurolsm_c import build
from neurolsm_c.boards import BOARDS
from neurolsm_c.design import Design
from neurolsm_c.drawn import LEVELS, shares, worth
from neurolsm_c.source import files, tables_of
from test_c_agreement import SANITIZED, silent
from test_c_paths import drawn as regular

import neurolsm as nl
from neurolsm.conformance.suite.agreement import same_recording, same_state
from neurolsm.errors import InvalidValue
from neurolsm.program import Program
from neurolsm.semantics import ReferenceSimulator

pytestmark = [needs_compiler, pytest.mark.xdist_group("c")]


def having(make, seeds: range) -> list[int]:
    """Of programs that have weights to draw."""
    return [seed for seed in seeds if any(map(worth, make(seed)[0].projections))]


def agrees(make, seed: int, backend: str = "c") -> None:
    """Against a reference that knows the weights from a table."""
    program, inputs, graded = make(seed)
    program = neurolsm_c.redraw(program)
    reference = ReferenceSimulator(program)
    expected = reference.run(inputs, graded=graded, trace=("u", "v"))
    with nl.open_simulator(program, backend, weights="drawn") as simulator:
        same_recording(expected, simulator.run(inputs, graded=graded, trace=("u", "v")), program)
        same_state(reference.state, simulator.state, program)


@pytest.mark.parametrize("make", [static, plastic])
def test_random_programs(make, monkeypatch):
    monkeypatch.setattr(build, "FLAGS", SANITIZED)
    for seed in having(make, range(30))[:4]:
        agrees(make, seed)


@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
def test_boards(board):
    if board.missing():
        pytest.skip(str(board.missing()))
    for make in (static, plastic):
        agrees(make, having(make, range(30))[0], f"c:{board.name}")


def regular_program(seed: int):
    program, inputs, _ = regular(seed)
    return program, inputs, None


def test_rows_without_tables(monkeypatch):
    """Rows that are a pattern, whose synapses are counted rather than looked up."""
    monkeypatch.setattr("neurolsm_c.drawn.worth", lambda p: p.plasticity is None and p.size > 1)
    for seed in range(4):
        agrees(regular_program, seed)


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_compilers_have_nothing_to_say(compiler, tmp_path, monkeypatch):
    program = neurolsm_c.redraw(static(having(static, range(30))[0])[0])
    monkeypatch.setattr("test_c_agreement.Design", lambda program: Design(program, drawn=True))
    silent(program, tmp_path, compiler)


def column(seed: int = 1) -> Program:
    weights = nl.Pairs(ee=nl.Gamma(0.1), ei=nl.Gamma(0.2), ie=nl.Gamma(0.2), ii=nl.Gamma(0.2))
    liquid = nl.Liquid(topology=nl.Column(shape=(15, 3, 3)), weights=weights, delays=nl.Uniform(0, 5e-3))
    return nl.lower(nl.LSM(inputs=4, liquid=liquid, seed=seed)).program


def test_a_law_keeps_its_mean_and_its_spread():
    before = column()
    after = neurolsm_c.redraw(before)
    assert after.sha256 != before.sha256 and neurolsm_c.redraw(before).sha256 == after.sha256
    assert neurolsm_c.redraw(after).sha256 == after.sha256
    for old, new in zip(before.projections, after.projections, strict=True):
        assert np.array_equal(old.post, new.post) and np.array_equal(old.delay, new.delay)
        if not worth(old):
            assert np.array_equal(old.weight, new.weight)
            continue
        spread = old.weight.std()
        assert abs(new.weight.mean() - old.weight.mean()) < 4 * spread / np.sqrt(old.size)
        assert abs(new.weight.std() / spread - 1) < 0.25


def test_no_weight_is_stored():
    program = neurolsm_c.redraw(column())
    stored, drawn = (tables_of(files(Design(program, drawn=drawn))["lsm.c"]) for drawn in (False, True))
    gone = stored.keys() - drawn.keys()
    assert gone and all(name.startswith("weight_of_") for name in gone)
    assert sum(stored.values()) - sum(drawn.values()) == sum(stored[name] for name in gone) - LEVELS * len(gone)


def test_weights_of_another_law_are_refused(tmp_path):
    program = column()
    with pytest.raises(InvalidValue, match=r"weights='drawn'.*liquid/.*integers cannot draw again.*redraw\(program\)"):
        neurolsm_c.export(program, tmp_path / "made", weights="drawn")
    with pytest.raises(InvalidValue, match="must be 'stored' or 'drawn'"):
        neurolsm_c.export(program, tmp_path / "made", weights="guessed")
    assert not list(tmp_path.iterdir())


def test_one_wrong_weight_is_found():
    program = neurolsm_c.redraw(column())
    number = next(k for k, p in enumerate(program.projections) if worth(p))
    p = program.projections[number]
    share = shares(program, p)
    twin = next(k for k in range(p.size) if (share == share[k]).sum() > 1)
    weight = p.weight.copy()
    weight[twin] += 1 if weight[twin] < 100 else -1
    other = list(program.projections)
    other[number] = replace(p, weight=weight)
    with pytest.raises(InvalidValue, match="cannot draw again"):
        files(Design(replace(program, projections=tuple(other)), drawn=True))


def test_the_command(tmp_path):
    command = [sys.executable, "-m", "neurolsm", "export", "digits", "--samples", "1", "--weights", "drawn", "--to"]
    assert subprocess.run([*command, tmp_path / "made", "--language", "c"]).returncode == 0
    made = subprocess.run(["make", "-C", tmp_path / "made", "check"], capture_output=True, text=True)
    assert made.returncode == 0 and "all as expected" in made.stdout
    said = subprocess.run([*command, tmp_path / "lava"], capture_output=True, text=True)
    assert said.returncode == 2 and "is of --language c" in said.stderr


@pytest.mark.nightly
def test_many_random_programs(monkeypatch):
    monkeypatch.setattr(build, "FLAGS", SANITIZED)
    for make in (static, plastic):
        for seed in having(make, range(100, 160)):
            agrees(make, seed)
    for board in BOARDS.values():
        for seed in () if board.missing() else having(static, range(30))[:5]:
            agrees(static, seed, f"c:{board.name}")
