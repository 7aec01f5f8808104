"""Build the C++ simulation of a Program once, in a folder that its content names, and find it again ever after."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from neurolsm.native.workshop import Builder, processor
from neurolsm.program import Program
from neurolsm_brian2.generate import SOURCE

# No -ffast-math and no fused multiply-add: floating-point results are those of the NumPy reference.
# The last flag: the loop over the neurons reads many arrays, and GCC vectorises only if it may test all for overlap.
FLAGS = (
    "-O3",
    "-march=native",
    "-std=c++17",
    "-ffp-contract=off",
    "-w",
    "--param=vect-max-version-for-alias-checks=200",
)
BUILDER = Builder("brian2", 'Install a working C++ compiler, or use target="numpy"', 'use target="numpy"')


def compiler() -> str | None:
    """The C++ compiler: ``$CXX``, or the first that is found."""
    return next((c for c in (os.environ.get("CXX"), "g++", "clang++", "c++") if c and shutil.which(c)), None)


def skeleton(program: Program) -> Program:
    """The program without what its process is told when it runs: weights, biases and thresholds."""
    projections = tuple(replace(p, weight=np.zeros_like(p.weight)) for p in program.projections)
    neurons = program.neurons
    told = {name: np.zeros_like(getattr(neurons, name)) for name in ("bias_mant", "vth")}
    return replace(program, neurons=replace(neurons, **told), projections=projections)


def key(program: Program) -> str:
    """Names the build: program without weights, Brian2 version, this package's own source, compiler flags, kind of processor."""
    parts = [skeleton(program).sha256, version("brian2"), " ".join(FLAGS), processor()]
    digest = hashlib.sha256("\n".join(parts).encode())
    for source in sorted(p for p in Path(__file__).parent.iterdir() if p.suffix in (".py", ".h")):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:32]


def find(program: Program) -> Path | None:
    """The folder of a finished build; None if there is none, or a damaged one that the next build replaces.

    Raises:
        FileRefused: the folder is there, but is not what a build left behind.
    """
    return BUILDER.find(key(program))


def patience(program: Program) -> float:
    """Seconds that a step of a build may take: a hundred times what it takes on an idle machine."""
    return 300.0 + 60.0 * len(program.projections)


def build(program: Program, compiler: str, deadline: float | None = None) -> Path:
    """Build ``program`` unless it is built already; returns its folder. Parallel builders do not disturb each other.

    Raises:
        BackendFailure: the sources cannot be generated, compiled or written, or that takes longer than ``deadline`` seconds
            (default: ``patience``); shows the end of what was said.
    """
    limit = patience(program) if deadline is None else deadline

    def work(place: Path) -> dict[str, Any]:
        program.save(place / "program.lsm")
        # Not with -m: Python warns of a module that its package has imported already, and the warning may be an error.
        main = "from neurolsm_brian2.generate import main; main()"
        generate = [sys.executable, "-c", main, "program.lsm", "."]
        what = f"the C++ compiler ({compiler})"
        BUILDER.step(generate, place, "the generator of the C++ sources", limit)
        BUILDER.step([compiler, *FLAGS, "-I.", SOURCE, "-o", "main"], place, what, limit)
        if not (place / "main").is_file():
            raise BUILDER.failed(f"{what} ended well and made nothing")
        BUILDER.step(["./main"], place, f"what {what} made", limit)  # without a request it just ends
        return {"brian2": version("brian2"), "compiler": compiler, "flags": FLAGS}

    return BUILDER.make(key(program), work)
