"""``neurolsm learn``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neurolsm.cli.output import deliver, print_table
from neurolsm.cli.task import check_files, options_of, report_command
from neurolsm.cli.terminal import say
from neurolsm.measure.scenarios import learn_model
from neurolsm.tasks import model
from neurolsm.tasks.task import Task


def learn_command(name: str, *, scenario: str, json: Path | None, plot: Path | None, **options: Any) -> None:
    chosen = model.get(name)
    if isinstance(chosen, Task):
        chosen.check_scenario(scenario)
        return report_command(name, chosen.learn, options | {"scenario": scenario, "plot": plot}, json)
    check_files({"json": json, "plot": plot})
    if plot is not None:
        from neurolsm.plot.learning import save_curve
    found = learn_model(chosen, scenario, **options_of(name, learn_model, options))

    def show() -> None:
        say(f"{found.model}, {found.scenario}, on {found.backend}: {found.rule}")
        print_table([("percent", f"mean of {found.seeds} seeds"), *found.rows])
        say(f"{found.updates:,} updates per seed, {found.seconds:.0f} s in all")

    deliver(json, found.to_dict(), show, [] if plot is None else [lambda: save_curve(found, plot)])
