"""Choose the settings of ``forecast`` and of its controls on validation data: the last part of each training part.

Usage: one line per trial; without settings the controls' grid is searched.

    python models/tune/forecast.py controls mackey-glass-20
    python models/tune/forecast.py liquid mackey-glass-20 '[{}, {"recurrent": 0.1}, {"features": {"traces": [8, 32]}}]'

Seeds of liquids and networks are 101, 102, ... , those of the figures 1, 2, ...; ``TRIALS`` of them are averaged.
"""

from __future__ import annotations

import itertools
import json
import sys
import time
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import numpy as np
from neurolsm_models.forecast import measure
from neurolsm_models.forecast.contenders import ALONE, ESN, ESN8, LINE, NVAR, Chosen
from neurolsm_models.forecast.measure import cost, learn_all, score, walking
from neurolsm_models.forecast.problems import PROBLEMS
from neurolsm_models.forecast.setting import Setting

from neurolsm.sequence import StepFeatures

RIDGES = (1e-10, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0)
CLOSED = (1e-8, 1e-6, 1e-4, 1e-3, 1e-2)
FIRST, TRIALS = 101, 1
TAUS, OFF = (17, 20, 23, 26, 29), 0.05


def candidates(several: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    """The grid of the controls; of ``several`` values at a time products grow fast, so there are fewer of them."""
    for kind, radius, leak, scale in itertools.product((ESN, ESN8), (0.7, 1.0), (0.4, 1.0), (0.3, 1.0)):
        yield kind, {"radius": radius, "leak": leak, "scale": scale}
    for count, stride, order in itertools.product((2, 4, 8, 12), (1, 2, 5), (2, 3)):
        if count * (3 if several else 1) <= (24 if order == 2 else 12):
            yield NVAR, {"count": count, "stride": stride, "order": order}
    for count in (10, 20, 50, 100, 300, 1000):
        yield LINE, {"count": count}
    yield ALONE, {}


def controls(name: str) -> None:
    problem = PROBLEMS[name]().validation()
    best: dict[str, Any] = {}
    for kind, options in candidates(problem.x.shape[1] > 1):
        start = time.perf_counter()
        seen = problem.x[: problem.train]
        try:
            reader = Chosen(kind, 0.0, options).reader(seen, FIRST)
            values = [score(reader, problem, s) for s in learn_all(reader, problem, RIDGES)]
        except (ValueError, np.linalg.LinAlgError) as error:
            print(kind, options, error)
            continue
        sign = 1 if problem.lyapunov is None else -1
        k = int(np.argmin(sign * np.array(values)))
        if kind not in best or sign * values[k] < sign * best[kind][0]:
            best[kind] = (values[k], RIDGES[k], options)
        print(name, kind, options, f"{values[k]:.5f} {RIDGES[k]:g} {time.perf_counter() - start:.0f} s", flush=True)
    for kind, (value, ridge, options) in best.items():
        print("BEST", name, kind, f"{value:.5f}", repr(Chosen(kind, ridge, options)), flush=True)


def liquid(name: str, changes: list[dict[str, Any]]) -> None:
    problem = PROBLEMS[name]().validation()
    seen = problem.x[: problem.train]
    ridges = RIDGES if problem.lyapunov is None else RIDGES[4:8]  # loops take their time
    for change in changes:
        setting, found = Setting(**read(change)), []
        start = time.perf_counter()
        for seed in range(FIRST, FIRST + TRIALS):
            with walking(setting, seen, seed) as walk:
                solutions = learn_all(walk, problem, ridges)
                active = cost(walk).active
                found.append([score(walk, problem, s) for s in solutions])
        mean = np.mean(found, axis=0)
        k = int(np.argmin(mean) if problem.lyapunov is None else np.argmax(mean))
        print(
            name, change, f"{mean[k]:.5f} ridge {ridges[k]:g} active {100 * active:.1f} %",
            " ".join(f"{m:.4f}" for m in mean), f"{time.perf_counter() - start:.0f} s", flush=True,
        )  # fmt: skip


def neurobench_liquid(changes: list[dict[str, Any]]) -> None:
    """On series with another past than NeuroBench's."""
    for change in changes:
        setting = Setting(**read(change))

        def reader(x: np.ndarray, k: int, setting: Setting = setting) -> Any:
            return walking(setting, x, FIRST + k)

        show("liquid", change, reader)


def neurobench_controls() -> None:
    grid = [(kind, options) for kind, options in candidates(False) if kind != LINE or options["count"] < 600]
    for kind, options in grid:
        chosen = Chosen(kind, 0.0, options)

        def reader(x: np.ndarray, k: int, chosen: Chosen = chosen) -> Any:
            return nullcontext(chosen.reader(x, FIRST + k))

        show(kind, options, reader)


def show(kind: str, options: dict[str, Any], reader: Any) -> None:
    start = time.perf_counter()
    found = np.mean(measure.neurobench(reader, CLOSED, 1, TAUS, off=OFF), axis=1)
    k = int(np.argmin(found))
    said = " ".join(f"{value:.2f}" for value in found)
    print(kind, options, f"{found[k]:.2f} ridge {CLOSED[k]:g} {said} {time.perf_counter() - start:.0f} s", flush=True)


def read(change: dict[str, Any]) -> dict[str, Any]:
    """Fields of a setting from JSON."""
    options = {key: tuple(v) if isinstance(v, list) else v for key, v in change.items()}
    if "features" in options:
        options["features"] = StepFeatures(**options["features"])
    return options


if __name__ == "__main__":
    if sys.argv[1:] == ["controls", "neurobench"]:
        neurobench_controls()
    elif sys.argv[1:3] == ["liquid", "neurobench"]:
        neurobench_liquid(json.loads(sys.argv[3]))
    elif sys.argv[1] == "controls":
        controls(sys.argv[2])
    else:
        liquid(sys.argv[2], json.loads(sys.argv[3]))
