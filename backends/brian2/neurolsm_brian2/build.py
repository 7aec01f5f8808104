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
from importlib.metadata import version
from pathlib import Path

from neurolsm.errors import BackendFailure
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


def key(program: Program) -> str:
    """Names the build: program, Brian2 version, this package's own source, compiler flags and kind of processor."""
    parts = [program.sha256, version("brian2"), " ".join(FLAGS), _processor()]
    digest = hashlib.sha256("\n".join(parts).encode())
    for source in sorted(p for p in Path(__file__).parent.iterdir() if p.suffix in (".py", ".h")):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:32]


def find(program: Program) -> Path | None:
    """The folder of a finished build."""
    folder = cache_folder() / key(program)
    return folder if (folder / MARKER).is_file() else None


def build(program: Program, compiler: str) -> Path:
    """Build ``program`` unless it is built already; returns its folder. Parallel builders do not disturb each other.

    Raises:
        BackendFailure: the sources cannot be generated or compiled; shows the end of what was said.
    """
    folder = cache_folder() / key(program)
    if (folder / MARKER).is_file():
        return folder
    started = time.time()
    with _workshop(folder) as work:
        program.save(work / "program.lsm")
        generate = [sys.executable, "-m", "neurolsm_brian2.generate", "program.lsm", "."]
        _call(generate, work, "Brian2 cannot generate the C++ sources")
        _call([compiler, *FLAGS, "-I.", SOURCE, "-o", "main"], work, f"the C++ compiler ({compiler}) failed")
        facts = {"program_sha256": program.sha256, "brian2": version("brian2"), "compiler": compiler, "flags": FLAGS}
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
