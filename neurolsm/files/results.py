"""Result files: whole or not at all, whatever the name stands for.

A file takes the place of the old one in one step, keeps its mode, and is written behind links that lead to it. Pipes, devices
and descriptors (``/dev/stdout``, ``>(command)``) are written as they are. What must not be replaced is refused by name.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from neurolsm.errors import InvalidValue
from neurolsm.files.writing import Cannot, beside, create, open_pipe, pour, remove, replace

LINKS = 40  # one after the other, as many as Linux follows
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_DESCRIPTOR = re.compile(rf"/(?:dev|proc/(?:self|thread-self|{os.getpid()}))/fd/(\d+)")
_held: dict[tuple[int, int], int] = {}  # pipes from the check to the result: closed in between, the reader would end


def check_target(path: str | Path, option: str = "") -> None:
    """Refuse a place that could not be written, before any work is done; a named pipe is opened, and stays so.

    Args:
        path: what is to be written later.
        option: on the command line, for the message.

    Raises:
        InvalidValue: why it cannot be written.
    """
    with _named(path, option):
        target = _follow(path)
        if isinstance(target, int):
            _check_descriptor(target)
            return
        found = _look(target)
        if found is None or stat.S_ISREG(found.st_mode):
            temporary = beside(target)
            try:
                os.close(create(temporary, target, found))
            finally:
                remove(temporary)
        elif stat.S_ISFIFO(found.st_mode) and _key(found) not in _held:
            _held[_key(found)] = open_pipe(target)


def is_descriptor(path: str | Path) -> bool:
    """Whether a name stands for an open descriptor, as ``/dev/stdout`` does, and not for a file of its own."""
    with _named(path):
        return isinstance(_follow(path), int)


def write_result(path: str | Path, data: bytes) -> None:
    """Write a result: afterwards the file holds ``data``, or an error says why it holds what it held before.

    Raises:
        InvalidValue: the place cannot be written, or the disk is full.
    """
    with _named(path):
        target = _follow(path)
        if isinstance(target, int):
            _check_descriptor(target)
            for stream in (sys.stdout, sys.stderr):  # what was printed before comes before
                if stream is not None:
                    stream.flush()
            return pour(os.dup(target), data)
        found = _look(target)
        if found is None or stat.S_ISREG(found.st_mode):
            replace(target, found, data)
        elif stat.S_ISFIFO(found.st_mode):
            held = _held.pop(_key(found), None)
            pour(open_pipe(target) if held is None else held, data)
        else:
            pour(os.open(target, os.O_WRONLY | os.O_NOCTTY), data)


def check_apart(outputs: dict[str, Path | None], inputs: dict[str, Path | None] | None = None) -> None:
    """Refuse two outputs in one file, and an output over an input; devices and pipes may be shared.

    Args:
        outputs, inputs: by the option that names them.
    """
    taken: dict[str, str] = {}
    for option, path in {**(inputs or {}), **outputs}.items():
        if path is None or (os.path.exists(path) and not os.path.isfile(path)):
            continue
        name = os.path.realpath(path)
        if name in taken and option in outputs:
            raise InvalidValue(f"{option} {_shown(path)}: is the file of {taken[name]} too. Name another file")
        taken[name] = option


@contextlib.contextmanager
def _named(path: str | Path, option: str = "") -> Iterator[None]:
    """Turn what goes wrong into one sentence that begins with the path."""
    name = f"{option} {_shown(path)}".strip()
    try:
        yield
    except Cannot as why:
        reason, remedy = why.args
        raise InvalidValue(f"{name}: cannot be written ({reason}). {remedy}") from None
    except (OSError, ValueError, TypeError) as error:  # ValueError: a NUL in the name; TypeError: no name at all
        reason = getattr(error, "strerror", None) or str(error)
        full = getattr(error, "errno", None) in FULL
        remedy = "Make room, or name a file elsewhere" if full else "Name a file in a folder that exists and can"
        raise InvalidValue(f"{name}: cannot be written ({reason}). {remedy}") from error


def _shown(path: object) -> str:
    text = str(path)
    return text if text.isprintable() else ascii(text)


def _follow(path: str | Path) -> Path | int:
    """Where a name leads to: a file that is no link and may not be there, or an open descriptor of this process."""
    if not os.fspath(path):
        raise Cannot("the name is empty", "Name a file")
    place = Path(os.fsdecode(path))
    for _ in range(LINKS):
        if descriptor := _DESCRIPTOR.fullmatch(str(place)):
            return int(descriptor[1])
        if not place.is_symlink():
            return place
        place = place.parent / os.readlink(place)
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))


def _look(target: Path) -> os.stat_result | None:
    """What is there now; None for nothing. Refuses what must not be written or replaced."""
    try:
        found = os.lstat(target)
    except (FileNotFoundError, NotADirectoryError):
        if not target.parent.is_dir():
            where = _shown(target.parent)
            raise Cannot(
                f"the folder {where} does not exist", "Name a file in a folder that exists, or make it"
            ) from None
        return None
    mode = found.st_mode
    if stat.S_ISDIR(mode):
        raise Cannot("is a folder", "Name a file in it")
    if stat.S_ISBLK(mode) or stat.S_ISSOCK(mode):
        raise Cannot("is a disk" if stat.S_ISBLK(mode) else "is a socket", "Name a file")
    if not mode & 0o222 or not os.access(target, os.W_OK):  # the superuser may write all the same, but was asked not to
        raise Cannot("is read-only", "Name a file that is not, or let it be written")
    if stat.S_ISREG(mode):
        if found.st_nlink > 1:
            raise Cannot(f"has {found.st_nlink} names, hard links, which would part", "Name a file that has one")
        folder = os.stat(target.parent)
        if (
            folder.st_mode & stat.S_ISVTX
            and os.name == "posix"
            and os.geteuid() not in (0, found.st_uid, folder.st_uid)
        ):
            raise Cannot("belongs to another user, in a folder where each replaces his own", "Name a file of yours")
    return found


def _key(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


def _check_descriptor(number: int) -> None:
    import fcntl  # there is none on Windows, nor such names

    if fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
        raise Cannot("is closed or open for reading alone", "Name a file")
