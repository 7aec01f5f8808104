"""Choose the setting of the model ``digits`` on validation data only.

Every trial is scored on inner 80/20 splits of the training part of split 0, so that no test sample takes part. Trials are
drawn at random from ``SPACE``; each prints one line, best readout first. Usage: python models/tune/digits.py SEED SECONDS
"""

from __future__ import annotations

import sys
import time

import numpy as np
from neurolsm_models.digits import load
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import neurolsm as nl
from neurolsm.encode import RateEncoder, Sweep
from neurolsm.readout import Counts

SPACE = {
    "hold": [6, 7, 8], "rest": [0, 6], "rate": [0.5, 0.7, 1.0], "gain": [0.45, 0.6, 0.9, 1.2, 2.0],
    "recurrent": [0.05, 0.1, 0.15, 0.2], "tau_mem": [20e-3, 40e-3, 80e-3], "tau_syn": [4e-3, 8e-3],
    "density": [0.2, 0.3, 0.5], "delay": [0.0, 0.01, 0.02], "inhibitory": [0.35, 0.5], "windows": [4, 5, 6, 8],
}  # fmt: skip
READOUTS = {
    "ridge 300": RidgeClassifier(alpha=300.0),
    "sqrt ridge 100": make_pipeline(FunctionTransformer(np.sqrt), RidgeClassifier(alpha=100.0)),
    "sqrt ridge 300": make_pipeline(FunctionTransformer(np.sqrt), RidgeClassifier(alpha=300.0)),
}


def trial(c: dict[str, float], seed: int) -> tuple[nl.LSM, Sweep]:
    encoder = Sweep(shape=(8, 8), hold=int(c["hold"]), rest=int(c["rest"]), axes="both",
                    encoder=RateEncoder(rate=c["rate"], high=16.0))  # fmt: skip
    e, i = nl.Gamma(c["recurrent"]), nl.Gamma(2 * c["recurrent"])
    liquid = nl.Liquid(
        topology=nl.Column(shape=(10, 10, 10), wavelength=2.5),
        neuron=nl.LIF(tau_syn=c["tau_syn"], tau_mem=c["tau_mem"], t_refractory=2e-3),
        weights=nl.Pairs(ee=e, ei=i, ie=i, ii=i),
        delays=nl.Uniform(0, c["delay"]),
        input=nl.RandomMap(density=c["density"], weight=nl.Gamma(c["gain"]), inhibitory=c["inhibitory"]),
    )
    return nl.LSM(inputs=16, liquid=liquid, seed=seed), encoder


def main(seed: int, seconds: float) -> None:
    data = load()
    train, _ = next(StratifiedShuffleSplit(1, test_size=0.2, random_state=0).split(data.x, data.y))
    x, y = data.x[train], data.y[train]
    inner = list(StratifiedShuffleSplit(5, test_size=0.2, random_state=1234).split(x, y))
    rng, end = np.random.default_rng(seed), time.monotonic() + seconds
    while time.monotonic() < end:
        c = {name: rng.choice(values).item() for name, values in SPACE.items()}
        lsm, encoder = trial(c, int(rng.integers(100, 1000)))
        inputs = encoder.encode(x)
        with nl.open_simulator(nl.lower(lsm).program) as simulator:
            recording = simulator.run(inputs)
        states = Counts(windows=int(c["windows"]))(recording, inputs).astype(np.float32)
        scores = {
            name: float(np.mean([r.fit(states[a], y[a]).score(states[b], y[b]) for a, b in inner]))
            for name, r in READOUTS.items()
        }
        ranked = sorted(scores.items(), key=lambda item: -item[1])
        print(
            " ".join(f"{100 * s:.2f} ({name})" for name, s in ranked),
            f"{recording.spikes.count / len(y):.0f} spikes",
            c,
            flush=True,
        )


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
