"""Build the C++ simulation of a Program once, in a folder that its content names, and find it again ever after."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np

from neurolsm.errors import BackendFailure, FileRefused
from neurolsm.program import Program
from neurolsm_brian2.cache import cache_folder, once
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
MARKER = "complete.json"
TAIL = 1500  # characters of what the compiler said that an error shows


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
    parts = [skeleton(program).sha256, version("brian2"), " ".join(FLAGS), _processor()]
    digest = hashlib.sha256("\n".join(parts).encode())
    for source in sorted(p for p in Path(__file__).parent.iterdir() if p.suffix in (".py", ".h")):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:32]


def find(program: Program) -> Path | None:
    """The folder of a finished build; None if there is none.

    Raises:
        FileRefused: the folder is there, but is not what a build left behind.
    """
    folder = cache_folder() / key(program)
    if not folder.exists():
        return None
    try:
        kept = json.loads((folder / MARKER).read_text())["main_sha256"]
        found = hashlib.sha256((folder / "main").read_bytes()).hexdigest()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _foreign(folder, f"is no finished build ({type(error).__name__})") from error
    if kept != found:
        raise _foreign(folder, "holds another simulation than the one that was built there")
    return folder


def _foreign(folder: Path, what: str) -> FileRefused:
    return FileRefused(f"{folder}: {what}. Remove this folder, or set NEUROLSM_CACHE to another one.")


def build(program: Program, compiler: str) -> Path:
    """Build ``program`` unless it is built already; returns its folder. Parallel builders do not disturb each other.

    Raises:
        BackendFailure: the sources cannot be generated or compiled; shows the end of what was said.
    """
    folder = cache_folder() / key(program)
    if find(program):
        return folder
    started = time.time()
    with _workshop(folder) as work:
        program.save(work / "program.lsm")
        generate = [sys.executable, "-m", "neurolsm_brian2.generate", "program.lsm", "."]
        _call(generate, work, "Brian2 cannot generate the C++ sources")
        _call([compiler, *FLAGS, "-I.", SOURCE, "-o", "main"], work, f"the C++ compiler ({compiler}) failed")
        facts = {
            "main_sha256": hashlib.sha256((work / "main").read_bytes()).hexdigest(),
            "brian2": version("brian2"),
            "compiler": compiler,
            "flags": FLAGS,
        }
        (work / MARKER).write_text(json.dumps({**facts, "seconds": round(time.time() - started, 1)}))
    return folder


@contextlib.contextmanager
def _workshop(folder: Path) -> Iterator[Path]:
    """An empty folder that becomes ``folder`` when all went well, and vanishes otherwise. Who comes first wins."""
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".building-", ignore_cleanup_errors=True) as temporary:
        work = Path(temporary) / "work"
        work.mkdir()
        yield work
        try:
            work.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise


def _call(command: list[str], folder: Path, failure: str) -> None:
    """Run a command in ``folder`` in a session of its own, which ends with this call, whatever happens."""
    process = subprocess.Popen(
        command, cwd=folder, start_new_session=True, text=True, errors="replace",
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        said, _ = process.communicate()
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    if process.returncode:
        raise BackendFailure(
            f'brian2: {failure}. Install a working C++ compiler, or use target="numpy". The end of what it said:\n'
            f"{said.strip()[-TAIL:]}"
        )


@once
def _processor() -> str:
    """What -march=native depends on, so that a cache on a shared disk serves machines of several kinds."""
    import platform

    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith(("flags", "Features")):
                return platform.machine() + line
    return platform.machine() + platform.processor()
