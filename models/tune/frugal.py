"""Accuracy against spikes: how sparsely a model's liquid may fire before it costs accuracy.

The knob is the target rate of ``SelfTuning`` (branching 0.15), on the first 100 training samples. Two neurons: the model's own, and one that
stays silent for 8 steps after a spike and forgets within 60 steps, so that each of its few spikes says more. The readout on the host is
ridge regression on roots of counts, with the penalty of a grid that is best when each training sample is left out once.

    python models/tune/frugal.py --json FILE [--tasks digits,speech] [--seeds 5] [--samples N] [--splits 6] [--rates 0.05,0.03]

Each line: mean over seeds of accuracy (percent), spikes per neuron and step (percent), spikes and synaptic operations per sample, and
the dynamic energy of Loihi 1 per sample as ``neurolsm report`` models it (microjoules, the smaller of its two sets of constants).
"""

from __future__ import annotations

import argparse
import json
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import RidgeClassifierCV

import neurolsm as nl
from neurolsm.describe.lsm import every_liquid
from neurolsm.hardware.energy import estimate
from neurolsm.hardware.events import count_events
from neurolsm.hardware.place import place
from neurolsm.readout.states import LiquidStates
from neurolsm.tasks.model import Model, get

RATES = (0.2, 0.1, 0.05, 0.03, 0.02)
SPARSE = nl.LIF(tau_syn=4e-3, tau_mem=60e-3, t_refractory=8e-3)
PENALTIES = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
TYPICAL, COUNTED = 100, 20  # samples to tune to, and whose events are counted for the energy
TASKS = ("digits", "speech", "events", "mnist")


def networks(lsm: nl.LSM, typical: nl.Spikes, rates: Sequence[float]) -> Iterator[tuple[str, nl.LSM]]:
    """By name: as it is, and tuned to each rate with either neuron."""
    yield "present", lsm
    sparse = replace(lsm, liquid=every_liquid(lsm.liquid, lambda one: replace(one, neuron=SPARSE)))
    for name, base in (("own", lsm), ("sparse", sparse)):
        for rate in rates:
            yield f"{name} {rate:g}", nl.self_tune(replace(base, tuning=nl.SelfTuning(rate=rate)), typical).lsm


def measure(
    model: Model, seed: int, samples: int | None, splits: int, rates: Sequence[float]
) -> dict[str, dict[str, float]]:
    """Every network of one seed; accuracy is the mean over the splits."""
    data = model.load().subset(samples, seed)
    parts = [(np.random.default_rng(seed).permutation(train), test) for train, test in data.splits(splits, seed)]
    known, asked = (data.take(part) for part in parts[0])
    few = model.encoder.encode(asked.x[:COUNTED])
    found = {}
    for name, lsm in networks(model.lsm(seed), model.encoder.encode(known.x[:TYPICAL]), rates):
        program = nl.lower(lsm).program
        run = LiquidStates(program=program, encoder=model.encoder, features=model.features, progress=False).run(data.x)
        x, tested = np.sqrt(run.states), np.concatenate([test for _, test in parts])
        right = [
            np.mean(RidgeClassifierCV(alphas=PENALTIES).fit(x[train], data.y[train]).predict(x[test]) == data.y[test])
            for train, test in parts
        ]
        placement = place(program, "loihi1")
        energy = estimate(count_events(program, placement, few), placement, program.dt)
        assert energy is not None  # of Loihi 1 there is one
        spikes, synops = float(run.spikes[tested].mean()), float(run.synops[tested].mean())
        found[name] = {
            "accuracy": 100 * float(np.mean(right)), "rate": 100 * spikes / (program.n * energy.steps), "spikes": spikes,
            "synops": synops, "microjoules": 1e6 * energy.dynamic_joule[0],
        }  # fmt: skip
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--tasks", default=",".join(TASKS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--samples", type=int)
    parser.add_argument("--splits", type=int, default=1)
    parser.add_argument("--rates", default=",".join(map(str, RATES)))
    given = parser.parse_args()
    warnings.simplefilter("ignore", nl.UnusualValue)
    rates = [float(rate) for rate in given.rates.split(",")]
    whole: dict[str, Any] = {}
    for task in given.tasks.split(","):
        model = get(task)
        assert isinstance(model, Model)
        each = [measure(model, seed, given.samples, given.splits, rates) for seed in range(1, given.seeds + 1)]
        whole[task] = {"each": each}
        for name in each[0]:
            mean = {key: float(np.mean([one[name][key] for one in each])) for key in each[0][name]}
            off = [one[name]["accuracy"] - one["present"]["accuracy"] for one in each]
            mean["off_present"] = float(np.mean(off))
            mean["off_present_se"] = float(np.std(off, ddof=1) / len(off) ** 0.5) if len(off) > 1 else 0.0
            whole[task][name] = mean
            print(f"{task:8} {name:12} {mean['accuracy']:6.2f} %  ({mean['off_present']:+.2f} +- {mean['off_present_se']:.2f})  "
                  f"rate {mean['rate']:5.2f} %  {mean['spikes']:9,.0f} spikes  {mean['synops']:11,.0f} synops  "
                  f"{mean['microjoules']:7.2f} uJ", flush=True)  # fmt: skip
        if given.json:
            given.json.write_text(json.dumps(whole, indent=1))


if __name__ == "__main__":
    main()
