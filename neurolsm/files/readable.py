"""Files that others name: only plain ones are opened, so that no pipe or device can block, and none is opened twice."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from neurolsm.errors import FileRefused

KINDS = (
    (stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a named pipe"), (stat.S_ISSOCK, "a socket"), (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)  # fmt: skip


def plain_file(path: Any) -> Path:
    """``path`` if it names a plain file; nothing is opened.

    Raises:
        FileRefused: no path, no such file, one that cannot be reached, or a folder, a pipe or a device.
    """
    try:
        name = os.fspath(path)
    except TypeError:
        raise FileRefused(f"{_short(path)}: is no path. Give the name of a file.") from None
    if not isinstance(name, str) or not name:
        raise FileRefused(f"{_short(path)}: is no path. Give the name of a file.")
    try:
        _check_kind(name, os.stat(name).st_mode)
    except (OSError, ValueError) as error:
        _refuse(name, error)
    return Path(name)


def open_plain(path: Any) -> BinaryIO:
    """The plain file ``path``, opened for reading.

    Raises:
        FileRefused: as ``plain_file``.
    """
    name = str(plain_file(path))
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOCTTY", 0)
    try:
        handle = os.open(name, flags)
    except (OSError, ValueError) as error:
        _refuse(name, error)
    try:
        _check_kind(name, os.fstat(handle).st_mode)  # it may have been exchanged in between
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def _check_kind(name: str, mode: int) -> None:
    for test, what in KINDS:
        if test(mode):
            raise FileRefused(f"{_short(name)}: is {what}, not a file. Name a file.")


def _refuse(name: str, error: Exception) -> NoReturn:
    if isinstance(error, FileNotFoundError):
        raise FileRefused(f"{name}: no such file.") from None
    reason = getattr(error, "strerror", None) or error
    raise FileRefused(f"{_short(name)}: cannot be read ({reason}). Name a file that can.") from None


def _short(path: Any) -> str:
    shown = path if isinstance(path, str) and path.isprintable() and path else repr(path)
    return shown if len(shown) <= 200 else f"{shown[:197]}..."
