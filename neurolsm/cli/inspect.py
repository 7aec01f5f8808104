"""``neurolsm inspect``."""

from __future__ import annotations

from pathlib import Path

from neurolsm.cli.output import check_json, deliver, print_table
from neurolsm.cli.terminal import say
from neurolsm.tasks import model


def inspect_command(name: str, *, samples: int | None, seed: int, json: Path | None) -> None:
    from neurolsm.measure.instruments.inspection import inspect_model

    check_json(json)
    found = inspect_model(model.get(name), samples=samples, seed=seed)

    def show() -> None:
        say(
            f"{found.model}: {found.neurons:,} neurons, {found.synapses:,} synapses, seed {found.seed}, {found.samples} samples "
            f"of {found.steps} steps"
        )
        print_table(found.rows)
        say(f"{found.seconds:.1f} s in all")

    deliver(json, found.to_dict(), show)
