"""``neurolsm learn``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neurolsm import model
from neurolsm.cli.output import check_json, print_table, write_json
from neurolsm.measure.scenarios import learn_model


def learn_command(name: str, *, scenario: str, json: Path | None, plot: Path | None, **options: Any) -> None:
    check_json(json)
    if plot is not None:
        from neurolsm.plot.learning import check_format, save_curve

        check_json(plot, "--plot")
        check_format(plot)
    found = learn_model(model.get(name), scenario, **options)
    print(f"{found.model}, {found.scenario}, on {found.backend}: {found.rule}")
    print_table([("percent", f"mean of {found.seeds} seeds"), *found.rows])
    print(f"{found.updates:,} updates a seed, {found.seconds:.0f} s in all")
    write_json(json, found.to_dict())
    if plot is not None:
        save_curve(found, plot)
