"""``neurolsm inspect``."""

from __future__ import annotations

from pathlib import Path

from neurolsm.cli.chosen import choose
from neurolsm.cli.envelope import envelope
from neurolsm.cli.output import deliver, print_table
from neurolsm.cli.task import check_files
from neurolsm.cli.terminal import say


def inspect_command(name: str, *, settings: list[str], samples: int | None, seed: int, json: Path | None) -> None:
    from neurolsm.measure.instruments.inspection import inspect_model

    check_files(name, {"json": json})
    found = inspect_model(choose(name, settings), samples=samples, seed=seed)

    def show() -> None:
        say(
            f"{found.model}: {found.neurons:,} neurons, {found.synapses:,} synapses, seed {found.seed}, {found.samples} samples "
            f"of {found.steps} steps"
        )
        print_table(found.rows)
        say(f"{found.seconds:.1f} s in all")

    given = {"model": name, "set": settings, "samples": samples, "seed": seed}
    whole = envelope(
        "inspect", given, found.to_dict(), seeds=1, samples=found.samples, program=found.program_sha256, values=None,
        seconds=found.seconds,
    )  # fmt: skip
    deliver(json, whole, show)
