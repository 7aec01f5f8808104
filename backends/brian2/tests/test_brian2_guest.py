"""Brian2 as a guest: from any thread, under any rules, and nothing of the process is changed."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from brian2_oracle import needs_compiler
from neurolsm_brian2.guest import ready

import neurolsm as nl

LIQUID = nl.Liquid(topology=nl.RandomGraph(n=12, density=0.3), input=nl.RandomMap(density=0.5, weight=0.8))
INPUTS = nl.Spikes.from_dense(np.random.default_rng(0).random((2, 30, 4)) < 0.3)

PLACE = """
import logging, signal, sys, threading, warnings
import numpy as np

def state():
    hooks = sys.excepthook, warnings.showwarning, logging.root.level, list(logging.root.handlers)
    own = [f for f in warnings.filters if "sympy" not in str(f)]
    return signal.getsignal(signal.SIGINT), hooks, own, np.geterr()

import neurolsm as nl
program = nl.lower(nl.LSM(inputs=2, liquid=nl.Liquid(topology=nl.RandomGraph(n=5)))).program
found, before = [], None

def work():
    global before
    nl.open_simulator(program).run(nl.Spikes.from_dense(np.ones((1, 5, 2))))
    before = state()
    with nl.open_simulator(program, "brian2:numpy") as simulator:
        found.append(simulator.run(nl.Spikes.from_dense(np.ones((1, 5, 2)))).spikes.count)

if FROM_A_THREAD:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
else:
    work()
assert found, "it did not run"
assert state() == before, (state(), before)
"""


def counts(backend: str, **how: Any) -> list[int]:
    made = nl.lower(nl.LSM(inputs=4, liquid=LIQUID), **how).program
    with nl.open_simulator(made, backend) as simulator:
        return np.diff(simulator.run(INPUTS).spikes.indptr).tolist()


@pytest.mark.parametrize("thread", [True, pytest.param(False, marks=pytest.mark.nightly)])
def test_first_use_leaves_the_process_as_it_was(thread: bool) -> None:
    """Ctrl-C, uncaught exceptions and warnings stay with whoever had them; warnings may be errors."""
    code = PLACE.replace("FROM_A_THREAD", str(thread))
    found = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=300)
    assert found.returncode == 0 and "Error" not in found.stderr, found.stderr


def test_many_threads_at_once() -> None:
    ready()
    from brian2 import prefs

    chosen, expected = prefs["codegen.target"], counts("emulator")
    with ThreadPoolExecutor(3) as threads:
        assert all(found == expected for found in threads.map(counts, ["brian2:numpy"] * 5))
    assert prefs["codegen.target"] == chosen


@pytest.mark.parametrize("aside", [False, True])
def test_a_run_leaves_the_garbage_of_others_where_it_is(aside: bool) -> None:
    """Brian2 would look for it at each run, in a time that grows with all that the process holds."""

    class Node:
        pass

    made = nl.lower(nl.LSM(inputs=4, liquid=LIQUID)).program
    with nl.open_simulator(made, "brian2:numpy") as simulator:
        simulator.run(INPUTS)
        node = Node()
        node.itself, gone = node, weakref.ref(node)  # type: ignore[attr-defined]
        try:
            gc.disable()
            if aside:
                gc.freeze()
            count = gc.get_freeze_count()
            del node
            simulator.run(INPUTS)
            assert gone() is not None and (gc.get_freeze_count() > 0) == aside == (count > 0)
        finally:
            gc.unfreeze()
            gc.enable()
    gc.collect()
    assert gone() is None


def test_underflow_that_a_caller_made_an_error() -> None:
    """Long after a volley nothing is left of it."""
    inputs = nl.Spikes.from_dense(np.eye(1, 1500)[:, :, None].repeat(4, axis=2))
    made = nl.lower(nl.LSM(inputs=4, liquid=LIQUID), arithmetic="float").program
    states = []
    for backend in ("brian2:numpy", "reference"):
        with np.errstate(all="raise"), nl.open_simulator(made, backend) as simulator:
            states.append(simulator.run(inputs).v)
    assert np.array_equal(*states)


@needs_compiler
def test_sources_are_generated_where_warnings_are_errors(tmp_path: Any) -> None:
    code = (
        "import neurolsm as nl\nif __name__ == '__main__':\n"
        "    p = nl.lower(nl.LSM(inputs=2, liquid=nl.Liquid(topology=nl.RandomGraph(n=7)))).program\n"
        "    nl.open_simulator(p, 'brian2:cpp_standalone').close()"
    )
    env = os.environ | {"PYTHONWARNINGS": "error", "NEUROLSM_CACHE": str(tmp_path)}
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, timeout=300)
    assert found.returncode == 0, found.stderr


def test_where_brian2_finds_no_folder_it_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where nothing at all can be written: Matplotlib, which it imports, needs a folder for its settings."""

    class Full:
        @staticmethod
        def find_spec(name: str, *_: Any) -> None:
            if name == "brian2":
                raise OSError("no writable\ncache directory")

    monkeypatch.delitem(sys.modules, "brian2", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Full, *sys.meta_path])
    with pytest.raises(
        nl.BackendFailure, match=r"^brian2: Brian2 cannot be imported \(no writable cache directory\)\. Set"
    ):
        ready()
