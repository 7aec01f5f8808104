"""Tasks on the command line: the options they declare, and the report they give back."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from neurolsm.cli.envelope import of_report, resolved
from neurolsm.cli.output import STANDARD_OUTPUT, check_json, deliver, print_table
from neurolsm.cli.terminal import say
from neurolsm.files.results import check_apart
from neurolsm.tasks.own import file_of
from neurolsm.tasks.task import NotDrawn, Report, taken

DEFAULTS = {"backend": "emulator", "seed": 1, "split_seed": 0, "target": "loihi2", "arithmetic": "loihi", "samples": 20}
FILES = ("json", "plot", "html", "video")  # what is written; ``text`` is read, and ``cache`` will be a folder


def options_of(name: str, call: Callable[..., Any], options: dict[str, Any]) -> dict[str, Any]:
    """What ``call`` takes of the options; any other that has a value of its own is refused, and so are unwritable files."""
    chosen = taken(name, call, options, DEFAULTS)
    check_files(name, chosen)
    return chosen


def check_files(name: str, options: dict[str, Any]) -> None:
    """Refuse what could not be written, before any work is done; ``name`` is that of the model, which may be a file."""
    written = {f"--{key}": options.get(key) for key in (*FILES, "cache") if options.get(key) != STANDARD_OUTPUT}
    check_apart(written, {"--text": options.get("text"), "MODEL": file_of(name)})
    for key in FILES:
        check_json(options.get(key), f"--{key}")
    if options.get("plot") is not None:
        from neurolsm.plot.save import check_format

        check_format(options["plot"])


def report_command(
    command: str, name: str, call: Callable[..., Report], options: dict[str, Any], json: Path | None
) -> None:
    """Run one protocol, show its report and write it."""
    start = time.perf_counter()
    named = {key: value for key, value in options.items() if key in (*FILES, "text", "cache")}
    check_files(name, {"json": json, **named})
    lost: BaseException | None = None
    chosen = options_of(name, call, options)
    try:
        report = call(**chosen)
    except NotDrawn as why:
        report, lost = why.report, why.__cause__

    def show() -> None:
        say(report.title)
        print_table(report.rows)
        for note in report.notes:
            say(note)

    given = {"model": name, **resolved(call, options)}
    deliver(json, of_report(command, given, report.to_dict(), time.perf_counter() - start), show)
    if lost is not None:
        raise lost
