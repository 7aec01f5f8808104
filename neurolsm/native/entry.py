"""A finished build in its folder: sealed when it is complete, and looked at whenever it is used.

Besides the program ``main``, arrays beside it count: they say which neuron a synapse reaches, and ``main`` reads them unchecked.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neurolsm.errors import FileRefused

MARKER = "complete.json"
# What a build leaves behind. A folder with anything else in it is not ours to remove.
NAMES = {
    MARKER, "main", "static_arrays", "results", "brianlib", "code_objects", "makefile", "win_makefile", "program.lsm",
}  # fmt: skip
SUFFIXES = (".c", ".cpp", ".h", ".ld")
OPENING = os.O_RDONLY | sum(
    getattr(os, flag, 0) for flag in ("O_NONBLOCK", "O_CLOEXEC", "O_BINARY")
)  # Windows lacks the first two


def seal(folder: Path, facts: Mapping[str, Any]) -> None:
    """Note that the build is complete, and what its files hold."""
    (folder / MARKER).write_text(json.dumps({**facts, "files": _digests(folder)}))


def flaw(folder: Path) -> str | None:
    """What is wrong with a folder where a build should be; None for a finished build."""
    try:
        if folder.is_symlink() and not folder.exists():
            return "is a link to nothing"
        files = json.loads(_read(folder / MARKER))["files"]
        if files != _digests(folder) or "main" not in files:
            return "holds another simulation than the one that was built there"
        if not os.access(folder / "main", os.X_OK):
            return "holds a simulation that may not be run"
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        return f"is no finished build ({type(error).__name__})"
    return None


def ours(folder: Path) -> bool:
    """Whether all that is in a folder came from a build, so that it may be replaced."""
    try:
        if folder.is_symlink():
            return False
        return all(name in NAMES or name.endswith(SUFFIXES) for name in os.listdir(folder))
    except OSError:
        return False


def refused(folder: Path, what: str) -> FileRefused:
    return FileRefused(f"{folder}: {what}. Remove this folder, or set NEUROLSM_CACHE to another one.")


def _digests(folder: Path) -> dict[str, str]:
    arrays = folder / "static_arrays"
    found = (folder / "main", *(sorted(arrays.iterdir()) if os.path.lexists(arrays) else ()))
    return {str(p.relative_to(folder)): hashlib.sha256(_read(p)).hexdigest() for p in found}


def _read(path: Path) -> bytes:
    """The content of a plain file; anything else, such as a pipe on which one would wait for ever, is refused."""
    with open(os.open(path, OPENING), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError("not a file")
        return file.read()
