"""The exported folder: it replays itself, it begins where a deployment stopped, and what is wrong is refused with nothing written."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import neurolsm_c
import numpy as np
import pytest
from c_oracle import needs_compiler, plastic, static

import neurolsm as nl
from neurolsm.conformance.suite.bench import build as bench
from neurolsm.conformance.suite.cells import FLOAT
from neurolsm.errors import InvalidValue
from neurolsm.program.state import State

pytestmark = [needs_compiler, pytest.mark.xdist_group("c")]


def replayed(folder: Path) -> tuple[int, str]:
    made = subprocess.run(["make", "-C", folder, "check"], capture_output=True, text=True)
    assert "warning" not in made.stderr
    return made.returncode, made.stdout


@pytest.fixture(scope="module")
def small():
    liquid = nl.Liquid(topology=nl.RandomGraph(n=20), plasticity=nl.STDP(), input=nl.RandomMap(density=0.5, weight=0.4))
    return nl.LSM(inputs=3, liquid=liquid, readout=nl.DeltaReadout(classes=2), seed=1)


X = np.random.default_rng(0).random((6, 3))


def test_a_folder_checks_itself(tmp_path):
    program, inputs, graded = plastic(5)
    folder = neurolsm_c.export(program, tmp_path / "made", inputs=inputs, graded=graded)
    code, said = replayed(folder)
    assert code == 0 and "all as expected" in said


@pytest.mark.parametrize("wrong", ["expected_counts", "expected_weight_0"])
def test_the_replay_can_fail(wrong, tmp_path):
    program, inputs, graded = plastic(5)
    folder = neurolsm_c.export(program, tmp_path / "made", inputs=inputs, graded=graded)
    text = (folder / "recorded.h").read_text()
    head, _, rest = text.partition(f"{wrong}[")
    size, _, rest = rest.partition("{\n    ")
    first, _, rest = rest.partition(",")
    (folder / "recorded.h").write_text(f"{head}{wrong}[{size}{{\n    {int(first) ^ 1},{rest}")
    assert replayed(folder)[0] != 0


def test_it_begins_where_a_deployment_stopped(small, tmp_path):
    with nl.deploy(small, nl.RateEncoder(steps=20), labels=[0, 1]) as chip:
        chip.learn(X, [0, 1] * 3)
        folder = neurolsm_c.export(chip, tmp_path / "made")
        fresh = neurolsm_c.export(chip.program, tmp_path / "fresh")
    assert replayed(folder)[0] == 0
    assert (folder / "lsm.c").read_text() != (fresh / "lsm.c").read_text()


@pytest.mark.parametrize(
    "first, second", [("reference", "emulator"), ("emulator", "reference"), ("emulator", "brian2:numpy")]
)
def test_a_life_of_a_file_and_of_a_struct(first, second, small, tmp_path):
    """Learn here, go on in C by the struct alone, read it back, go on there: as if nothing had happened in between."""
    encoder, y = nl.RateEncoder(steps=20), [0, 1] * 3
    with nl.deploy(small, encoder, labels=[0, 1], backend="reference") as whole:
        for _ in range(3):
            whole.learn(X, y)
        expected = whole.predict(X)
    with nl.deploy(small, encoder, labels=[0, 1], backend=first) as chip:
        chip.learn(X, y)
        chip.save(tmp_path / "one.lsm")
    with nl.resume(tmp_path / "one.lsm", backend="c") as chip:
        chip._chip.simulator.state = neurolsm_c.unpack(chip.program, neurolsm_c.struct_of(tmp_path / "one.lsm"))
        chip.learn(X, y)
        chip.save(tmp_path / "two.lsm")
        data = neurolsm_c.pack(chip.program, chip.state)
    neurolsm_c.read_back(tmp_path / "two.lsm", data, tmp_path / "three.lsm")
    with nl.resume(tmp_path / "three.lsm", backend=second) as chip:
        chip.learn(X, y)
        assert (chip.predict(X).score == expected.score).all()


def test_a_state_of_another_program_is_refused():
    one, other = static(3)[0], static(4)[0]
    data = neurolsm_c.pack(one, State.rest(one))
    with pytest.raises(InvalidValue, match="no state of this program"):
        neurolsm_c.unpack(other, data)
    twin = replace(one, seed=one.seed + 1)
    with pytest.raises(InvalidValue, match="it is of another program"):
        neurolsm_c.unpack(twin, data)
    with pytest.raises(InvalidValue, match="State"):
        neurolsm_c.pack(one, State.rest(other))


def test_what_is_refused_leaves_nothing(tmp_path):
    program, inputs, _ = static(3)
    (tmp_path / "there").mkdir()
    for bad, options, message in (
        (program, {"folder": tmp_path / "there"}, "exists already"),
        (program, {"folder": tmp_path / "no" / "where"}, "does not exist"),
        (bench(FLOAT, integer=False)[0], {}, "floating point"),
        ("digits", {}, "must be a Program or a Deployment"),
        (program, {"inputs": inputs[:0]}, "no step"),
        (program, {"state": State.rest(static(4)[0])}, "State"),
    ):
        with pytest.raises(InvalidValue, match=message):
            neurolsm_c.export(bad, **{"folder": tmp_path / "new", **options})
    assert [p.name for p in tmp_path.iterdir()] == ["there"] and not list((tmp_path / "there").iterdir())


def test_wrong_calls_are_told_and_change_nothing(tmp_path):
    """Events beyond the channels, more than there are, out of order, and lessons where there are none."""
    program = static(3)[0]
    folder = neurolsm_c.export(program, tmp_path / "made")
    n = program.n_inputs
    (folder / "wrong.c").write_text(f"""
#include "lsm.h"
#include <string.h>
static lsm_index spikes[LSM_NEURONS];
static lsm_state_t before;
int main(void)
{{
    static lsm_index events[LSM_INPUTS + 1];
    lsm_init();
    before = *lsm_state();
    for (int k = 0; k <= LSM_INPUTS; k++) events[k] = (lsm_index)k;
    const int32_t wrong[] = {{ {n + 1}, INT32_MAX, -1, INT32_MIN }};
    for (int k = 0; k < 4; k++)
        if (lsm_step(events, wrong[k], spikes) != LSM_TOO_MANY) return 1;
    events[0] = {n};
    if (lsm_step(events, 1, spikes) != LSM_NO_CHANNEL) return 2;
    events[0] = events[1] = 0;
    if (lsm_step(events, 2, spikes) != LSM_NOT_ASCENDING) return 3;
    if (lsm_teach((const int8_t *)events, 1) != LSM_NO_LESSON) return 4;
    return memcmp(&before, lsm_state(), sizeof before) ? 5 : lsm_step(events, 1, spikes) < 0;
}}
""")
    strict = ["gcc", "-std=c99", "-fsanitize=address,undefined", "lsm.c", "wrong.c", "-o", "wrong"]
    subprocess.run(strict, cwd=folder, check=True)
    assert subprocess.run(["./wrong"], cwd=folder).returncode == 0


def test_the_command(tmp_path):
    command = [sys.executable, "-m", "neurolsm", "export", "digits", "--language", "c", "--samples", "1", "--to"]
    assert subprocess.run([*command, tmp_path / "made"]).returncode == 0
    assert replayed(tmp_path / "made")[0] == 0
