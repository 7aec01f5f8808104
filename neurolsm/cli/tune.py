"""``neurolsm tune``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neurolsm.cli.interrupt import resumable
from neurolsm.cli.output import check_json, deliver, print_table
from neurolsm.cli.terminal import say
from neurolsm.errors import refuse
from neurolsm.files.results import check_apart
from neurolsm.tasks import model
from neurolsm.tasks.task import Task


def tune_command(name: str, *, json: Path | None, **options: Any) -> None:
    from neurolsm.measure.search.tune import rows, tune_model

    storage = options["storage"]
    check_apart({"--storage": storage, "--json": json})
    check_json(json)
    chosen = model.get(name)
    if isinstance(chosen, Task):
        refuse("tune", "model", name, "runs a protocol of its own and declares no space to search", "Choose another")
    with resumable("--storage FILE", storage):
        found = tune_model(chosen, **options)

    def show() -> None:
        say(
            f"{found.model}: {len(found.trials)} trials, seed {found.seed}, on inner splits of {found.train} + {found.validation} "
            f"samples from the training part of split {found.split}; the test part was not touched"
        )
        print_table(list(rows(found)))
        say(f"{found.seconds:.0f} s in all")

    deliver(json, found.to_dict(), show)
