"""What self-tuning is worth: from 24 scales of the weights, static liquids against the same ones that tuned themselves.

Input weights times 0.1 to 10 in six steps, recurrent weights times 0.1 to 10 in four, around the model's own. Each static liquid is
read out as it is, and once more after ``self_tune`` with the defaults of ``SelfTuning``, on the first 100 training samples and without
a label. Tasks: ``digits``, ``vowels``, ``speech`` (accuracy, percent), ``mackey-glass`` (error of a forecast of the next value as a
share of the standard deviation, in 1/1000: less is better), each with seeds 1 to 5 of liquid and split.

    python models/tune/self_tuning.py --json FILE [--tasks digits,vowels] [--seeds 5]

Each seed is written to FILE once it is done; seeds that FILE holds already are not run again.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from neurolsm_models.forecast.series import mackey_glass

import neurolsm as nl
from neurolsm.describe.scaled import with_gains
from neurolsm.errors import TargetRefusal
from neurolsm.estimators.default import default_sequence_lsm
from neurolsm.readout.states import LiquidStates
from neurolsm.tasks.model import Model, get

INPUTS, RECURRENT = np.logspace(-1, 1, 6), np.logspace(-1, 1, 4)
TYPICAL = 100
FITTED, VALUES = 2000, 3000  # of Mackey-Glass

Score = Callable[[nl.LSM], float]


def classification(name: str, seed: int) -> tuple[nl.LSM, nl.Spikes, Score]:
    """The model's network, typical inputs, and what a network's states are worth on the test part, percent."""
    model = get(name)
    assert isinstance(model, Model)
    data = model.load()
    train, test = next(iter(data.splits(1, seed)))
    fit, ask = data.take(np.random.default_rng(seed).permutation(train)), data.take(test)

    def score(lsm: nl.LSM) -> float:
        states = LiquidStates(
            program=nl.lower(lsm).program, encoder=model.encoder, features=model.features, progress=False
        )
        return 100 * float(np.mean(model.readout().fit(states(fit.x), fit.y).predict(states(ask.x)) == ask.y))

    return model.lsm(seed), model.encoder.encode(fit.x[:TYPICAL]), score


def forecast(task: str, seed: int) -> tuple[nl.LSM, nl.Spikes, Score]:
    """The network for series, and the error of the next value of Mackey-Glass on 1,000 values that come after 2,000."""
    x = mackey_glass(VALUES + 1, 17, seed=seed)

    def fitted(lsm: nl.LSM | None) -> nl.LSMSequenceRegressor:
        return nl.LSMSequenceRegressor(lsm, random_state=seed).fit(x[:FITTED], x[1 : FITTED + 1])

    def score(lsm: nl.LSM) -> float:
        said, wanted = fitted(lsm).predict(x[FITTED:-1], go_on=True), x[FITTED + 1 :]
        return 1000 * float(np.sqrt(np.mean((said - wanted) ** 2)) / wanted.std())

    first = fitted(None)
    encoder = first.encoder_
    assert encoder is not None
    raster, _ = encoder.go_on(encoder.begin(1), x[:500, None], first.hold)
    return default_sequence_lsm(encoder.channels(1), seed), nl.Spikes.from_dense(raster[None]), score


TASKS = {"digits": classification, "vowels": classification, "speech": classification, "mackey-glass": forecast}


def points(task: str, seed: int) -> list[dict[str, Any]]:
    """Every starting point: the score of the static liquid (None: the chip cannot hold it) and of the tuned one."""
    base, typical, score = TASKS[task](task, seed)
    base, known, found = replace(base, tuning=None), dict[str, float](), []

    def once(lsm: nl.LSM) -> float | None:
        try:
            sha = nl.lower(lsm).program.sha256
        except TargetRefusal:
            return None
        if sha not in known:
            known[sha] = score(lsm)
        return known[sha]

    for inputs in INPUTS:
        for recurrent in RECURRENT:
            lsm = replace(base, liquid=with_gains(base.liquid, float(inputs), float(recurrent)))
            tuned = nl.self_tune(lsm, typical)
            found.append({
                "input": round(float(inputs), 3), "recurrent": round(float(recurrent), 3), "static": once(lsm),
                "tuned": once(tuned.lsm), "rate": tuned.rate, "branching": tuned.branching, "rounds": tuned.rounds,
            })  # fmt: skip
    return found


def summary(task: str, found: list[list[dict[str, Any]]]) -> dict[str, Any]:
    """Over the starting points, each the mean over seeds: best, median, worst and spread, static and tuned."""
    error = task == "mackey-glass"
    rows: dict[str, Any] = {"points": len(found[0]), "seeds": len(found)}
    for kind in ("static", "tuned"):
        table = np.array([[np.nan if p[kind] is None else p[kind] for p in seed] for seed in found])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            mean = np.nanmean(table, axis=0)
        mean = mean[~np.isnan(mean)]
        best, worst = (mean.min(), mean.max()) if error else (mean.max(), mean.min())
        rows[kind] = {
            "best": float(best),
            "median": float(np.median(mean)),
            "worst": float(worst),
            "sd": float(mean.std(ddof=1)),
        }
        rows[kind]["sd_over_seeds"] = float(np.nanstd(np.nanmean(table, axis=1), ddof=1)) if len(found) > 1 else None
    best = rows["static"]["best"]
    distance = (lambda x: x / best) if error else (lambda x: best - x)
    rows["tuned_worst_from_best_static"] = float(distance(rows["tuned"]["worst"]))
    rows["tuned_median_from_best_static"] = float(distance(rows["tuned"]["median"]))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--tasks", default=",".join(TASKS))
    parser.add_argument("--seeds", type=int, default=5)
    given = parser.parse_args()
    warnings.simplefilter("ignore", nl.UnusualValue)  # dead and saturated liquids are what this is about
    whole: dict[str, Any] = json.loads(given.json.read_text()) if given.json and given.json.exists() else {}
    for task in given.tasks.split(","):
        before = whole.get(task, {"each": [], "seconds": 0.0})
        found, seconds = before["each"][: given.seeds], before["seconds"]
        for seed in range(len(found) + 1, given.seeds + 1):
            start = time.perf_counter()
            found = [*found, points(task, seed)]
            seconds += time.perf_counter() - start
            whole[task] = summary(task, found) | {"each": found, "seconds": seconds}
            if given.json:
                given.json.write_text(json.dumps(whole, indent=1))
        whole[task] = summary(task, found) | {"each": found, "seconds": seconds}
        for kind in ("static", "tuned"):
            shown = ", ".join(f"{name} {whole[task][kind][name]:.2f}" for name in ("best", "median", "worst", "sd"))
            print(f"{task:13} {kind:7} {shown}", flush=True)
        unit = "times the error" if task == "mackey-glass" else "points"
        print(f"{task:13} tuned, from the best static: worst {whole[task]['tuned_worst_from_best_static']:.2f}, "
              f"median {whole[task]['tuned_median_from_best_static']:.2f} {unit}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
