"""Tasks on the command line: the options they declare, and the report they give back."""

from __future__ import annotations

import time
from collections.abc import Callable
from inspect import signature
from pathlib import Path
from typing import Any

from neurolsm.cli.envelope import of_report, resolved
from neurolsm.cli.output import STANDARD_OUTPUT, check_json, deliver, print_table, to_json
from neurolsm.cli.terminal import say
from neurolsm.errors import refuse
from neurolsm.files.results import check_apart
from neurolsm.report.about import About
from neurolsm.tasks.own import file_of
from neurolsm.tasks.task import NotDrawn, Report, Task, taken

DEFAULTS = {"backend": "emulator", "seed": 1, "split_seed": 0, "target": "loihi2", "arithmetic": "loihi", "samples": 20}
MADE = ("plot", "html")  # from the report, where a protocol does not make them itself
FILES = ("json", *MADE, "video")  # what is written; ``text`` is read, and ``cache`` will be a folder


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
    command: str, task: Task, name: str, call: Callable[..., Report], options: dict[str, Any], json: Path | None
) -> None:
    """Run one protocol, show its report and write it, as an object, as a picture and as a page."""
    start = time.perf_counter()
    named = {key: value for key, value in options.items() if key in (*FILES, "text", "cache")}
    check_files(name, {"json": json, **named})
    lost: BaseException | None = None
    own = signature(call).parameters
    plot, html = (None if key in own else options.get(key) for key in MADE)
    given = {"model": name, **{key: options.get(key) for key in MADE}, **resolved(call, options)}
    chosen = options_of(name, call, {key: value for key, value in options.items() if key in own or key not in MADE})
    try:
        report = call(**chosen)
    except NotDrawn as why:
        report, lost = why.report, why.__cause__

    def show() -> None:
        say(report.title)
        print_table(report.rows)
        for note in report.notes:
            say(note)

    whole = of_report(command, given, report.to_dict(), time.perf_counter() - start)
    pictures: list[Callable[[], object]] = [] if plot is None else [lambda: draw(task, report, plot)]
    if html is not None:
        about = About(command, given, to_json(whole), whole["versions"])
        pictures.append(lambda: write_page(task, report, about, html))
    deliver(json, whole, show, pictures)
    if lost is not None:
        raise lost


def draw(task: Task, report: Report, plot: Path) -> None:
    """The first picture of a report; where it has none, its figures next to their controls."""
    from matplotlib.figure import Figure

    from neurolsm.plot.controls import of_scores
    from neurolsm.plot.save import save_figure

    if report.pictures:
        first = report.pictures[0]
        figure = Figure(figsize=first.size, layout="constrained")
        first.draw(figure)
    elif report.scores:
        figure = of_scores(report.scores)
    else:
        refuse(
            task.name,
            "--plot",
            str(plot),
            "there is nothing to draw: the report has no scores and no pictures",
            "Leave it out",
        )
    save_figure(figure, plot)


def write_page(task: Task, report: Report, about: About, html: Path) -> None:
    """The page of a report."""
    from neurolsm.report.task import task_page

    task_page(task, report, about).write(html)
