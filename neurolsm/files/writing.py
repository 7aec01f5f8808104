"""How bytes get into the place of a file, into a pipe or into a device; what a name stands for is known here already."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import select
import stat
import time
from pathlib import Path

PATIENCE = 5.0  # seconds that a reader of a named pipe may take until it has opened it
KEPT = ("user.", "system.posix_acl_access")  # attributes that a new file takes over from the old one


class Cannot(Exception):
    """Why a place cannot be written, and what to do."""


def beside(target: Path) -> Path:
    """A name in the same folder that is free; short, for the target's may be as long as names can be."""
    return target.with_name(f".{secrets.token_hex(8)}.part")


def create(temporary: Path, target: Path, old: os.stat_result | None) -> int:
    """A new file, with the mode that any new file has or with the owner, the mode and the access list of the old one."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    file = os.open(temporary, flags, 0o666 if old is None else 0o600)
    if old is None or os.name != "posix":
        return file
    try:
        new = os.fstat(file)
        for owner, group in ((-1, old.st_gid), (old.st_uid, -1)):
            if owner not in (-1, new.st_uid) or group not in (-1, new.st_gid):
                with contextlib.suppress(PermissionError):  # only the superuser gives a file to others
                    os.chown(file, owner, group)
        if stat.S_IMODE(new.st_mode) != stat.S_IMODE(old.st_mode):
            os.fchmod(file, stat.S_IMODE(old.st_mode))
        if hasattr(os, "listxattr"):
            with contextlib.suppress(OSError):  # a file system without them
                for name in os.listxattr(target):
                    if name.startswith(KEPT):
                        os.setxattr(file, name, os.getxattr(target, name))
        return file
    except BaseException:
        os.close(file)
        raise


def replace(target: Path, old: os.stat_result | None, data: bytes) -> None:
    """Write next to the target, flush to the disk, then rename: a crash leaves the old file or the new one."""
    temporary = beside(target)
    try:
        pour(create(temporary, target, old), data, flush=True)
        try:
            os.replace(temporary, target)
        except OSError as error:
            if error.errno != errno.EBUSY or old is None:
                raise
            _overwrite(target, data)
    finally:
        remove(temporary)


def _overwrite(target: Path, data: bytes) -> None:
    """Write into a file that is mounted at its place, which no other can take. On an error the old content is put back."""
    with open(target, "r+b", buffering=0) as file:
        old = file.read()
        try:
            for start, part in ((len(old), data[len(old) :]), (0, data[: len(old)])):  # first what may need room
                file.seek(start)
                pour(os.dup(file.fileno()), part, flush=True)
            file.truncate(len(data))
        except BaseException:
            file.truncate(len(old))
            file.seek(0)
            pour(os.dup(file.fileno()), old, flush=True)
            raise


def remove(temporary: Path) -> None:
    with contextlib.suppress(OSError):
        temporary.unlink()


def pour(file: int, data: bytes, flush: bool = False) -> None:
    """Write everything to a descriptor and close it."""
    left = memoryview(data)
    try:
        while left:
            try:
                left = left[os.write(file, left) :]
            except BlockingIOError:  # somebody else made the pipe or terminal so
                select.select([], [file], [])
        if flush:
            os.fsync(file)
    finally:
        os.close(file)


def open_pipe(target: Path) -> int:
    """Open a named pipe that somebody reads, without waiting for ever."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            pipe = os.open(target, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            if time.monotonic() > until:
                raise Cannot("nobody reads from this pipe", "Start the reader first, or name a file") from None
            time.sleep(0.02)
        else:
            os.set_blocking(pipe, True)
            return pipe
