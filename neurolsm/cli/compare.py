"""``neurolsm compare``."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import typer

from neurolsm.cli.chosen import choose
from neurolsm.cli.envelope import envelope, resolved
from neurolsm.cli.output import deliver, print_table, to_json
from neurolsm.cli.task import check_files, options_of
from neurolsm.cli.terminal import say
from neurolsm.execute.backend import resolve
from neurolsm.execute.compare import Comparison, compare
from neurolsm.measure.evaluation.experiment import compare_model
from neurolsm.report.about import About
from neurolsm.shown import figures
from neurolsm.tasks.model import Model
from neurolsm.tasks.task import Task


def compare_command(
    name: str, *, settings: list[str], backends: str, json: Path | None, html: Path | None, **options: Any
) -> None:
    start = time.perf_counter()
    check_files(name, {"json": json, "html": html})
    names = tuple(part.strip() for part in backends.split(",") if part.strip())
    chosen = choose(name, settings)
    if isinstance(chosen, Task):
        for backend in names:
            resolve(backend)
        found = compare(*chosen.compare(**options_of(name, chosen.compare, options)), names)
        options = resolved(chosen.compare, options)
    else:
        found = compare_model(chosen, names, **options)
    given = {"model": name, "set": settings, "backends": list(names), "html": html, **options}
    whole = envelope(
        "compare", given, found.to_dict(), seeds=1, samples=found.samples, program=found.program_sha256, values=None,
        seconds=time.perf_counter() - start,
    )  # fmt: skip
    about = About("compare", given, to_json(whole), whole["versions"])
    pages = [] if html is None else [lambda: write_page(chosen, found, about, html)]
    deliver(json, whole, lambda: print_comparison(found), pages)
    if not found.equal:
        raise typer.Exit(1)


def write_page(chosen: Model | Task, found: Comparison, about: About, html: Path) -> None:
    """The page of a comparison."""
    from neurolsm.report.compare import compare_page

    model = chosen if isinstance(chosen, Model) else None
    compare_page(model, about.options.get("seed", 1), verdict(found), found, about).write(html)


def print_comparison(found: Comparison) -> None:
    rows = [("backend", "ms per sample", "set-up, s")]
    rows += [(b, figures(found.ms_per_sample[b]), figures(found.setup_seconds[b], 2)) for b in found.backends]
    print_table(rows)
    say(verdict(found))


def verdict(found: Comparison) -> str:
    """What the comparison says, in one sentence."""
    what = f"{found.spikes_compared:,} spikes in {found.samples} samples"
    first = found.first_divergence
    if first is None and found.largest_difference == 0:
        return f"{what}, and every final u and v: not a bit differs."
    if first is None:
        return f"{what}: every spike agrees; u and v differ by {found.largest_difference:.2g} at most."
    return (
        f"{what}: {first.backend} differs from {found.backends[0]} first in sample {first.sample}, step {first.step}, "
        f"neuron {first.neuron}, {first.variable}: {first.got:g} instead of {first.expected:g}."
    )
