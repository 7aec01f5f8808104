"""Tasks on the command line: the options they declare, and the report they give back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from neurolsm.cli.output import check_json, deliver, print_table
from neurolsm.cli.terminal import say
from neurolsm.files.results import check_apart
from neurolsm.tasks.task import NotDrawn, Report, taken

DEFAULTS = {"backend": "emulator", "seed": 1, "split_seed": 0, "target": "loihi2", "arithmetic": "loihi", "samples": 20}
FILES = ("json", "plot", "video")  # what is written; ``text`` is read, and ``cache`` will be a folder


def options_of(name: str, call: Callable[..., Any], options: dict[str, Any]) -> dict[str, Any]:
    """What ``call`` takes of the options; any other that has a value of its own is refused, and so are unwritable files."""
    chosen = taken(name, call, options, DEFAULTS)
    check_files(chosen)
    return chosen


def check_files(options: dict[str, Any]) -> None:
    """Refuse what could not be written, before any work is done."""
    written = {f"--{key}": options.get(key) for key in (*FILES, "cache")}
    check_apart(written, {"--text": options.get("text")})
    for key in FILES:
        check_json(options.get(key), f"--{key}")
    if options.get("plot") is not None:
        from neurolsm.plot.save import check_format

        check_format(options["plot"])


def report_command(name: str, call: Callable[..., Report], options: dict[str, Any], json: Path | None) -> None:
    """Run one protocol, show its report and write it."""
    named = {key: value for key, value in options.items() if key in (*FILES, "text", "cache")}
    check_files({"json": json, **named})
    lost: BaseException | None = None
    try:
        report = call(**options_of(name, call, options))
    except NotDrawn as why:
        report, lost = why.report, why.__cause__

    def show() -> None:
        say(report.title)
        print_table(report.rows)
        for note in report.notes:
            say(note)

    deliver(json, report.to_dict(), show)
    if lost is not None:
        raise lost
