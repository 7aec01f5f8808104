"""``neurolsm run``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neurolsm import model
from neurolsm.cli.output import check_json, print_table, write_json
from neurolsm.cli.task import options_of, report_command
from neurolsm.measure.experiment import Result, run_controls, run_model
from neurolsm.task import Task


def run_command(name: str, *, controls: bool, json: Path | None, **options: Any) -> None:
    chosen = model.get(name)
    if isinstance(chosen, Task):
        return report_command(name, chosen.run, options | {"controls": controls}, json)
    check_json(json)
    options = options_of(name, run_model, options)
    result = run_model(chosen, **options)
    print_result(result)
    written = result.to_dict()
    if controls:
        shared = {
            key: options[key]
            for key in ("samples", "seed", "splits", "split_seed", "folds", "workers")
            if key in options
        }
        found = run_controls(chosen, **shared)
        print_table([("without the liquid", result.metric)] + [c.row for c in found])
        written["controls"] = [c.to_dict() for c in found]
    write_json(json, written)


def print_result(result: Result) -> None:
    chip = f"{result.target}, " if result.target != "none" else ""
    print(
        f"{result.model} on {result.backend} ({chip}{result.arithmetic} arithmetic): {result.neurons:,} neurons, "
        f"{result.synapses:,} synapses, {result.steps} steps, seed {result.seed}"
    )
    print(
        f"{result.metric} {result.shown} over {result.splits} splits of {result.train} + {result.test} samples, "
        f"from {result.numbers:,} numbers a sample"
    )
    print(
        f"{result.ms_per_sample:.3g} ms, {result.spikes_per_sample:,.0f} spikes and {result.synops_per_sample:,.0f} synaptic "
        f"operations a sample; {result.seconds:.1f} s in all"
    )
