"""``neurolsm inspect``."""

from __future__ import annotations

from pathlib import Path

from neurolsm import model
from neurolsm.cli.output import check_json, print_table, write_json


def inspect_command(name: str, *, samples: int | None, seed: int, json: Path | None) -> None:
    from neurolsm.measure.liquid.inspection import inspect_model

    check_json(json)
    found = inspect_model(model.get(name), samples=samples, seed=seed)
    print(
        f"{found.model}: {found.neurons:,} neurons, {found.synapses:,} synapses, seed {found.seed}, {found.samples} samples of "
        f"{found.steps} steps"
    )
    print_table(found.rows)
    print(f"{found.seconds:.1f} s in all")
    write_json(json, found.to_dict())
