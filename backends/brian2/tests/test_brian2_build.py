"""Choosing a target and building: no compiler, a broken one, a cache that cannot be written, Brian2 in use elsewhere."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from brian2_oracle import RICH, assert_equal, needs_compiler, opened
from neurolsm_brian2.build import find, key

from neurolsm.conformance.generate import Case, inputs, program
from neurolsm.errors import BackendFailure, FileRefused, NotAvailable
from neurolsm.native import cache
from neurolsm.native.workshop import workshop
from neurolsm.semantics import ReferenceSimulator

pytestmark = pytest.mark.xdist_group("brian2")
SMALL = Case(seed=21, n=5, n_inputs=3, steps=10, samples=2, density=0.5, drive=0.5)  # never built by these tests


@pytest.fixture(autouse=True)
def _say_again() -> None:
    cache.say_once.cache_clear()


def test_without_a_compiler_numpy_runs_and_says_so_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    made = program(SMALL)
    with pytest.warns(RuntimeWarning, match=r"no C\+\+ compiler.*Install"), opened(made) as simulator:
        assert simulator.info["target"] == "numpy"
        assert_equal(ReferenceSimulator(made).run(inputs(SMALL)), simulator.run(inputs(SMALL)))
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        opened(made).close()
    with pytest.raises(NotAvailable, match=r"cpp_standalone needs a C\+\+ compiler.*target=\"numpy\""):
        opened(made, target="cpp_standalone")


@needs_compiler
def test_a_broken_compiler_is_shown_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "compiler"
    broken.write_text("#!/bin/sh\necho 'fatal: the moon is in the wrong phase' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("CXX", str(broken))
    monkeypatch.setenv("NEUROLSM_CACHE", str(tmp_path / "cache"))
    with pytest.raises(BackendFailure, match=r"(?s)compiler.*failed.*use target=\"numpy\".*wrong phase"):
        opened(program(SMALL))
    assert list((tmp_path / "cache" / "brian2").iterdir()) == []


def test_the_name_of_a_build_depends_on_all_that_shapes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from neurolsm_brian2 import build

    made = program(SMALL)
    names = [key(made), key(program(RICH))]
    monkeypatch.setattr(build, "FLAGS", ("-O0",))
    names.append(key(made))
    monkeypatch.setattr(build, "version", lambda _: "0.0")
    names.append(key(made))
    assert len(set(names)) == 4
    assert find(made) is None


def test_a_cache_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("NEUROLSM_CACHE", str(tmp_path / "file"))
    with pytest.warns(RuntimeWarning, match="NEUROLSM_CACHE"):
        folder = cache.cache_folder("brian2")
    assert folder.is_dir() and tmp_path not in folder.parents
    assert cache.cache_folder("brian2") == folder


@pytest.mark.parametrize("foreign", ["nothing", "another marker", "another simulation", "a file"])
def test_foreign_files_where_a_build_belongs(foreign: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEUROLSM_CACHE", str(tmp_path))
    folder = tmp_path / "brian2" / key(program(SMALL))
    folder.parent.mkdir()
    if foreign == "a file":
        folder.write_text("mine")
    else:
        folder.mkdir()
        (folder / "notes.txt").write_text("mine")
    if foreign == "another marker":
        (folder / "complete.json").write_text('["mine"]')
    if foreign == "another simulation":
        (folder / "complete.json").write_text('{"main_sha256": "00"}')
        (folder / "main").write_text("#!/bin/sh")
    with pytest.raises(FileRefused, match=rf"{folder}.*Remove this folder, or set NEUROLSM_CACHE"):
        opened(program(SMALL))
    assert folder.is_file() or (folder / "notes.txt").read_text() == "mine"


def test_the_numpy_target_leaves_brian2_as_it_found_it() -> None:
    code = """
from brian2 import defaultclock, ms, prefs, set_device
from brian2.devices.device import all_devices, get_device
from neurolsm.conformance.generate import Case, inputs, program
from neurolsm_brian2 import Brian2Backend
set_device("cpp_standalone", build_on_run=False)
defaultclock.dt = 0.25 * ms
prefs.codegen.target = "cython"
with Brian2Backend.open(program(Case()), target="numpy") as simulator:
    assert simulator.run(inputs(Case())).spikes.count
assert get_device() is all_devices["cpp_standalone"]
assert defaultclock.dt == 0.25 * ms and prefs.codegen.target == "cython"
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_of_two_builders_the_first_wins_and_a_failed_one_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "build"
    with workshop(folder) as slow:
        (slow / "who").write_text("slow")
        with workshop(folder) as fast:
            (fast / "who").write_text("fast")
        with pytest.raises(KeyboardInterrupt), workshop(tmp_path / "other") as stopped:
            (stopped / "who").write_text("stopped")
            raise KeyboardInterrupt
    assert (folder / "who").read_text() == "fast"
    assert list(tmp_path.iterdir()) == [folder]
