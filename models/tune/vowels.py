"""Choose the setting of ``vowels`` on its 270 training utterances: repeated ten-fold cross-validation; the test part takes no part.

Usage, one line per trial, settings that are not named as in ``START``:

    python models/tune/vowels.py '[{}, {"hold": 6, "tau_syn": 8, "tau_mem": 40}, {"windows": 10}, {"delay": 40}]'
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
from neurolsm_models import vowels
from sklearn.model_selection import RepeatedStratifiedKFold, cross_val_score

import neurolsm as nl
from neurolsm.readout import Counts, LiquidStates, StreamingRidgeClassifier

# tau and delay in milliseconds; recurrent is the mean weight from excitatory to excitatory neurons.
START: dict[str, Any] = {
    "hold": 24, "density": 0.7, "gain": 0.5, "tau_syn": 4, "tau_mem": 20, "recurrent": 0.1, "delay": 0, "windows": 5,
    "seeds": [101, 102, 103],
}  # fmt: skip
RIDGES = (0.03, 0.1, 0.3)


def liquid_states(c: dict[str, Any], seed: int) -> LiquidStates:
    weak, strong = nl.Gamma(c["recurrent"]), nl.Gamma(2 * c["recurrent"])
    liquid = nl.Liquid(
        topology=nl.Column(shape=(10, 10, 10), wavelength=2.0),
        neuron=nl.LIF(tau_syn=c["tau_syn"] * 1e-3, tau_mem=c["tau_mem"] * 1e-3),
        weights=nl.Pairs(ee=weak, ei=strong, ie=strong, ii=strong),
        delays=nl.Uniform(0, 10e-3),
        input=nl.RandomMap(density=c["density"], weight=nl.Gamma(c["gain"]), inhibitory=0.5,
                           delay=nl.Uniform(0, c["delay"] * 1e-3) if c["delay"] else 0.0),
    )  # fmt: skip
    program = nl.lower(nl.LSM(inputs=vowels.ENCODER.channels(24), liquid=liquid, seed=seed)).program
    return LiquidStates(program=program, encoder=vowels.ENCODER, features=Counts(windows=c["windows"]))


def main(changes: list[dict[str, Any]]) -> None:
    data = vowels.load()
    assert data.test is not None
    train = data.take(np.flatnonzero(~data.test))
    frames = [one[:: vowels.HOLD] for one in train.x]
    folds = RepeatedStratifiedKFold(n_splits=10, n_repeats=3, random_state=0)
    for change in changes:
        c = {**START, **change}
        x = [one.repeat(c["hold"], axis=0) for one in frames]
        states = [liquid_states(c, seed)(x) for seed in c["seeds"]]
        line = []
        for ridge in RIDGES:
            readout = StreamingRidgeClassifier(ridge)
            scores = [cross_val_score(readout, found, train.y, cv=folds).mean() for found in states]
            line.append(f"{100 * np.mean(scores):.2f} (ridge {ridge:g})")
        print(", ".join(line), change, flush=True)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
