"""A scenario over several seeds, as a table, a plot and JSON."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from neurolsm.errors import NotAvailable, refuse
from neurolsm.execute.backend import resolve
from neurolsm.execute.versions import versions
from neurolsm.execute.workers import Workers, check_workers, run_tasks
from neurolsm.lowering import lower
from neurolsm.measure.scenarios.batches import every, late, none, tenth
from neurolsm.measure.scenarios.classes import classes
from neurolsm.measure.scenarios.drift import drift
from neurolsm.measure.scenarios.reward import reward
from neurolsm.measure.scenarios.sample import sample
from neurolsm.measure.scenarios.scratch import scratch
from neurolsm.measure.scenarios.setting import Outcome, Setting
from neurolsm.measure.scenarios.tasks import tasks
from neurolsm.measure.scenarios.unlabelled import unlabelled
from neurolsm.shown import shown
from neurolsm.tasks.model import Model

SCENARIOS: dict[str, Callable[[Setting], Outcome]] = {
    "scratch": scratch, "classes": classes, "drift": drift, "sample": sample, "reward": reward,
    "tasks": tasks, "unlabelled": unlabelled, "every": every, "tenth": tenth, "none": none, "late": late,
}  # fmt: skip

WINDOW = 50  # samples over which a curve is a mean


@shown(
    model="model", scenario="scenario", backend="backend", seeds="seeds", adapted="adapted", adapted_sd="adapted_sd", frozen="frozen", controls="controls",
)  # fmt: skip
@dataclass(frozen=True, kw_only=True)
class LearningResult:
    """Means over seeds of what ``Outcome`` holds, with standard deviations; one seed has none, so it is None.

    Attributes:
        rule: the on-chip readout, as described.
        seeds: how many.
        recovered: share of the loss won back, (adapted - frozen) / (host_refit - frozen); None where there is no loss.
        calibration: expected calibration error.
        details, numbers: more shares, and what are no shares, by name.
        curve: accuracy over the stream, mean over seeds in a sliding window of 50 samples, at most 1,000 points.
        curve_sd: its standard deviation over seeds; empty with one seed.
        marks: where something changes in the stream, on the scale of the curve from 0 to 1, and what comes from there on.
        each, controls_each: adapted, and every control, of every seed.
        samples: of the data that were used, those of the test among them.
        program_sha256: of the program of seed 1, before it learned.
        extra: means of what this scenario alone has.
    """

    model: str
    scenario: str
    backend: str
    rule: str
    seeds: int
    before: float
    frozen: float
    adapted: float
    adapted_sd: float | None
    host_refit: float
    controls: dict[str, float]
    recovered: float | None
    forgotten: float
    updates: int
    seconds: float
    calibration: float
    details: dict[str, float]
    numbers: dict[str, float]
    each: list[float]
    curve: list[float]
    versions: dict[str, str]
    samples: int
    program_sha256: str
    extra: dict[str, Any] = field(default_factory=dict)
    controls_each: dict[str, list[float]] = field(default_factory=dict)
    curve_sd: list[float] = field(default_factory=list)
    marks: list[tuple[float, str]] = field(default_factory=list)

    @property
    def margin(self) -> tuple[float, float] | None:
        """By how much adapted is above the best control: mean of the differences seed by seed, and its standard error.

        None with a single seed or without controls.
        """
        if self.seeds < 2 or not self.controls_each:
            return None
        best = max(self.controls_each, key=lambda name: self.controls[name])
        gaps = np.subtract(self.each, self.controls_each[best])
        return float(gaps.mean()), float(gaps.std(ddof=1) / np.sqrt(gaps.size))

    def to_dict(self) -> dict[str, Any]:
        """JSON values; what the scenario alone has stands next to the rest."""
        found = asdict(self)
        return found | found.pop("extra")

    @property
    def rows(self) -> list[tuple[str, str]]:
        """What is shown, line by line."""
        shown = {
            "before": self.before, "frozen": self.frozen, "host refit on the same data": self.host_refit,
            **self.controls, "forgotten": self.forgotten, **self.details, "calibration error": self.calibration,
        }  # fmt: skip
        spread = "" if self.adapted_sd is None else f" ± {100 * self.adapted_sd:.2f}"
        adapted = ("adapted", f"{100 * self.adapted:.2f}{spread}")
        rows = [adapted, *((name, f"{100 * value:.2f}") for name, value in shown.items())]
        rows += [(name, f"{value:,.1f} (a number)") for name, value in self.numbers.items()]
        if self.margin is not None:
            gap, error = self.margin
            rows.append(
                ("against the best control, seed by seed", f"{100 * gap:+.2f} ± {100 * error:.2f} (standard error)")
            )
        return rows + ([("recovered", f"{100 * self.recovered:.1f}")] if self.recovered is not None else [])


def learn_model(
    model: Model, scenario: str, *, backend: str = "emulator", samples: int | None = None, seeds: int = 5,
    progress: bool | None = None, workers: Workers = None, stock: bool = False,
) -> LearningResult:  # fmt: skip
    """Run a scenario with the seeds 1 to ``seeds``, each of liquid, split and order.

    Args:
        model: what to run.
        scenario: ``classes``, ``drift``, ``sample``, ``reward``, ``scratch``, ``tasks`` or ``unlabelled``; of data with groups that
            follow each other in time also ``every``, ``tenth``, ``none`` or ``late``.
        backend: what learns.
        samples: how many of the data, drawn evenly from the classes; None for all.
        seeds: how many, at least 1.
        progress: True or False: a bar or none; None: a bar on a terminal once it takes long.
        workers: what runs the seeds, as in ``neurolsm.execute.workers``; the result does not depend on it.
        stock: whether readouts are those that Lava's own processes can learn, with ``stock=True``; the backend ``lava:stock`` needs it.

    Raises:
        InvalidValue: a number outside its range.
        NotAvailable: unknown scenario, backend, data or cluster.
    """
    if scenario not in SCENARIOS:
        raise NotAvailable(f"scenario {scenario!r} is unknown. Choose one of {', '.join(SCENARIOS)}")
    if not 1 <= seeds <= 1000:
        refuse("learn_model", "seeds", seeds, "must be 1 to 1000", "Five give a mean and its spread")
    check_workers(workers)
    _check_stream(backend, stock)
    start = time.perf_counter()
    tasks = [(model, scenario, backend, seed, samples, stock) for seed in range(1, seeds + 1)]
    found = run_tasks(_run_seed, tasks, workers=workers, unit="seed", desc=scenario, progress=progress)
    return _summary(found[0][0], [outcome for _, outcome in found], time.perf_counter() - start)


def _check_stream(backend: str, stock: bool) -> None:
    """Refuse a backend that cannot round each weight by a number of its own, where readouts would need that, before any work is done."""
    found, _ = resolve(backend)
    declared = getattr(found, "unsupported", {})
    _, _, variant = backend.partition(":")
    if not stock and {f"{variant}:learning/stream", "learning/stream"} & set(declared):
        refuse("learn_model", "stock", False, f"{backend} lacks a random number for each synapse, which on-chip readouts use",
               "Pass stock=True (on the command line --stock)")  # fmt: skip


def _run_seed(
    model: Model, scenario: str, backend: str, seed: int, samples: int | None, stock: bool
) -> tuple[dict[str, Any], Outcome]:
    """What is known of a seed, and what it came to."""
    setting = Setting.of(model, scenario, backend, seed, samples, stock)
    readout = setting.readout()
    outcome = SCENARIOS[scenario](setting)
    known = {"model": model.name, "scenario": scenario, "backend": backend, "rule": outcome.rule or repr(readout),
             "samples": len(setting.train) + len(setting.test),
             "program_sha256": lower(replace(model.lsm(seed), readout=readout)).program.sha256 if seed == 1 else ""}  # fmt: skip
    return known, outcome


def _summary(known: dict[str, Any], found: list[Outcome], seconds: float) -> LearningResult:
    def mean(name: str) -> float:
        return float(np.mean([getattr(o, name) for o in found]))

    def means(name: str) -> dict[str, float]:
        return {key: float(np.mean([getattr(o, name)[key] for o in found])) for key in getattr(found[0], name)}

    adapted = [o.adapted for o in found]
    loss = mean("host_refit") - mean("frozen")
    curve, curve_sd = _curve(found)
    return LearningResult(
        **known, seeds=len(found), before=mean("before"), frozen=mean("frozen"), adapted=float(np.mean(adapted)),
        adapted_sd=float(np.std(adapted, ddof=1)) if len(found) > 1 else None, host_refit=mean("host_refit"), controls=means("controls"),
        recovered=(float(np.mean(adapted)) - mean("frozen")) / loss if loss > 0 else None, forgotten=mean("forgotten"),
        updates=round(mean("updates")), seconds=seconds, calibration=mean("calibration"), details=means("details"), numbers=means("numbers"),
        each=[float(a) for a in adapted], curve=curve, curve_sd=curve_sd, marks=_marks(found), versions=versions(), extra=_mean_of([o.extra for o in found]),
        controls_each={name: [o.controls[name] for o in found] for name in found[0].controls},
    )  # fmt: skip


def _mean_of(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Means of numbers, by name, however deep they lie."""
    return {
        name: _mean_of([one[name] for one in found])
        if isinstance(value, dict)
        else float(np.mean([one[name] for one in found]))
        for name, value in found[0].items()
    }


def _curve(found: list[Outcome], points: int = 1000) -> tuple[list[float], list[float]]:
    """Mean and spread over the seeds of the share of right answers in each window; no spread of one seed."""
    shortest = min(len(o.curve) for o in found)
    if shortest < WINDOW:
        return [], []
    kernel = np.full(WINDOW, 1 / WINDOW)
    smooth = np.array([np.convolve(np.asarray(o.curve[:shortest], float), kernel, "valid") for o in found])
    smooth = smooth[:, :: max(1, -(-smooth.shape[1] // points))]
    spread = smooth.std(axis=0, ddof=1) if len(found) > 1 else np.zeros(0)
    return smooth.mean(axis=0).tolist(), spread.tolist()


def _marks(found: list[Outcome]) -> list[tuple[float, str]]:
    """The places of the changes among the middles of the windows, means over the seeds."""
    span = min(len(o.curve) for o in found) - WINDOW
    if span < 1:
        return []
    at = np.mean([[where for where, _ in o.marks] for o in found], axis=0)
    shares = np.clip((at - WINDOW / 2) / span, 0, 1)
    return [(float(share), name) for share, (_, name) in zip(shares, found[0].marks, strict=True)]
