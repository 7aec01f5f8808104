"""``neurolsm report --target c``: what a model needs of a microcontroller."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from neurolsm.cli.envelope import envelope
from neurolsm.cli.output import STANDARD_OUTPUT, check_json, deliver, print_table, to_json
from neurolsm.cli.subject import subject
from neurolsm.cli.terminal import say
from neurolsm.errors import NotAvailable
from neurolsm.execute.backend import get
from neurolsm.files.results import check_apart
from neurolsm.report.about import About
from neurolsm.report.budget import UNCOUNTED, budget_page, shown
from neurolsm.tasks.own import file_of


def budget_command(
    name: str,
    *,
    settings: list[str],
    seed: int,
    samples: int | None,
    chip: str | None,
    json: Path | None,
    html: Path | None,
) -> None:
    start = time.perf_counter()
    check_apart(
        {"--json": None if json == STANDARD_OUTPUT else json, "--html": html}, {"MODEL": file_of(name) or Path(name)}
    )
    check_json(json)
    check_json(html, "--html")
    count: Any = getattr(get("c"), "budget", None)
    if count is None:
        raise NotAvailable("backend 'c' cannot count. Update neurolsm-c")
    source = subject(name, seed=seed, target="loihi2", samples=samples, settings=settings)
    inputs = None if samples is None else source.inputs
    found: dict[str, Any] = count(source.program, inputs, chip=chip).to_dict()
    given = {"model": name, "set": settings, "target": "c", "seed": seed, "samples": samples, "chip": chip}
    whole = envelope(
        "report", given, {"model": name, "seed": seed, **found}, seeds=None if source.saved else 1,
        samples=None if inputs is None else len(inputs), program=source.program.sha256, values=None,
        seconds=time.perf_counter() - start,
    )  # fmt: skip
    pages = []
    if html is not None:
        about = About("report", given, to_json(whole), whole["versions"])
        pages.append(lambda: budget_page(source.model, name, found, about).write(html))
    deliver(json, whole, lambda: _show(name, found), pages)


def _show(name: str, found: dict[str, Any]) -> None:
    say(
        f"{name} as C99"
        + (f" on {found['chip']}: {'fits' if found['fits'] else 'does not fit'}" if found["chip"] else "")
    )
    print_table(shown(found))
    say("\nlargest: " + ", ".join(f"{item} {size:,}" for item, size in found["largest"].items()))
    for line in found["saves"]:
        say(f"note: {line}")
    if found["instructions_per_event"] is None:
        say(f"note: {UNCOUNTED}")
