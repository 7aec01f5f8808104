"""Importing and running Lava leaves the program as it was."""

from __future__ import annotations

import logging
import subprocess
import sys
import textwrap

import pytest
from neurolsm_lava import LavaBackend

from neurolsm.conformance.generate import Case, inputs, program


def run(code: str) -> None:
    """In an interpreter of its own, so that Lava is imported for the first time."""
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout == done.stderr == ""


def test_import_restores_what_it_patched() -> None:
    run("""
        import dataclasses, multiprocessing
        before = dataclasses._get_field, multiprocessing.set_start_method
        from neurolsm_lava.shim import import_lava
        import_lava()
        assert before == (dataclasses._get_field, multiprocessing.set_start_method)
        assert multiprocessing.get_start_method(allow_none=True) is None
        from lava.magma.core.process.ports.connection_config import SpikeIOInterface
        from lava.magma.compiler.var_model import NcVirtualAddress
        assert NcVirtualAddress.__hash__ is None
    """)


@pytest.mark.skipif(
    sys.version_info < (3, 11), reason="Python 3.10 accepts every default that is not a list, dict or set"
)
def test_only_lavas_defaults_were_tolerated() -> None:
    run("""
        import dataclasses
        from neurolsm_lava.shim import import_lava
        import_lava()

        @dataclasses.dataclass
        class Unhashable:
            x: int = 0

        try:
            dataclasses.make_dataclass("Mine", [("field", Unhashable, Unhashable())])
        except ValueError:
            pass
        else:
            raise AssertionError("a mutable default went through")
    """)


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_the_start_method_of_the_program_is_kept(method: str) -> None:
    """Lava itself cannot be imported after such a choice; Python 3.14 makes it for everybody."""
    run(f"""
        import multiprocessing, multiprocessing.resource_tracker
        multiprocessing.set_start_method("{method}")
        multiprocessing.set_start_method = None  # nobody chooses another, not even for a moment
        from neurolsm.conformance.generate import Case, inputs, program
        from neurolsm_lava import LavaBackend
        case = Case(seed=1, n=30)
        for model in ("fused", "stock"):
            with LavaBackend.open(program(case), model=model) as lava:
                assert lava.run(inputs(case)).spikes.count
        assert multiprocessing.get_start_method() == "{method}"
        assert multiprocessing.resource_tracker._resource_tracker._fd is None, "something got a name"
    """)


@pytest.mark.xdist_group("lava")
def test_running_leaves_no_log_handlers_and_no_registered_processes() -> None:
    case = Case(seed=1, n=5)
    with LavaBackend.open(program(case), model="stock") as lava:
        lava.run(inputs(case))
        from lava.magma.core.process.process import ProcessServer
        from lava.magma.core.process.variable import VarServer

        handlers = [type(handler).__name__ for handler in logging.getLogger().handlers]
        assert "StreamHandler" not in handlers
        assert not ProcessServer().processes
        assert not VarServer().vars
