"""What commands write: results as JSON, and tables."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from neurolsm.errors import InvalidValue
from neurolsm.storage import write_file


def check_json(path: Path | None, option: str = "--json") -> None:
    """Refuse a file that could not be written, before any work is done. The path is shown whole."""
    if path is None:
        return
    if path.is_dir():
        raise InvalidValue(f"{option} {path}: is a folder. Name a file in it")
    if not path.parent.is_dir():
        raise InvalidValue(f"{option} {path}: the folder {path.parent} does not exist. Make it first, or name another")
    try:
        tempfile.TemporaryFile(dir=path.parent).close()
    except OSError as error:
        raise InvalidValue(
            f"{option} {path}: the folder cannot be written ({error.strerror}). Name another folder"
        ) from error


def write_json(path: Path | None, result: dict[str, Any]) -> None:
    """Write one object; the file appears whole or not at all."""
    if path is not None:
        write_file(path, (json.dumps(result, indent=2, allow_nan=False) + "\n").encode())


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """Columns of equal width, two blanks apart."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
