"""The journal of a search: Optuna's lines in a file, one search at a time, and a foreign file is never touched."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from optuna.storages.journal import BaseJournalBackend

from neurolsm.errors import FileRefused, InvalidValue
from neurolsm.files.results import check_target, is_descriptor
from neurolsm.files.writing import pour

STUDY = "tune"  # the name of every search
BEGINNING = b'{"op_code":0,"worker_id":"'  # of every journal; then some name
FIRST = f',"study_name":"{STUDY}","directions":[2]}}'.encode()  # and this: something is made as large as can be
NEWEST = 10  # operation that is known


class Journal(BaseJournalBackend):
    """What Optuna writes and reads back, in a file that is open for both.

    Args:
        path: of the file.
        file: its descriptor; it writes at the end.
    """

    def __init__(self, path: Path, file: int) -> None:
        self._path, self._file = path, file
        self._logs, self._end, self._missing = parse(_whole(path, file), path)

    def read_logs(self, log_number_from: int) -> list[dict[str, Any]]:
        return self._logs[log_number_from:]

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """All lines, or none of them and an error."""
        text = "".join(json.dumps(log, separators=(",", ":")) + "\n" for log in logs)
        try:
            os.ftruncate(self._file, self._end)  # what was cut short
            pour(os.dup(self._file), (self._missing + text).encode(), flush=True)
        except BaseException as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, self._end)
            if not isinstance(error, OSError):
                raise
            raise InvalidValue(
                f"{self._path}: cannot be written ({error.strerror}). What it holds is whole: make room, and the same call goes "
                "on from there"
            ) from error
        self._missing, self._end = "", os.fstat(self._file).st_size
        self._logs += [json.loads(line) for line in text.splitlines()]


@contextlib.contextmanager
def open_journal(path: str | Path) -> Iterator[Journal]:
    """A journal that is there, or a new one; a new one into which nothing was written is taken away again.

    Raises:
        InvalidValue: a place that cannot be written, or where another search is at work.
        FileRefused: no journal, or a damaged one.
    """
    path = Path(path)
    there = path.exists()
    if is_descriptor(path) or (there and not (path.is_file() or path.is_dir())):
        raise InvalidValue(f"{path}: is a pipe or a device, where no journal could go on. Name a file")
    check_target(path)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o666)
    try:
        _lock(path, file)
        yield Journal(path, file)
    finally:
        empty = os.fstat(file).st_size == 0
        os.close(file)
        if empty and not there:
            with contextlib.suppress(OSError):
                os.unlink(os.path.realpath(path))  # not the link that leads to it


def parse(data: bytes, path: Path) -> tuple[list[dict[str, Any]], int, str]:
    """The lines of a journal, where they end, and what the last one lacks: nothing or its end of line.

    A last line that was cut short, by a kill or by a full disk, is left out.
    """
    whole, newline, rest = data.rpartition(b"\n")
    lines = whole.split(b"\n") if newline else []
    logs = [_record(line) for line in lines]
    for number, log in enumerate(logs, 1):
        if log is None and number == 1:
            raise _foreign(path)
        if log is None:
            raise FileRefused(
                f"{path}: line {number} of the journal is damaged. Restore it from a copy, or cut it there."
            )
        if log["op_code"] > NEWEST:
            raise FileRefused(f"{path}: line {number} is of a newer Optuna. Update it.")
    last = _record(rest)
    if (
        not logs
        and rest
        and not (rest.startswith(BEGINNING) and FIRST.startswith(rest[len(BEGINNING) :].partition(b'"')[2]))
    ):
        raise _foreign(path)
    end = len(data) - len(rest)
    return [log for log in (*logs, last) if log is not None], end + (len(rest) if last else 0), "\n" if last else ""


def _foreign(path: Path) -> FileRefused:
    return FileRefused(f"{path}: not a journal of trials. It stays as it is: name another file.")


def _record(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    good = isinstance(found, dict) and isinstance(found.get("op_code"), int) and isinstance(found.get("worker_id"), str)
    return found if good else None


def _whole(path: Path, file: int) -> bytes:
    with open(os.dup(file), "rb") as copy:
        copy.seek(0)
        if copy.read(1) not in (b"", BEGINNING[:1]):  # it may be large
            raise _foreign(path)
        copy.seek(0)
        return copy.read()


def _lock(path: Path, file: int) -> None:
    """Keep other searches out as long as the file is open."""
    try:
        import fcntl
    except ImportError:  # Windows
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InvalidValue(f"{path}: another search is writing it. Wait for its end, or name another file") from None
    except OSError:  # a file system that knows no locks
        return
