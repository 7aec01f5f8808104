"""``neurolsm learn``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neurolsm import model
from neurolsm.cli.output import check_json, print_table, write_json
from neurolsm.cli.task import options_of, report_command
from neurolsm.measure.scenarios import learn_model
from neurolsm.task import Task


def learn_command(name: str, *, scenario: str, json: Path | None, plot: Path | None, **options: Any) -> None:
    chosen = model.get(name)
    if isinstance(chosen, Task):
        chosen.check_scenario(scenario)
        return report_command(name, chosen.learn, options | {"scenario": scenario, "plot": plot}, json)
    check_json(json)
    if plot is not None:
        from neurolsm.plot.learning import check_format, save_curve

        check_json(plot, "--plot")
        check_format(plot)
    found = learn_model(chosen, scenario, **options_of(name, learn_model, options))
    print(f"{found.model}, {found.scenario}, on {found.backend}: {found.rule}")
    print_table([("percent", f"mean of {found.seeds} seeds"), *found.rows])
    print(f"{found.updates:,} updates a seed, {found.seconds:.0f} s in all")
    write_json(json, found.to_dict())
    if plot is not None:
        save_curve(found, plot)
