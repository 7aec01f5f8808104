"""``neurolsm inspect``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from neurolsm.cli.chosen import choose
from neurolsm.cli.envelope import envelope
from neurolsm.cli.output import deliver, print_table, to_json
from neurolsm.cli.task import check_files
from neurolsm.cli.terminal import say
from neurolsm.errors import refuse
from neurolsm.tasks.model import Model
from neurolsm.tasks.task import Task

if TYPE_CHECKING:
    from neurolsm.measure.instruments.inspection import Inspection
    from neurolsm.measure.instruments.ranges import Place
    from neurolsm.report.about import About


def inspect_command(
    name: str, *, settings: list[str], samples: int | None, seed: int, random: int, workers: str | None,
    json: Path | None, html: Path | None,
) -> None:  # fmt: skip
    from neurolsm.measure.instruments.inspection import inspect_model
    from neurolsm.measure.instruments.ranges import places, random_liquids
    from neurolsm.report.about import About
    from neurolsm.report.inspect import HEAD, rows

    check_files(name, {"json": json, "html": html})
    model = choose(name, settings)
    if random and isinstance(model, Task):
        refuse("inspect", "random", random, "a protocol of its own has no liquids to draw", "Leave it out")
    if random < 0:
        refuse("inspect", "random", random, "must be at least 0", "50 make a good range")
    found = inspect_model(model, samples=samples, seed=seed)
    among: tuple[Place, ...] = ()
    if random and isinstance(model, Model):
        among = places(found, random_liquids(model, random, samples=samples, seed=seed, workers=workers))

    def show() -> None:
        say(
            f"{found.model}: {found.neurons:,} neurons, {found.synapses:,} synapses, seed {found.seed}, {found.samples} samples "
            f"of {found.steps} steps"
        )
        print_table(found.rows)
        if among:
            say(f"\namong {random} random liquids")
            print_table([HEAD, *rows(among)])
        say(f"{found.seconds:.1f} s in all")

    given = {"model": name, "set": settings, "samples": samples, "seed": seed, "random": random, "workers": workers}
    whole = envelope(
        "inspect", given, found.to_dict() | {"among": [one.to_dict() for one in among]}, seeds=1, samples=found.samples,
        program=found.program_sha256, values=None, seconds=found.seconds,
    )  # fmt: skip
    pages = []
    if html is not None:
        about = About("inspect", given, to_json(whole), whole["versions"])
        pages.append(lambda: write_page(model, found, among, about, html))
    deliver(json, whole, show, pages)


def write_page(model: Model | Task, found: Inspection, among: Sequence[Place], about: About, html: Path) -> None:
    """The page of what was measured."""
    from neurolsm.report.inspect import inspect_page

    inspect_page(model, found, among, about).write(html)
