"""The conformance suite itself: it skips only for a written reason, and it finds a backend that is wrong."""

import os
import subprocess
import sys

import pytest

import neurolsm as nl
from neurolsm.conformance import generate, suite
from neurolsm.conformance.generate import Case
from neurolsm.conformance.generate_lives import life
from neurolsm.conformance.suite.agreement import same_recording, same_state
from neurolsm.conformance.suite.lives import live
from neurolsm.conformance.suite.subject import FEATURES, Subject, installed
from neurolsm.errors import NotAvailable
from neurolsm.semantics import ReferenceSimulator


def declare(register, unsupported):
    attributes = {
        "name": "fake",
        "variants": {"a": {}, "b": {}},
        "missing": lambda self: None,
        "unsupported": unsupported,
    }
    register("fake", type("Fake", (), attributes))


def test_a_skip_shows_the_reason_that_was_written(register):
    declare(register, {"float": "the chip has no floats", "b:refractory": "stock neurons lack it"})
    plain, a, b = (Subject.named(name) for name in ("fake", "fake:a", "fake:b"))
    assert plain.unsupported == a.unsupported == {"float": "the chip has no floats"}
    assert b.unsupported == {"float": "the chip has no floats", "refractory": "stock neurons lack it"}
    with pytest.raises(pytest.skip.Exception, match="fake:b lacks refractory periods: stock neurons lack it"):
        b.needs("trace", "refractory")
    a.needs("refractory", "trace")
    case = Case(refractory=True, adaptive=True)
    assert (b.fit(case).refractory, b.fit(case).adaptive) == (False, True)
    assert a.fit(case) == case


@pytest.mark.parametrize("reason", ["", "no", "not yet", None, 5])
def test_a_skip_without_a_reason_is_impossible(register, reason):
    declare(register, {"float": reason})
    with pytest.raises(pytest.fail.Exception, match="write the reason in a sentence"):
        Subject.named("fake")


@pytest.mark.parametrize("feature", ["delays", "b:spikes", "", "everything"])
def test_what_is_compulsory_cannot_be_listed(register, feature):
    declare(register, {feature: "we would rather not do this"})
    with pytest.raises(pytest.fail.Exception, match=f"Known features: {', '.join(FEATURES)}"):
        Subject.named("fake:b")


def test_backends_that_are_installed_are_tested_in_all_variants(register):
    declare(register, {})
    assert {"emulator", "reference", "fake:a", "fake:b"} <= set(installed())
    assert "fake" not in installed()


def test_a_backend_that_was_asked_for_must_run(register, monkeypatch):
    def tired(program, name):
        raise NotAvailable("no compiler")

    declare(register, {})
    monkeypatch.setattr("neurolsm.conformance.suite.subject.open_simulator", tired)
    with pytest.raises(NotAvailable):
        Subject.named("fake", asked=True).open(None)
    with pytest.raises(pytest.skip.Exception, match="no compiler"):
        Subject.named("fake", asked=False).open(None)


def pytest_on(folder, *arguments):
    """Outcome of the suite in an interpreter of its own, as someone with another backend would run it."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments, "--pyargs", suite.__name__]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=800, env=environment)


def test_the_suite_runs_from_any_folder_by_name(tmp_path):
    done = pytest_on(tmp_path, "--neurolsm-backend", "emulator", "--neurolsm-cases", "1")
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout and "skipped" not in done.stdout and "failed" not in done.stdout
    for options, words in (
        (["--neurolsm-backend", "nonesuch"], "backend 'nonesuch' is unknown"),
        (["--neurolsm-cases", "0"], "--neurolsm-cases"),
    ):
        done = pytest_on(tmp_path, *options, "-k", "longest_delay")
        assert done.returncode != 0 and words in done.stdout + done.stderr


WRONG = {
    "off by one in a delay": "replace(p, delay=np.minimum(p.delay + 1, 62).astype(np.uint8))",
    "one weight": "replace(p, weight=np.where(np.arange(p.size) == 3, p.weight // 2, p.weight).astype(np.int16))",
}


@pytest.mark.parametrize("fault", WRONG)
def test_the_suite_finds_a_wrong_backend(tmp_path, fault):
    """A backend outside this tree, found through an entry point, with one fault in every projection."""
    (tmp_path / "wrong_backend.py").write_text(
        "from dataclasses import replace\n"
        "import numpy as np\n"
        "from neurolsm.semantics import ReferenceSimulator\n"
        "class Wrong:\n"
        "    name = 'wrong'\n"
        "    def missing(self): return None\n"
        "    def open(self, program):\n"
        f"        changed = replace(program, projections=tuple({WRONG[fault]} for p in program.projections))\n"
        "        return ReferenceSimulator(changed)\n"
    )
    info = tmp_path / "wrong-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: wrong\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[neurolsm.backends]\nwrong = wrong_backend:Wrong\n")
    options = ["--neurolsm-backend", "wrong", "--neurolsm-cases", "2", "-k", "test_equals_the_reference or test_cell"]
    done = pytest_on(tmp_path, *options)
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAILED")]
    assert any("test_equals_the_reference[wrong-88]" in line for line in failed), done.stdout[-2000:]
    assert any("test_cell[wrong-plain" in line for line in failed)


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("name", "block"),
    [
        pytest.param(name, block, marks=pytest.mark.xdist_group(name))
        for name in installed()
        for block in range(50 if name == "emulator" else 5)
    ],
)
def test_many_random_programs(name, block):
    """Ten programs a block: 500 for the emulator, 50 for each other backend."""
    subject = Subject.named(name, asked=False)
    for seed in range(10 * block, 10 * block + 10):
        case = subject.fit(Case.random(seed))
        program, inputs = generate.program(case), generate.inputs(case)
        reference = ReferenceSimulator(program)
        with subject.open(program) as simulator:
            same_recording(reference.run(inputs), simulator.run(inputs), program, f"{case}: ")
            if subject.can("state"):
                same_state(reference.state, simulator.state, program, f"{case}: ")


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("name", "block"),
    [
        pytest.param(name, block, marks=pytest.mark.xdist_group(name))
        for name, lives in {"emulator": 600, "lava:fused": 60, "brian2:numpy": 30, "brian2:cpp_standalone": 10}.items()
        if name in installed()
        for block in range(lives // 10)
    ],
)
def test_many_lives(name, block):
    """Ten lives a block."""
    subject = Subject.named(name, asked=False)
    learned = 0
    for seed in range(1000 + 10 * block, 1010 + 10 * block):
        story = life(seed)
        with subject.open(story.program) as simulator:
            learned += live(story, simulator)
    assert learned >= 5, "too few of the drawn programs learned anything"


def test_a_difference_is_told_by_place():
    program = nl.lower(nl.LSM(inputs=2, liquid=nl.Liquid(topology=nl.RandomGraph(n=5)))).program
    inputs = nl.Spikes.from_events([([0], [1])] * 2, 9, 2)
    with nl.open_simulator(program) as simulator:
        one, two = simulator.run(inputs), simulator.run(inputs)
    two.v[1, 3] += 7
    with pytest.raises(
        AssertionError, match=rf"final v .* differs in 1 of 10 places, first at \(1, 3\): expected {one.v[1, 3]}"
    ):
        same_recording(one, two, program)
