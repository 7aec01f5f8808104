"""Build the simulation of a program once, in a folder that its content names, and find it again ever after."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from typing import Any

from neurolsm.native.workshop import Builder, processor
from neurolsm_c.design import Design
from neurolsm_c.source import files

FLAGS = ("-std=c99", "-O3", "-march=native", "-DLSM_TWO_LOOPS", "-w")  # such as gcc and clang know
BUILDER = Builder("c", "Install a working C compiler", 'use backend="emulator"')
HARNESS = Path(__file__).with_name("host.c")


def compiler() -> str | None:
    """The C compiler of this machine: ``$CC``, or the first that is found."""
    return next((c for c in (os.environ.get("CC"), "gcc", "clang", "cc") if c and shutil.which(c)), None)


def key(sources: dict[str, str], command: list[str]) -> str:
    """Names a build: all its sources, how it is compiled, the kind of processor."""
    digest = hashlib.sha256("\n".join([*command, processor()]).encode())
    for name, text in sorted(sources.items()):
        digest.update(f"\n{name} {len(text)}\n{text}".encode())
    return digest.hexdigest()[:32]


def patience(design: Design) -> float:
    """Seconds that a step of a build may take: a hundred times what it takes on an idle machine."""
    return 120.0 + 1e-3 * design.program.synapses


def build(design: Design, compiler: str, deadline: float | None = None) -> tuple[Path, bool]:
    """The folder of the built program ``main`` for this machine, and whether it was there already.

    Raises:
        BackendFailure: the compiler failed, passed the deadline or made nothing, or the build cannot be written.
        FileRefused: something else lies where the build belongs.
    """
    sources = {**files(design), "main.c": HARNESS.read_text()}
    command = [compiler, *FLAGS, "lsm.c", "main.c", "-o", "main"]
    limit = patience(design) if deadline is None else deadline
    name = key(sources, command)
    found = BUILDER.find(name)
    if found is not None:
        return found, True

    def work(place: Path) -> dict[str, Any]:
        for file, text in sources.items():
            (place / file).write_text(text)
        what = f"the C compiler ({compiler})"
        BUILDER.step(command, place, what, limit)
        if not (place / "main").is_file():
            raise BUILDER.failed(f"{what} ended well and made nothing")
        return {"compiler": compiler, "flags": FLAGS}

    return BUILDER.make(name, work), False
