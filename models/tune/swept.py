"""Choose the setting of ``mnist`` and ``objects`` on validation data only.

A trial learns from some of the first 50,000 training images and is scored on some of the last 10,000; the test set takes no
part. Usage, one line per trial:

    python models/tune/swept.py mnist 8000 5000 '[{"gain": 1.2}, {"gain": 2.0, "windows": 14}]'

``columns`` are a number of equal ones, or a list of what each changes. ``units`` gives, instead of a liquid, a random ReLU layer
on the pixels.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import numpy as np
from neurolsm_models import mnist, objects

import neurolsm as nl
from neurolsm.encode import RateEncoder, Sweep
from neurolsm.measure.baselines.random_relu import RandomReLU
from neurolsm.readout import Counts, LiquidStates, StreamingRidgeClassifier

# tau and delay in steps, which are milliseconds; recurrent is the mean weight from excitatory to excitatory neurons.
START: dict[str, Any] = {
    "hold": 2, "rest": 0, "rate": 0.7, "stripe": 9, "delay": 14, "gain": 1.2, "inhibitory": 0.5, "tau_syn": 2, "tau_mem": 8,
    "recurrent": 0.1, "wavelength": 2.5, "columns": 1, "windows": 7, "seed": 101,
}  # fmt: skip
RIDGES = (0.03, 0.1, 0.3)


def column(c: dict[str, Any]) -> nl.Liquid:
    weak, strong = nl.Gamma(c["recurrent"]), nl.Gamma(2 * c["recurrent"])
    return nl.Liquid(
        topology=nl.Column(shape=(10, 10, 10), wavelength=c["wavelength"]),
        neuron=nl.LIF(tau_syn=c["tau_syn"] * 1e-3, tau_mem=c["tau_mem"] * 1e-3),
        weights=nl.Pairs(ee=weak, ei=strong, ie=strong, ii=strong),
        delays=nl.Uniform(0, 10e-3),
        input=nl.ReceptiveFields(shape=(2, 28), size=(1, c["stripe"]), weight=nl.Gamma(c["gain"]),
                                 inhibitory=c["inhibitory"], delay=nl.Uniform(0, c["delay"] * 1e-3)),
    )  # fmt: skip


def liquid_states(c: dict[str, Any]) -> LiquidStates:
    encoder = Sweep(shape=(28, 28), hold=c["hold"], rest=c["rest"], axes="both",
                    encoder=RateEncoder(rate=c["rate"], high=255.0))  # fmt: skip
    changes = c["columns"] if isinstance(c["columns"], list) else [{}] * c["columns"]
    columns = tuple(column({**c, **change}) for change in changes)
    liquid = columns[0] if len(columns) == 1 else nl.Parallel(columns)
    program = nl.lower(nl.LSM(inputs=56, liquid=liquid, seed=c["seed"])).program
    return LiquidStates(program=program, encoder=encoder, features=Counts(windows=c["windows"]))


def main(name: str, train: int, validation: int, changes: list[dict[str, Any]]) -> None:
    data = {"mnist": mnist, "objects": objects}[name].load()
    rng = np.random.default_rng(7)
    a, b = rng.permutation(50_000)[:train], 50_000 + rng.permutation(10_000)[:validation]
    for change in changes:
        start = time.monotonic()
        if "units" in change:
            layer = RandomReLU(change["units"], 101).fit(data.x[a].reshape(train, -1))
            learn, judge = (layer.transform(data.x[part].reshape(len(part), -1)) for part in (a, b))
            cost = "no liquid"
        else:
            states = liquid_states({**START, **change})
            learn, found = states(data.x[a]), states.run(data.x[b])
            judge, steps = found.states, states.encoder.steps or 1
            cost = (
                f"activity {found.spikes.mean() / states.program.n / steps:.2f}, {found.synops.mean():,.0f} operations"
            )
        readout = StreamingRidgeClassifier(root="units" not in change).fit(learn, data.y[a])
        scores = []
        for ridge in RIDGES:
            readout.set_params(ridge=ridge).solution_ = None
            scores.append(f"{100 * readout.score(judge, data.y[b]):.2f} (ridge {ridge:g})")
        print(" ".join(scores), f"{cost}, {time.monotonic() - start:.0f} s", change, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), json.loads(sys.argv[4]))
