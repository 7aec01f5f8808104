"""Choose the setting of ``mnist`` and ``objects`` on validation data only.

A trial learns from some of the first 50,000 training images and is scored on some of the last 10,000; the test set takes no
part. Usage, one line a trial:

    python models/tune/swept.py mnist 8000 5000 '[{"gain": 1.2}, {"gain": 2.0, "windows": 14}]'
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np
from neurolsm_models import mnist, objects

import neurolsm as nl
from neurolsm.encode import RateEncoder, Sweep
from neurolsm.readout import Counts, LiquidStates, StreamingRidgeClassifier

# tau and delay in steps, which are milliseconds; recurrent is the mean weight from excitatory to excitatory neurons.
START = {
    "hold": 2, "rest": 0, "rate": 0.7, "stripe": 9, "delay": 14, "gain": 1.2, "inhibitory": 0.5, "tau_syn": 2, "tau_mem": 8,
    "recurrent": 0.1, "wavelength": 2.5, "columns": 1, "windows": 7, "seed": 101,
}  # fmt: skip
RIDGES = (0.03, 0.1, 0.3)


def trial(c: dict[str, float]) -> tuple[nl.LSM, Sweep]:
    encoder = Sweep(shape=(28, 28), hold=int(c["hold"]), rest=int(c["rest"]), axes="both",
                    encoder=RateEncoder(rate=c["rate"], high=255.0))  # fmt: skip
    weak, strong = nl.Gamma(c["recurrent"]), nl.Gamma(2 * c["recurrent"])
    column = nl.Liquid(
        topology=nl.Column(shape=(10, 10, 10), wavelength=c["wavelength"]),
        neuron=nl.LIF(tau_syn=c["tau_syn"] * 1e-3, tau_mem=c["tau_mem"] * 1e-3),
        weights=nl.Pairs(ee=weak, ei=strong, ie=strong, ii=strong),
        delays=nl.Uniform(0, 10e-3),
        input=nl.ReceptiveFields(shape=(2, 28), size=(1, int(c["stripe"])), weight=nl.Gamma(c["gain"]),
                                 inhibitory=c["inhibitory"], delay=nl.Uniform(0, c["delay"] * 1e-3)),
    )  # fmt: skip
    liquid = column if c["columns"] == 1 else nl.Parallel((column,) * int(c["columns"]))
    return nl.LSM(inputs=56, liquid=liquid, seed=int(c["seed"])), encoder


def main(name: str, train: int, validation: int, changes: list[dict[str, float]]) -> None:
    data = {"mnist": mnist, "objects": objects}[name].load()
    rng = np.random.default_rng(7)
    a, b = rng.permutation(50_000)[:train], 50_000 + rng.permutation(10_000)[:validation]
    for change in changes:
        start = time.monotonic()
        c = {**START, **change}
        lsm, encoder = trial(c)
        states = LiquidStates(
            program=nl.lower(lsm).program, encoder=encoder, features=Counts(windows=int(c["windows"]))
        )
        learn, judge = states.run(data.x[a]), states.run(data.x[b])
        scores = {
            ridge: StreamingRidgeClassifier(ridge=ridge).fit(learn.states, data.y[a]).score(judge.states, data.y[b])
            for ridge in RIDGES
        }
        activity = judge.spikes.mean() / lsm.n / (encoder.steps or 1)
        print(
            " ".join(f"{100 * score:.2f} (ridge {ridge:g})" for ridge, score in scores.items()),
            f"activity {activity:.2f}, {judge.synops.mean():,.0f} operations, {time.monotonic() - start:.0f} s",
            change,
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), json.loads(sys.argv[4]))
