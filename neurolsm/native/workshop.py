"""The folder in which a build is made: it takes its place when all went well, and vanishes otherwise."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neurolsm.errors import BackendFailure, InvalidValue
from neurolsm.native.cache import cache_folder, once, readable_folders
from neurolsm.native.command import call, signal_name
from neurolsm.native.entry import flaw, ours, refused, seal

WORKSHOP, LOCK = ".building-", "lock"
TAIL = 1500  # characters of what a command said that an error shows


@contextlib.contextmanager
def workshop(folder: Path) -> Iterator[Path]:
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


@dataclass(frozen=True)
class Builder:
    """Who builds: finds what is built already, and makes what is not.

    Attributes:
        backend: whose cache it is, and who speaks in errors.
        remedy: what to do when a step fails, a sentence without its full stop.
        elsewhere: what else to do when nothing can be written, the same.
    """

    backend: str
    remedy: str
    elsewhere: str

    def find(self, key: str) -> Path | None:
        """The folder of a finished build; None if there is none, or a damaged one that the next build replaces.

        Raises:
            FileRefused: the folder is there, but is not what a build left behind.
        """
        for root in readable_folders(self.backend):
            folder = root / key
            if os.path.lexists(folder):
                what = flaw(folder)
                if what is None:
                    return folder
                if not ours(folder):
                    raise refused(folder, what)
        return None

    def make(self, key: str, work: Callable[[Path], Mapping[str, Any]]) -> Path:
        """Let ``work`` fill an empty folder and tell the facts, unless it was done before. Parallel builders do not disturb each other.

        Raises:
            BackendFailure: a step failed, or the folder cannot be written.
        """
        found = self.find(key)
        if found is not None:
            return found
        started = time.time()
        try:
            folder = cache_folder(self.backend) / key
            with workshop(folder) as place:
                facts = work(place)
                seal(place, {**facts, "seconds": round(time.time() - started, 1)})
            return folder
        except (OSError, InvalidValue) as error:
            # a program that is saved tells it its own way
            reason = error if isinstance(error, OSError) else error.__context__
            if not isinstance(reason, OSError):
                raise
            raise BackendFailure(
                f"{self.backend}: the simulation cannot be written to {reason.filename or 'the cache folder'} "
                f"({reason.strerror or reason}). Make room there, set NEUROLSM_CACHE to another folder, or {self.elsewhere}."
            ) from error

    def step(self, command: list[str], work: Path, what: str, deadline: float) -> str:
        """One step of a build; the end of what it said.

        Raises:
            BackendFailure: it failed, or passed the deadline.
        """
        try:
            code, said = call(command, work, deadline)
        except TimeoutError:
            raise self.failed(f"{what} did not end within the deadline of {deadline:g} s and was stopped") from None
        if code:
            how = f"was ended by {signal_name(-code)}" if code < 0 else f"failed with exit code {code}"
            raise self.failed(f"{what} {how}", said)
        return said

    def failed(self, what: str, said: str = "") -> BackendFailure:
        end = f" The end of its output:\n{said[-TAIL:]}" if said else ""
        return BackendFailure(f"{self.backend}: {what}. {self.remedy}.{end}")


@once
def processor() -> str:
    """What -march=native depends on, so that a cache on a shared disk serves machines of several kinds."""
    import platform

    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith(("flags", "Features")):
                return platform.machine() + line
    return platform.machine() + platform.processor()
