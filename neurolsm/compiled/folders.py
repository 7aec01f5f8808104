"""Where compiled functions are kept: one folder a version, the first place that can be written."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from importlib.util import cache_from_source
from pathlib import Path

from numba.core import config

KEPT = 8  # versions of one package beside each other; beyond them the one that was used longest ago goes first
PREFIX = "kernels-"
OPENING = os.O_RDONLY | sum(
    getattr(os, flag, 0) for flag in ("O_NONBLOCK", "O_CLOEXEC", "O_BINARY")
)  # Windows lacks the first two


def places(module: str, file: str) -> Iterator[Path]:
    """Where the functions of a module may lie, the best place first.

    ``NUMBA_CACHE_DIR`` if it is set; else beside the source, where Python keeps what it compiles; else the user's cache folder.
    """
    chosen = getattr(config, "CACHE_DIR", "")  # $NUMBA_CACHE_DIR, or what .numba_config.yaml says
    if chosen:
        yield Path(chosen).absolute() / _package(module)
        return
    with suppress(NotImplementedError):  # a Python that keeps nothing
        yield Path(cache_from_source(file)).parent
    user = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    if os.path.isabs(user):
        yield Path(user) / "neurolsm" / _package(module)


def temporary(module: str, make: bool = False) -> Path | None:
    """A folder of this user alone among the temporary files, the same in every process; None if there is none."""
    if not hasattr(
        os, "geteuid"
    ):  # Windows, whose temporary files are the user's own: its cache folder was tried already
        return None
    # Not tempfile.gettempdir: if nothing else can be written it names the working folder.
    root = Path(os.environ.get("TMPDIR") or "/tmp") / f"neurolsm-{os.geteuid()}"
    try:
        if make:
            with suppress(FileExistsError):
                root.mkdir(mode=0o700)
        about = root.lstat()
    except OSError:
        return None
    # Whoever else can write there could have us run anything.
    mine = stat.S_ISDIR(about.st_mode) and about.st_uid == os.geteuid() and not about.st_mode & 0o022
    return root / _package(module) if mine else None


def _package(module: str) -> str:
    return module.rpartition(".")[0] or module


def read(path: Path) -> bytes | None:
    """What a file holds; None if there is no such file, or it is none, or cannot be read."""
    try:
        # Without blocking: it may be a pipe. Whoever put it there, we shall not wait.
        with open(os.open(path, OPENING), "rb") as file:
            return file.read() if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else None
    except OSError:
        return None


def write(path: Path, data: bytes) -> None:
    """Whole or not at all; of several processes the last wins.

    Raises:
        OSError: the folder cannot be made or written.
    """
    fresh = not path.parent.is_dir()
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with open(handle, "wb") as file:
            file.write(data)
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)  # nobody but us has business under such a name
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
    if fresh:
        _prune(path.parent)


@cache
def used(folder: Path) -> None:
    """Note, once a process, that a version is still in use."""
    with suppress(OSError):
        os.utime(folder)


def _prune(newest: Path) -> None:
    """Remove versions beyond those that were used last. Who still runs one of them compiles again what it has not yet loaded."""
    with suppress(OSError):
        others = [p for p in newest.parent.glob(f"{PREFIX}*") if p.is_dir() and p != newest]
        for old in sorted(others, key=lambda p: p.stat().st_mtime, reverse=True)[KEPT - 1 :]:
            shutil.rmtree(old, ignore_errors=True)


_said: set[str] = set()


def say_once(kind: str, reason: str, what: str) -> None:
    """Warn, the first time in this process, that compiled functions are not kept where they belong."""
    if kind in _said:
        return
    _said.add(kind)
    warnings.warn(
        f"neurolsm: compiled functions cannot be kept ({reason or 'no folder can be written'}), so {what}. "
        "Set NUMBA_CACHE_DIR to a folder that can be written.",
        RuntimeWarning,
        stacklevel=2,
    )
