"""Options, availability and the entry point."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from neurolsm_lava import LavaBackend, backend

from neurolsm.conformance.generate import Case, inputs, program
from neurolsm.errors import InvalidValue, NotAvailable
from neurolsm.execute.backend import Backend, Simulator, get, open_simulator

CASE = Case(seed=1, n=5)


def test_it_comes_through_the_entry_point() -> None:
    assert isinstance(get("lava"), LavaBackend)
    assert isinstance(LavaBackend(), Backend)
    with open_simulator(program(CASE), "lava:stock") as simulator:
        assert isinstance(simulator, Simulator)
        assert simulator.info["model"] == "stock"


NO_DEADLINES = (
    0, -1, -0.0, float("nan"), float("inf"), -float("inf"), np.float32("inf"), 10**400, True, np.True_, "60", b"60", None,
    [60.0], np.array([60.0]), 1j,
)  # fmt: skip


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("model", "chip"),
        ("lanes", 0),
        ("lanes", 2.5),
        ("lanes", True),
        *(("deadline", value) for value in NO_DEADLINES),
    ],
)
def test_options_are_checked(option: str, value: Any) -> None:
    with pytest.raises(InvalidValue, match=f"LavaBackend.{option} = "):
        LavaBackend.open(program(CASE), **{option: value})


@pytest.mark.parametrize("value", [np.float32(2.5), np.int64(2), 1e-3, 1e300])
def test_a_deadline_is_any_positive_number(value: Any) -> None:
    assert LavaBackend.open(program(CASE), deadline=value)._deadline == float(value)


def test_a_closed_simulator_stays_closed() -> None:
    simulator = LavaBackend.open(program(CASE))
    simulator.close()
    simulator.close()
    with pytest.raises(InvalidValue, match="after close"):
        simulator.run(inputs(CASE))


def test_it_says_why_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert LavaBackend.missing() is None
    with monkeypatch.context() as patch:
        patch.setattr(backend, "version", lambda name: "0.9.0")
        assert "lava-nc 0.9.0" in (LavaBackend.missing() or "")
        with pytest.raises(NotAvailable, match=r"0\.10"):
            get("lava")
    with monkeypatch.context() as patch:
        patch.setattr(multiprocessing, "get_all_start_methods", lambda: ["spawn"])
        assert "WSL" in (LavaBackend.missing() or "")
    with monkeypatch.context() as patch:
        patch.setattr(multiprocessing, "current_process", lambda: SimpleNamespace(daemon=True))
        assert "ProcessPoolExecutor" in (said := LavaBackend.missing() or "")
        assert "--no-nanny" in said and "distributed.worker.daemon: false" in said  # what a Dask worker can do


def test_lava_is_imported_late() -> None:
    """Listing backends must not cost half a second."""
    code = "import sys, neurolsm_lava; neurolsm_lava.LavaBackend.missing(); assert not any(m.split('.')[0] == 'lava' for m in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
