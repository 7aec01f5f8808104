"""The backend ``brian2``: which target runs a Program."""

from __future__ import annotations

import math
import os
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any, ClassVar

from neurolsm.errors import NotAvailable, refuse
from neurolsm.execute.fit import misfit
from neurolsm.native.cache import say_once
from neurolsm.program import Program
from neurolsm.program.wellformed import check
from neurolsm_brian2.build import FLAGS, build, compiler, find
from neurolsm_brian2.runtime import NumpyEngine
from neurolsm_brian2.simulator import Brian2Simulator
from neurolsm_brian2.standalone import StandaloneEngine

TARGETS = ("auto", "cpp_standalone", "numpy")
REMEDY = "Install a C++ compiler (on Debian: apt install g++)"


class Brian2Backend:
    """Brian2 under the name ``brian2``."""

    name = "brian2"
    variants: ClassVar[dict[str, dict[str, str]]] = {
        "cpp_standalone": {"target": "cpp_standalone"},
        "numpy": {"target": "numpy"},
    }
    unsupported: ClassVar[dict[str, str]] = {
        "short_term": "synapses that depress and facilitate run on the emulator alone"
    }

    @staticmethod
    def missing() -> str | None:
        """Why Brian2 cannot run here, with the remedy; None if it can. Brian2 2.9 is not to be had with NumPy 2.4, for one."""
        if not find_spec("brian2"):
            return 'Brian2 is not installed. Type: pip install "neurolsm[brian2]"'
        return misfit("neurolsm-brian2")

    @staticmethod
    def open(program: Program, *, target: str = "auto", deadline: float | None = None) -> Brian2Simulator:
        """A simulator of ``program``.

        Args:
            program: what to run.
            target: ``cpp_standalone``: Brian2's generated C++, built once for each program (some seconds) and kept in
                the cache folder. ``numpy``: no compiler, some 20 times slower. ``auto``: the first where it can be
                built or is built already, else the second, which is said once.
            deadline: of ``cpp_standalone``, seconds above 0 that each step of a build (sources, compiler) may take, and a
                run may spend without any progress. By default a hundred times what such a build takes and ten times what
                such a run can take, and a minute at least: see ``build.patience`` and ``standalone.patience``.

        Raises:
            InvalidValue: another target, a deadline that is no such number, short-term plasticity, or a program that learns in float arithmetic.
            NotAvailable: ``cpp_standalone`` without a compiler.
            BackendFailure: the compiler failed or passed the deadline, or the build cannot be written.
            FileRefused: something else lies where the build belongs.
        """
        if target not in TARGETS:
            refuse("Brian2Backend", "target", target, f"must be one of {', '.join(TARGETS)}", "Leave it out for auto")
        if deadline is not None and not _positive(deadline):
            refuse("Brian2Backend", "deadline", deadline, "must be a number of seconds above 0", "Leave it out")
        if program.dynamic:
            refuse(
                "Program", "short_term", program.dynamic[0].name, Brian2Backend.unsupported["short_term"],
                "Use the emulator or the reference",
            )  # fmt: skip
        if program.learns and not program.integer:
            refuse(
                "Program", "arithmetic", program.arithmetic, "learning is defined in the chip's integers only",
                "Lower it with arithmetic='loihi'",
            )  # fmt: skip
        check(program)
        info: dict[str, Any] = {"engine": "brian2", "brian2": version("brian2")}
        if target == "numpy":
            return _on_numpy(program, info)
        if not hasattr(os, "fork"):  # a build is guarded by a process that is forked
            return _without("a system that forks", "Use Linux, macOS or WSL", target, program, info)
        folder, found = find(program), compiler()
        if folder is None and found is None:
            return _without("a C++ compiler", REMEDY, target, program, info)
        info |= {"target": "cpp_standalone", "flags": " ".join(FLAGS), "reused": folder is not None}
        folder = folder or build(program, str(found), deadline)
        return Brian2Simulator(program, StandaloneEngine(program, folder, deadline), info | {"folder": str(folder)})


def _positive(x: object) -> bool:
    return isinstance(x, int | float) and not isinstance(x, bool) and 0 < x < math.inf


def _without(need: str, remedy: str, target: str, program: Program, info: dict[str, Any]) -> Brian2Simulator:
    """Where nothing can be built: NumPy, unless the build was asked for by name."""
    if target == "cpp_standalone":
        raise NotAvailable(f'brian2: target cpp_standalone needs {need}. {remedy}, or use target="numpy".')
    say_once(f"brian2: no {need.removeprefix('a ')}, so the slower NumPy target runs. {remedy}.")
    return _on_numpy(program, info)


def _on_numpy(program: Program, info: dict[str, Any]) -> Brian2Simulator:
    return Brian2Simulator(program, NumpyEngine(program), info | {"target": "numpy"})
