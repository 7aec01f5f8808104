"""``neurolsm tune``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neurolsm import model
from neurolsm.cli.output import check_json, print_table, write_json
from neurolsm.errors import refuse
from neurolsm.task import Task


def tune_command(name: str, *, json: Path | None, **options: Any) -> None:
    from neurolsm.measure.tune import rows, tune_model

    check_json(json)
    chosen = model.get(name)
    if isinstance(chosen, Task):
        refuse("tune", "model", name, "runs a protocol of its own and declares no space to search", "Choose another")
    found = tune_model(chosen, **options)
    print(
        f"{found.model}: {len(found.trials)} trials, seed {found.seed}, on inner splits of {found.train} + {found.validation} samples "
        f"from the training part of split {found.split}; the test part was not touched"
    )
    print_table(list(rows(found)))
    print(f"{found.seconds:.0f} s in all")
    write_json(json, found.to_dict())
