"""``neurolsm run``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from neurolsm.cli.chosen import choose
from neurolsm.cli.envelope import envelope, resolved
from neurolsm.cli.interrupt import resumable
from neurolsm.cli.output import deliver, print_table, to_json
from neurolsm.cli.task import check_files, options_of, report_command
from neurolsm.cli.terminal import say
from neurolsm.measure.evaluation.experiment import ControlResult, Result, run_controls, run_model
from neurolsm.report.about import About
from neurolsm.shown import figures
from neurolsm.tasks.model import Model
from neurolsm.tasks.task import Task

SHARED = ("samples", "seed", "splits", "split_seed", "folds", "workers")  # what the controls take of the options


def run_command(
    name: str,
    *,
    settings: list[str],
    controls: bool,
    plot: Path | None,
    html: Path | None,
    json: Path | None,
    **options: Any,
) -> None:
    chosen = choose(name, settings)
    if isinstance(chosen, Task):
        return report_command(
            "run", chosen, name, chosen.run, options | {"controls": controls, "plot": plot, "html": html}, json
        )
    check_files(name, {"json": json, "plot": plot, "html": html, "cache": options.get("cache")})
    given = {
        "model": name,
        "set": settings,
        "controls": controls,
        "plot": plot,
        "html": html,
        **resolved(run_model, options),
    }
    options = options_of(name, run_model, options)
    with resumable("--cache DIR", options.get("cache")):
        result = run_model(chosen, **options)
    found: list[ControlResult] = []
    pictures: list[Callable[[], object]] = [] if plot is None else [lambda: draw(chosen, result, options, plot)]
    if html is not None:
        pictures.append(
            lambda: write_page(chosen, result, found, About("run", given, to_json(whole), result.versions), html)
        )
    try:
        if controls:
            shared = {key: options[key] for key in SHARED if key in options}
            found = run_controls(chosen, **shared)
    finally:  # what the model came to is a result, whatever becomes of the controls
        written = result.to_dict() | ({"controls": [c.to_dict() for c in found]} if found else {})
        whole = envelope(
            "run", given, written, seeds=1, samples=result.samples, program=result.program_sha256, values=result.values,
            seconds=result.seconds,
        )  # fmt: skip
        deliver(json, whole, lambda: print_run(result, found), pictures)


def write_page(model: Model, result: Result, found: list[ControlResult], about: About, html: Path) -> None:
    """The page of a run."""
    from neurolsm.report.run import run_page

    run_page(model, result, found, about).write(html)


def draw(model: Model, result: Result, options: dict[str, Any], plot: Path) -> None:
    """The picture of a run: its confusion matrix, or its values, next to the rasters of some samples."""
    from neurolsm.execute.backend import open_simulator
    from neurolsm.lowering import lower
    from neurolsm.plot.outcome import SAMPLES, outcome
    from neurolsm.plot.save import save_figure

    data = model.load().subset(options.get("samples"), options.get("split_seed", 0)).subset(SAMPLES)
    program = lower(model.lsm(result.seed), options.get("target", "loihi2"), result.arithmetic).program
    with open_simulator(program, result.backend) as simulator:
        recording = simulator.run(model.encoder.encode(data.x), learn=False)
    save_figure(outcome(result, recording, data.y if data.labelled else None), plot)


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
    over = f"over {result.splits} splits" if result.splits > 1 else "on one split"
    say(
        f"{result.metric} {result.shown} {over} of {result.train} + {result.test} samples, "
        f"from {result.numbers:,} numbers per sample"
    )
    say(
        f"{figures(result.ms_per_sample)} ms, {result.spikes_per_sample:,.0f} spikes and {result.synops_per_sample:,.0f} synaptic "
        f"operations per sample; {result.seconds:.1f} s in all"
    )
