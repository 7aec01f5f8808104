"""A program as one checksummed file: written whole or not at all, checked before it is believed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neurolsm.errors import FileRefused, one_line
from neurolsm.files.checked import read, write
from neurolsm.program.program import FORMAT, Program
from neurolsm.program.wellformed import check


def save(program: Program, path: str | Path) -> None:
    """Write it."""
    write(path, "program", program.header(), program.arrays())


def load(path: str | Path) -> Program:
    """Read what ``save`` wrote; refuses foreign, cut, changed or newer files."""
    header, arrays = read(path, "program")
    try:
        newer = format_of(header) > FORMAT
        if not newer:
            program = Program.from_parts(header, arrays)
            check(program)
    except Exception as error:  # a header may hold anything
        raise FileRefused(
            f"{path}: holds no valid program ({one_line(error)}). Lower the description again."
        ) from error
    if newer:
        raise FileRefused(f"{path}: program format {header['format']} is newer than {FORMAT}. Update neurolsm.")
    return program


def format_of(header: dict[str, Any]) -> int:
    """The format that the header of a file names."""
    number = header["format"]
    if type(number) is not int or number < 1:
        raise ValueError(f"format {number!r:.40}")
    return number
