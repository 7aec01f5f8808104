"""``neurolsm tune``."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from neurolsm.cli.chosen import choose
from neurolsm.cli.envelope import envelope
from neurolsm.cli.interrupt import resumable
from neurolsm.cli.output import STANDARD_OUTPUT, deliver, print_table, to_json
from neurolsm.cli.task import check_files
from neurolsm.cli.terminal import say
from neurolsm.errors import refuse
from neurolsm.files.results import check_apart
from neurolsm.lowering import lower
from neurolsm.tasks.settings import as_options
from neurolsm.tasks.task import Task


def tune_command(name: str, *, json: Path | None, html: Path | None, **options: Any) -> None:
    from neurolsm.measure.search.tune import rows, tune_model

    storage = options["storage"]
    check_apart({"--storage": storage, "--json": None if json == STANDARD_OUTPUT else json, "--html": html})
    check_files(name, {"json": json, "html": html})
    chosen = choose(name)
    if isinstance(chosen, Task):
        refuse("tune", "model", name, "runs a protocol of its own and declares no space to search", "Choose another")
    with resumable("--storage FILE", storage):
        found = tune_model(chosen, **options)
    best = chosen.space.build(**found.best) if chosen.space is not None and found.best else None
    again = None if best is None else run_best(name, found.best, options)

    def show() -> None:
        say(
            f"{found.model}: {len(found.trials)} trials, seed {found.seed}, on inner splits of {found.train} + {found.validation} "
            f"samples from the training part of split {found.split}; the test part was not touched"
        )
        print_table(list(rows(found)))
        say(f"{found.seconds:.0f} s in all")
        say("every setting was refused" if again is None else f"the best of them: {again}")

    whole = envelope(
        "tune", {"model": name, **options}, found.to_dict() | {"best_command": again}, seeds=1,
        samples=found.train + found.validation, program=None if best is None else lower(best.lsm(found.seed)).program.sha256,
        values=[t["value"] for t in found.trials], seconds=found.seconds,
    )  # fmt: skip
    pages = []
    if html is not None:
        from neurolsm.report.about import About
        from neurolsm.report.tune import tune_page

        about = About("tune", {"model": name, **options}, to_json(whole), whole["versions"])
        pages.append(lambda: tune_page(chosen, found, again, about).write(html))
    deliver(json, whole, show, pages)


def run_best(name: str, best: dict[str, Any], options: dict[str, Any]) -> str:
    """The command that runs the best setting: the same liquid, the split whose test part no trial has seen among the splits."""
    words = ["neurolsm", "run", name, *as_options(best), "--seed", str(options["seed"])]
    if options["seed"]:
        words += ["--split-seed", str(options["seed"])]  # the searched split was drawn with the same seed
    if options["samples"] is not None:
        words += ["--samples", str(options["samples"])]
    if options["backend"] != "emulator":
        words += ["--backend", options["backend"]]
    return shlex.join(words)
