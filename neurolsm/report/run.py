"""The page of ``neurolsm run``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from neurolsm.measure.evaluation.experiment import ControlResult, Result, show
from neurolsm.plot.controls import height, with_controls
from neurolsm.plot.outcome import confusion
from neurolsm.report.about import About
from neurolsm.report.page import Page, Section, paragraph, plain, table
from neurolsm.report.picture import picture
from neurolsm.report.seen import seen
from neurolsm.shown import figures
from neurolsm.tasks.model import Model


def run_page(model: Model, found: Result, controls: Sequence[ControlResult], about: About) -> Page:
    """What a run came to, next to its controls.

    Args:
        model: what ran.
        found: its result.
        controls: on the same splits; none where they were not asked for.
        about: of the command.
    """
    given: dict[str, Any] = {key: about.options.get(key) for key in ("samples", "split_seed")}
    given["split_seed"] = given["split_seed"] or 0
    arithmetic = found.arithmetic
    target = found.target if found.target != "none" else "loihi2"
    spikes = seen(model, seed=found.seed, backend=found.backend, target=target, arithmetic=arithmetic, **given)
    return Page(
        f"{found.model} on {found.backend}",
        verdict(found, controls),
        (
            Section("Result", _figure(found, controls)),
            Section("Table", _table(found, controls)),
            *_confused(found),
            Section("What it took", _took(found)),
            *spikes,
            *about.sections(model, found.seed),
        ),
    )


def verdict(found: Result, controls: Sequence[ControlResult]) -> str:
    """What the run says, in one line, with the strongest control and the difference to it, split by split."""
    over = f"over {found.splits} splits" if found.splits > 1 else "on one split"
    said = f"{found.metric} {found.shown} {over}, seed {found.seed} of the liquid"
    if not controls:
        return f"{said}. No control was measured: add --controls."
    best = max(controls, key=lambda one: one.value)
    apart = np.subtract(found.values, best.values)
    sd = float(np.std(apart, ddof=1)) if len(apart) > 1 else None
    where = "above" if apart.mean() > 0 else "below" if apart.mean() < 0 else "level with"
    by = "" if where == "level with" else f" by {show(found.metric, abs(float(apart.mean())), sd)}"
    return f"{said}: {where} the best control{by}, which is '{best.name}' with {show(best.metric, best.value, best.value_sd)}."


def _scale(found: Result) -> tuple[float, str]:
    return (100.0, "accuracy, %") if found.metric == "accuracy" else (1.0, found.metric)


def _figure(found: Result, controls: Sequence[ControlResult]) -> str:
    factor, label = _scale(found)
    rows = {plain(one): [factor * v for v in values] for one, values in _rows(found, controls)}
    said = "Each dot is a split; a diamond is their mean, with one standard deviation where there are several splits."
    return picture(lambda ax: with_controls(rows, label, ax), (5.2, height(rows)), "result", said)


def _rows(found: Result, controls: Sequence[ControlResult]) -> list[tuple[str, Sequence[float]]]:
    return [(found.model, found.values), *((one.name, one.values) for one in controls)]


def _table(found: Result, controls: Sequence[ControlResult]) -> str:
    factor, label = _scale(found)
    shown = [found.shown, *(show(one.metric, one.value, one.value_sd) for one in controls)]
    rows = [
        (name, mean, ", ".join(f"{factor * v:.4g}" for v in values))
        for (name, values), mean in zip(_rows(found, controls), shown, strict=True)
    ]
    spread = "Mean and standard deviation (n - 1) over the splits; one split has no deviation."
    return table(("what", label, "each split"), rows, marked=0) + f'<p class="note">{spread}</p>'


def _confused(found: Result) -> tuple[Section, ...]:
    if found.confusion is None:
        return ()
    names = [plain(one) for one in found.classes]
    counts = np.asarray(found.confusion)
    said = "Test samples of all splits: true class by row, the class they were taken for by column."
    drawn = picture(lambda ax: confusion(counts, names, ax), (5, 5), "confusion", said)
    return (Section("Who was taken for whom", drawn),)


def _took(found: Result) -> str:
    rows = [
        ("neurons", f"{found.neurons:,}"),
        ("synapses", f"{found.synapses:,}"),
        ("steps of the longest sample", f"{found.steps:,}"),
        ("samples to learn from, and to test on", f"{found.train:,} + {found.test:,}"),
        ("numbers per sample that the readout sees", f"{found.numbers:,}"),
        ("spikes per sample", f"{found.spikes_per_sample:,.0f}"),
        ("synaptic operations per sample", f"{found.synops_per_sample:,.0f}"),
        ("time per sample in the simulator", f"{figures(found.ms_per_sample)} ms"),
        ("time in all", f"{found.seconds:.1f} s"),
    ]
    return paragraph(f"{found.backend}, {found.arithmetic} arithmetic, target {found.target}.") + table(
        ("what", "found"), rows
    )
