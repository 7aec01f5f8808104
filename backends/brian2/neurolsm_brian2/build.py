"""Build the C++ simulation of a Program once, in a folder that its content names, and find it again ever after."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np

from neurolsm.errors import BackendFailure, InvalidValue
from neurolsm.program import Program
from neurolsm_brian2.cache import cache_folder, once, readable_folders
from neurolsm_brian2.command import call, signal_name
from neurolsm_brian2.entry import flaw, ours, refused, seal
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
WORKSHOP, LOCK = ".building-", "lock"
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
    """The folder of a finished build; None if there is none, or a damaged one that the next build replaces.

    Raises:
        FileRefused: the folder is there, but is not what a build left behind.
    """
    for root in readable_folders():
        folder = root / key(program)
        if os.path.lexists(folder):
            what = flaw(folder)
            if what is None:
                return folder
            if not ours(folder):
                raise refused(folder, what)
    return None


def patience(program: Program) -> float:
    """Seconds that a step of a build may take: a hundred times what it takes on an idle machine."""
    return 300.0 + 60.0 * len(program.projections)


def build(program: Program, compiler: str, deadline: float | None = None) -> Path:
    """Build ``program`` unless it is built already; returns its folder. Parallel builders do not disturb each other.

    Raises:
        BackendFailure: the sources cannot be generated, compiled or written, or that takes longer than ``deadline`` seconds
            (default: ``patience``); shows the end of what was said.
    """
    found = find(program)
    if found is not None:
        return found
    deadline = patience(program) if deadline is None else deadline
    try:
        return _build(program, compiler, deadline)
    except (OSError, InvalidValue) as error:
        reason = (
            error if isinstance(error, OSError) else error.__context__
        )  # a program that is saved tells it its own way
        if not isinstance(reason, OSError):
            raise
        raise BackendFailure(
            f"brian2: the simulation cannot be written to {reason.filename or 'the cache folder'} ({reason.strerror or reason}). "
            'Make room there, set NEUROLSM_CACHE to another folder, or use target="numpy".'
        ) from error


def _build(program: Program, compiler: str, deadline: float) -> Path:
    folder = cache_folder() / key(program)
    started = time.time()
    with _workshop(folder) as work:
        program.save(work / "program.lsm")
        # Not with -m: Python warns of a module that its package has imported already, and the warning may be an error.
        main = "from neurolsm_brian2.generate import main; main()"
        generate = [sys.executable, "-c", main, "program.lsm", "."]
        _call(generate, work, "the generator of the C++ sources", deadline)
        _call([compiler, *FLAGS, "-I.", SOURCE, "-o", "main"], work, f"the C++ compiler ({compiler})", deadline)
        if not (work / "main").is_file():
            raise _failed(f"the C++ compiler ({compiler}) ended well and made nothing", "")
        _call(["./main"], work, f"what the C++ compiler ({compiler}) made", deadline)  # without a request it just ends
        facts = {"brian2": version("brian2"), "compiler": compiler, "flags": FLAGS}
        seal(work, {**facts, "seconds": round(time.time() - started, 1)})
    return folder


@contextlib.contextmanager
def _workshop(folder: Path) -> Iterator[Path]:
    """An empty folder that becomes ``folder`` when all went well, and vanishes otherwise. Who comes first wins."""
    _sweep(folder.parent)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=WORKSHOP, ignore_cleanup_errors=True) as temporary:
        work = Path(temporary) / "work"
        work.mkdir()
        with _locked(Path(temporary)):
            yield work
            try:
                work.rename(folder)
            except OSError:
                if flaw(folder) is not None and ours(folder):  # a damaged build, or half of one
                    folder.rename(Path(temporary) / "damaged")
                    work.rename(folder)
                elif not folder.is_dir():
                    raise


@contextlib.contextmanager
def _locked(workshop: Path) -> Iterator[None]:
    """While somebody works there it is locked, which ends with that process, however it ends."""
    import fcntl  # there is none on Windows, where nothing is built

    with open(workshop / "new", "w") as lock:
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(lock, fcntl.LOCK_EX)
        (workshop / "new").rename(workshop / LOCK)
        yield


def _sweep(folder: Path) -> None:
    """Remove the workshops whose owner is dead."""
    import fcntl

    for left in folder.glob(f"{WORKSHOP}*"):
        try:
            with open(left / LOCK) as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # somebody is at work, or about to begin
            continue
        shutil.rmtree(left, ignore_errors=True)


def _call(command: list[str], work: Path, what: str, deadline: float) -> None:
    """One step of a build.

    Raises:
        BackendFailure: it failed, or passed the deadline.
    """
    try:
        code, said = call(command, work, deadline)
    except TimeoutError:
        raise _failed(f"{what} did not end within the deadline of {deadline:g} s and was stopped", "") from None
    if code:
        how = f"was ended by {signal_name(-code)}" if code < 0 else f"failed with exit code {code}"
        raise _failed(f"{what} {how}", said)


def _failed(what: str, said: str) -> BackendFailure:
    end = f" The end of its output:\n{said[-TAIL:]}" if said else ""
    return BackendFailure(f'brian2: {what}. Install a working C++ compiler, or use target="numpy".{end}')


@once
def _processor() -> str:
    """What -march=native depends on, so that a cache on a shared disk serves machines of several kinds."""
    import platform

    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith(("flags", "Features")):
                return platform.machine() + line
    return platform.machine() + platform.processor()
