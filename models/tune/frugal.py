"""Accuracy against spikes: how sparsely a model's liquid may fire before it costs accuracy.

The knob is the target rate of ``SelfTuning`` (branching 0.15), on the first 100 training samples. Two neurons: the model's own, and one that
stays silent for 8 steps after a spike and forgets within 60 steps, so that each of its few spikes says more. The readout on the host is
ridge regression on roots of counts, with the penalty of a grid that is best when each training sample is left out once.

    python models/tune/frugal.py --json FILE [--tasks digits,speech] [--seeds 5] [--samples N]

Each line: mean over seeds of accuracy (percent), spikes per neuron and step (percent), spikes and synaptic operations per sample, and
modelled energy per sample (microjoules, constants of Davies et al.; a model, not a measurement).
"""

from __future__ import annotations

import argparse
import json
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import RidgeClassifierCV

import neurolsm as nl
from neurolsm.describe.lsm import Liquid, LiquidLike
from neurolsm.hardware.energy import DAVIES
from neurolsm.readout.states import LiquidStates
from neurolsm.tasks.model import Model, get

RATES = (0.2, 0.1, 0.05, 0.03, 0.02)
SPARSE = nl.LIF(tau_syn=4e-3, tau_mem=60e-3, t_refractory=8e-3)
PENALTIES = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
TYPICAL = 100
TASKS = ("digits", "speech", "events", "mnist")


def with_neuron(liquid: LiquidLike, neuron: nl.LIF) -> LiquidLike:
    if isinstance(liquid, Liquid):
        return replace(liquid, neuron=neuron)
    return replace(liquid, liquids=tuple(with_neuron(part, neuron) for part in liquid.liquids))


def networks(lsm: nl.LSM, typical: nl.Spikes) -> Iterator[tuple[str, nl.LSM]]:
    """By name: as it is, and tuned to each rate with either neuron."""
    yield "present", lsm
    for name, neuron in (("own", None), ("sparse", SPARSE)):
        base = lsm if neuron is None else replace(lsm, liquid=with_neuron(lsm.liquid, neuron))
        for rate in RATES:
            yield f"{name} {rate:g}", nl.self_tune(replace(base, tuning=nl.SelfTuning(rate=rate)), typical).lsm


def measure(model: Model, seed: int, samples: int | None) -> dict[str, dict[str, float]]:
    """Every network of one seed."""
    data = model.load().subset(samples, seed)
    train, test = next(iter(data.splits(1, seed)))
    fit, ask = data.take(np.random.default_rng(seed).permutation(train)), data.take(test)
    steps = float(np.mean(model.encoder.encode(fit.x[:TYPICAL]).steps))
    found = {}
    for name, lsm in networks(model.lsm(seed), model.encoder.encode(fit.x[:TYPICAL])):
        program = nl.lower(lsm).program
        states = LiquidStates(program=program, encoder=model.encoder, features=model.features, progress=False)
        known, asked = states(fit.x), states.run(ask.x)
        readout = RidgeClassifierCV(alphas=PENALTIES).fit(np.sqrt(known), fit.y)
        synops, spikes = float(asked.synops.mean()), float(asked.spikes.mean())
        updates = program.n * steps
        found[name] = {
            "accuracy": 100 * float(np.mean(readout.predict(np.sqrt(asked.states)) == ask.y)),
            "rate": 100 * spikes / updates, "spikes": spikes, "synops": synops,
            "microjoules": 1e-6 * (synops * DAVIES.synop + updates * DAVIES.active + spikes * DAVIES.spike),
        }  # fmt: skip
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--tasks", default=",".join(TASKS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--samples", type=int)
    given = parser.parse_args()
    warnings.simplefilter("ignore", nl.UnusualValue)
    whole: dict[str, Any] = {}
    for task in given.tasks.split(","):
        model = get(task)
        assert isinstance(model, Model)
        each = [measure(model, seed, given.samples) for seed in range(1, given.seeds + 1)]
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
