"""Choose the setting of ``events`` on its 1,000 training recordings: repeated five-fold cross-validation; the test part takes no part.

Usage, one line per trial, settings that are not named as in ``START``:

    python models/tune/events.py '[{}, {"pool": 1, "size": 7, "windows": 3}, {"upright": false}, {"seed": 102}]'
    python models/tune/events.py '[{"size": 8, "density": 0.5, "gain": 0.054, "law": "even", "recurrent": 0.0045}]'   # one neuron in twenty per step
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
from neurolsm_models import events
from neurolsm_models.data.nmnist import SHAPE, read_bin, recordings
from sklearn.model_selection import RepeatedStratifiedKFold, cross_val_score

import neurolsm as nl
from neurolsm.readout import Counts, LiquidStates, StreamingRidgeClassifier

# tau in milliseconds; size in squares of pool x pool pixels; gain is the mean input weight, drawn evenly ("even") or by a "gamma" law;
# recurrent is the mean weight from excitatory to excitatory neurons.
START: dict[str, Any] = {
    "upright": True, "pool": 3, "size": 6, "density": 1.0, "gain": 0.5, "law": "gamma", "tau_syn": 3, "tau_mem": 10, "recurrent": 0.05, "wavelength": 2.5,
    "delay": 0, "bin": 4000, "windows": 6, "seed": 101,
}  # fmt: skip
RIDGES = (0.03, 0.1, 0.3)


def liquid_states(c: dict[str, Any]) -> LiquidStates:
    encoder = nl.CameraEncoder(shape=SHAPE, steps=events.SPAN // c["bin"], bin=c["bin"], pool=c["pool"])
    weak, strong = nl.Gamma(c["recurrent"]), nl.Gamma(2 * c["recurrent"])
    drawn = nl.Uniform(0, 2 * c["gain"]) if c["law"] == "even" else nl.Gamma(c["gain"])
    liquid = nl.Liquid(
        topology=nl.Column(shape=(10, 10, 10), wavelength=c["wavelength"]),
        neuron=nl.LIF(tau_syn=c["tau_syn"] * 1e-3, tau_mem=c["tau_mem"] * 1e-3),
        weights=nl.Pairs(ee=weak, ei=strong, ie=strong, ii=strong),
        delays=nl.Uniform(0, 10e-3),
        input=nl.ReceptiveFields(shape=encoder.grid, size=(2, c["size"], c["size"]), density=c["density"], weight=drawn,
                                 inhibitory=0.5, delay=nl.Uniform(0, c["delay"] * 1e-3) if c["delay"] else 0.0),
    )  # fmt: skip
    program = nl.lower(nl.LSM(inputs=encoder.n_channels, liquid=liquid, seed=c["seed"])).program
    return LiquidStates(program=program, encoder=encoder, features=Counts(windows=c["windows"]))


def main(changes: list[dict[str, Any]]) -> None:
    found = list(recordings("Train", events.NUMBERS["Train"]))
    raw, y = [read_bin(path) for path, _ in found], np.array([digit for _, digit in found])
    whole = [one[one["t"] < events.SPAN] for one in raw]
    upright = [events.upright(one) for one in raw]
    folds = RepeatedStratifiedKFold(n_splits=5, n_repeats=2, random_state=0)
    for change in changes:
        c = {**START, **change}
        run = liquid_states(c).run(upright if c["upright"] else whole)
        scores = (cross_val_score(StreamingRidgeClassifier(ridge), run.states, y, cv=folds).mean() for ridge in RIDGES)
        line = ", ".join(f"{100 * score:.2f} (ridge {ridge:g})" for score, ridge in zip(scores, RIDGES, strict=True))
        print(line, f"{run.spikes.mean():,.0f} spikes, {run.synops.mean():,.0f} operations", change, flush=True)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
