"""Options, availability and the entry point."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

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


@pytest.mark.parametrize(
    ("option", "value"), [("model", "chip"), ("lanes", 0), ("lanes", 2.5), ("deadline", 0), ("deadline", float("nan"))]
)
def test_options_are_checked(option: str, value: Any) -> None:
    with pytest.raises(InvalidValue, match=f"LavaBackend.{option} = "):
        LavaBackend.open(program(CASE), **{option: value})


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
        assert "ProcessPoolExecutor" in (LavaBackend.missing() or "")


def test_lava_is_imported_late() -> None:
    """Listing backends must not cost half a second."""
    code = "import sys, neurolsm_lava; neurolsm_lava.LavaBackend.missing(); assert not any(m.split('.')[0] == 'lava' for m in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
