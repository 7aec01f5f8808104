"""``neurolsm run``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neurolsm.cli.interrupt import resumable
from neurolsm.cli.output import deliver, print_table
from neurolsm.cli.task import check_files, options_of, report_command
from neurolsm.cli.terminal import say
from neurolsm.measure.evaluation.experiment import ControlResult, Result, run_controls, run_model
from neurolsm.tasks import model
from neurolsm.tasks.task import Task

SHARED = ("samples", "seed", "splits", "split_seed", "folds", "workers")  # what the controls take of the options


def run_command(name: str, *, controls: bool, json: Path | None, **options: Any) -> None:
    chosen = model.get(name)
    if isinstance(chosen, Task):
        return report_command(name, chosen.run, options | {"controls": controls}, json)
    check_files({"json": json, "cache": options.get("cache")})
    options = options_of(name, run_model, options)
    with resumable("--cache DIR", options.get("cache")):
        result = run_model(chosen, **options)
    written, found = result.to_dict(), []
    try:
        if controls:
            shared = {key: options[key] for key in SHARED if key in options}
            found = run_controls(chosen, **shared)
            written["controls"] = [c.to_dict() for c in found]
    finally:  # what the model came to is a result, whatever becomes of the controls
        deliver(json, written, lambda: print_run(result, found))


def print_run(result: Result, found: list[ControlResult]) -> None:
    print_result(result)
    if found:
        print_table([("without the liquid", result.metric)] + [c.row for c in found])


def print_result(result: Result) -> None:
    chip = f"{result.target}, " if result.target != "none" else ""
    say(
        f"{result.model} on {result.backend} ({chip}{result.arithmetic} arithmetic): {result.neurons:,} neurons, "
        f"{result.synapses:,} synapses, {result.steps} steps, seed {result.seed}"
    )
    say(
        f"{result.metric} {result.shown} over {result.splits} splits of {result.train} + {result.test} samples, "
        f"from {result.numbers:,} numbers per sample"
    )
    say(
        f"{result.ms_per_sample:.3g} ms, {result.spikes_per_sample:,.0f} spikes and {result.synops_per_sample:,.0f} synaptic "
        f"operations per sample; {result.seconds:.1f} s in all"
    )
