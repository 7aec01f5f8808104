"""``neurolsm learn``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from neurolsm.cli.chosen import choose
from neurolsm.cli.envelope import envelope, resolved
from neurolsm.cli.output import deliver, print_table, to_json
from neurolsm.cli.task import check_files, options_of, report_command
from neurolsm.cli.terminal import say
from neurolsm.measure.scenarios import learn_model
from neurolsm.measure.scenarios.result import LearningResult
from neurolsm.report.about import About
from neurolsm.tasks.model import Model
from neurolsm.tasks.task import Task


def learn_command(
    name: str,
    *,
    settings: list[str],
    scenario: str,
    json: Path | None,
    plot: Path | None,
    html: Path | None,
    **options: Any,
) -> None:
    chosen = choose(name, settings)
    if isinstance(chosen, Task):
        chosen.check_scenario(scenario)
        return report_command(
            "learn", chosen, name, chosen.learn, options | {"scenario": scenario, "plot": plot, "html": html}, json
        )
    check_files(name, {"json": json, "plot": plot, "html": html})
    if plot is not None:
        from neurolsm.plot.learning import save_curve
    given = {
        "model": name,
        "set": settings,
        "scenario": scenario,
        "plot": plot,
        "html": html,
        **resolved(learn_model, options),
    }
    options = options_of(name, learn_model, options)
    found = learn_model(chosen, scenario, **options)

    def show() -> None:
        say(f"{found.model}, {found.scenario}, on {found.backend}: {found.rule}")
        print_table([("percent", f"mean of {found.seeds} seeds" if found.seeds > 1 else "one seed"), *found.rows])
        say(f"{found.updates:,} updates per seed, {found.seconds:.0f} s in all")

    whole = envelope(
        "learn", given, found.to_dict(), seeds=found.seeds, samples=found.samples, program=found.program_sha256,
        values=found.each, seconds=found.seconds,
    )  # fmt: skip
    pictures: list[Callable[[], object]] = [] if plot is None else [lambda: save_curve(found, plot)]
    if html is not None:
        pictures.append(lambda: write_page(chosen, found, About("learn", given, to_json(whole), found.versions), html))
    deliver(json, whole, show, pictures)


def write_page(model: Model, found: LearningResult, about: About, html: Path) -> None:
    """The page of what was learned."""
    from neurolsm.report.learn import learn_page

    learn_page(model, found, about).write(html)
