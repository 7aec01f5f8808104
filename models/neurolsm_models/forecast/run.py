"""``neurolsm run forecast``: every series, its liquids, and what they are held against on the same rows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.errors import refuse
from neurolsm.execute.backend import resolve
from neurolsm.execute.versions import versions
from neurolsm.tasks.scores import Scores
from neurolsm.tasks.task import Report
from neurolsm_models.forecast.contenders import CHOSEN, SETTINGS, Chosen
from neurolsm_models.forecast.measure import Cost, cost, learn, neurobench, score, walking
from neurolsm_models.forecast.problems import PROBLEMS, SERIES, Problem
from neurolsm_models.forecast.series import NEUROBENCH

Array = NDArray[np.float64]
LIQUIDS, REPEATS = 5, 30
UNITS = {"nrmse": "NRMSE", "valid_prediction_time": "Lyapunov times", "smape": "sMAPE"}
MEANING = {
    "nrmse": "The root of the mean squared error of what is said after each value of the test part, over the spread of the targets: 1 is "
    "as good as always saying the mean.",
    "valid_prediction_time": "How long a closed loop, which hears what it has said itself, runs until its error exceeds 0.4 of the "
    "spread, in Lyapunov times, in which a small error grows e-fold; the mean over eight starts.",
    "smape": "Symmetric mean absolute percentage error of a closed loop over ten Lyapunov times, 0 to 200.",
}


@dataclass(kw_only=True)
class Found:
    """What one task came to.

    Attributes:
        metric: its name.
        values: of the liquids.
        controls: of each control, one for each seed where it is drawn at random.
        costs: of the liquids.
    """

    metric: str
    values: list[float] = field(default_factory=list)
    controls: dict[str, list[float]] = field(default_factory=dict)
    costs: list[Cost] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        mean = {key: float(np.mean([asdict(c)[key] for c in self.costs])) for key in ("spikes", "synops", "active")}
        return {
            "metric": self.metric, "value": float(np.mean(self.values)), "value_sd": spread(self.values), "values": self.values,
            "controls": {k: {"value": float(np.mean(v)), "sd": spread(v)} for k, v in self.controls.items()},
            "spikes_per_value": mean["spikes"], "synops_per_value": mean["synops"], "active_share": mean["active"],
        }  # fmt: skip


def run(
    *, series: str | None = None, backend: str = "emulator", seed: int = 1, splits: int | None = None, samples: int | None = None,
    controls: bool = False, target: str = "loihi2", arithmetic: str = "loihi",
) -> Report:  # fmt: skip
    """Fit and test on the series.

    Args:
        series: one of ``SERIES``; None: all but NeuroBench's fourteen, which take an hour.
        seed: of the first liquid and of the first network that is drawn at random; the others have the numbers that follow.
        splits: liquids, 5 where it is left out.
        samples: repeats of each of NeuroBench's series, 30 where it is left out; the seed of a liquid is the number of its repeat.
        controls: also the echo state networks, the next-generation reservoir, delayed values and the value alone.
    """
    begin = time.perf_counter()
    resolve(backend)
    count = _count("splits", LIQUIDS if splits is None else splits, 100)
    repeats = _count("samples", REPEATS if samples is None else samples, REPEATS)
    if series is not None and series not in SERIES:
        refuse(
            "forecast", "series", series, f"must be one of {', '.join(SERIES)}", "Leave it out for all but neurobench"
        )
    chosen = [
        name for key, names in SERIES.items() for name in names if key == series or (not series and key != "neurobench")
    ]
    # All at once, so that a missing file is named before anything runs.
    problems = {name: PROBLEMS[name]() for name in chosen if name in PROBLEMS}
    tasks: dict[str, Found] = {}
    for name in chosen:
        seeds = range(seed, seed + count)
        options = {"backend": backend, "target": target, "arithmetic": arithmetic}
        tasks[name] = (
            repeated(repeats, controls, options)
            if name == "neurobench"
            else one(name, problems[name], seeds, controls, options)
        )
    seconds = time.perf_counter() - begin
    values = {
        "model": "forecast", "backend": backend, "target": target, "arithmetic": arithmetic, "seed": seed, "liquids": count,
        "repeats": repeats, "tasks": {name: found.to_dict() for name, found in tasks.items()}, "seconds": seconds,
        "versions": versions(),
    }  # fmt: skip
    return Report(
        title=f"forecast on {backend} ({target}, {arithmetic} arithmetic): liquids of seeds {seed} to {seed + count - 1}",
        rows=table(tasks),
        values=values,
        notes=(
            "NRMSE and sMAPE: lower is better; Lyapunov times of a closed loop until its error exceeds 0.4: higher is better",
            f"{seconds:.0f} s in all",
        ),
        seeds=f"Liquids, and controls that are drawn at random, of the seeds {seed} to {seed + count - 1}; of NeuroBench's series, the "
        "number of the repeat. The series themselves are the same for all.",
        scores=tuple(scores(name, found) for name, found in tasks.items()),
    )


def scores(name: str, found: Found) -> Scores:
    """The same as a part of a page."""
    return Scores(
        title=name, label=UNITS[found.metric], meaning=MEANING[found.metric], values={"liquid": found.values, **found.controls},
        better="more" if found.metric == "valid_prediction_time" else "less",
        each="series and repeats" if name == "neurobench" else "liquids",
    )  # fmt: skip


def one(name: str, problem: Problem, seeds: range, controls: bool, options: dict[str, str]) -> Found:
    """One series with several liquids."""
    setting = SETTINGS[name]
    x, y = problem.x[: problem.train], problem.y[: problem.train]
    found = Found(metric=problem.metric)
    for seed in seeds:
        with walking(setting, x, seed, **options) as walk:
            solution = learn(walk, x, y, setting.ridge)
            found.costs.append(cost(walk))
            found.values.append(score(walk, problem, solution))
    for control in CHOSEN[name] if controls else ():
        for seed in seeds if control.seeded else seeds[:1]:
            reader = control.reader(x, seed)
            found.controls.setdefault(control.kind, []).append(
                score(reader, problem, learn(reader, x, y, control.ridge))
            )
    return found


def repeated(repeats: int, controls: bool, options: dict[str, str], taus: tuple[int, ...] = tuple(NEUROBENCH)) -> Found:
    """NeuroBench's series, as many repeats of each."""
    setting, found = SETTINGS["neurobench"], Found(metric="smape")

    @contextmanager
    def liquid(x: Array, seed: int) -> Iterator[Any]:
        with walking(setting, x, seed, **options) as walk:
            yield walk
            found.costs.append(cost(walk))

    @contextmanager
    def other(control: Chosen, x: Array, seed: int) -> Iterator[Any]:
        yield control.reader(x, seed)

    (found.values,) = neurobench(liquid, (setting.ridge,), repeats, taus)
    for control in CHOSEN["neurobench"] if controls else ():
        (found.controls[control.kind],) = neurobench(partial(other, control), (control.ridge,), repeats, taus)
    return found


def table(tasks: dict[str, Found]) -> tuple[tuple[str, ...], ...]:
    """Rows: the tasks; columns: the liquid, its costs, the controls."""
    kinds = list(dict.fromkeys(kind for found in tasks.values() for kind in found.controls))
    rows = [("", "", "liquid", "active, %", "spikes per value", *kinds)]
    for name, found in tasks.items():
        said = found.to_dict()
        controls = [shown(found.controls[kind]) if kind in found.controls else "" for kind in kinds]
        rows.append(
            (name, UNITS[found.metric], shown(found.values), f"{100 * said['active_share']:.1f}",
             f"{said['spikes_per_value']:,.0f}", *controls)
        )  # fmt: skip
    return tuple(rows)


def shown(values: list[float]) -> str:
    """Mean and standard deviation."""
    return f"{np.mean(values):.3g}" + (f" ± {spread(values):.1g}" if len(values) > 1 else "")


def spread(values: list[float]) -> float:
    """Standard deviation (n - 1 in the denominator); 0 of one value."""
    return float(np.std(values, ddof=1)) if len(values) > 1 else 0.0


def _count(field_name: str, value: int, most: int) -> int:
    if not 1 <= value <= most:
        refuse("forecast", field_name, value, f"must be 1 to {most}", "Leave it out for the figures of the card")
    return value
