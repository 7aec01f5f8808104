"""What commands give: results as JSON, pictures, and tables. What is written is written before anything is shown."""

from __future__ import annotations

import contextlib
import json
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from neurolsm.cli.terminal import NotShown, complain, finish, say
from neurolsm.files.results import check_target, write_result

STANDARD_OUTPUT = Path("-")


def check_json(path: Path | None, option: str = "--json") -> None:
    """Refuse a file that could not be written, before any work is done. The path is shown whole; - is the standard output."""
    if path is not None and path != STANDARD_OUTPUT:
        check_target(path, option)


def deliver(
    path: Path | None, values: dict[str, Any], show: Callable[[], object], pictures: Sequence[Callable[[], object]] = ()
) -> None:
    """Write a result, draw its pictures, then show it. What fails does not keep the rest from being done; it is told last.

    Args:
        path: of the JSON file; None for none; - for the standard output, and then the rest is shown on the standard error.
            Where it cannot be written, the object is shown.
        values: what it holds.
        show: prints the result.
        pictures: each writes one.
    """
    if path == STANDARD_OUTPUT:
        show = _aside(values, show)
        path = None
    failed: list[Exception] = []
    try:
        write_json(path, values)
    except Exception as error:
        failed.append(error)
    unwritten = bool(failed)
    for draw in pictures:
        try:
            draw()
        except Exception as error:
            failed.append(error)
    try:
        show()
        if unwritten:
            say(to_json(values))
        finish()
    except NotShown as why:
        if failed or path is None or why.ended:
            failed.append(why)
        else:
            complain(f"{why}; it is whole in {path}")
    for other in failed[1:]:
        complain(str(other))
    if failed:
        raise failed[0]


def _aside(values: dict[str, Any], show: Callable[[], object]) -> Callable[[], object]:
    """Shows the object, and on the standard error what would have been shown; if nobody reads that, the object is all there is."""

    def both() -> None:
        say(to_json(values), end="")
        finish()
        with contextlib.redirect_stdout(sys.stderr), contextlib.suppress(NotShown):
            show()
            finish()

    return both


def write_json(path: Path | None, values: dict[str, Any]) -> None:
    """Write one object; the file appears whole or not at all."""
    if path is not None:
        write_result(path, to_json(values).encode())


def to_json(values: dict[str, Any]) -> str:
    """One object, whatever a protocol has put into it: null for what is no number, text for what JSON cannot say."""
    return json.dumps(_plain(values), indent=2, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):  # arrays and scalars of NumPy
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(one) for one in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """Columns of equal width, two blanks apart."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
