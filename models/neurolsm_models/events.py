"""``events``: handwritten digits before an event camera (N-MNIST), raw events in. The card ``events.md`` has the results."""

from __future__ import annotations

import numpy as np

from neurolsm import LIF, LSM, CameraEncoder, Column, Gamma, Liquid, Pairs, ReceptiveFields, Uniform
from neurolsm.measure.changes import event_changes
from neurolsm.model import Data, Model
from neurolsm.readout import Counts, StreamingRidgeClassifier
from neurolsm_models.data.nmnist import SHAPE, checked, read_bin, recordings

# The recordings that the model learns from and is tested on: a sixtieth of N-MNIST.
NUMBERS = {"Train": range(1, 1001), "Test": range(60001, 60101)}
SHA256 = "da89e2d157aab1e4548dcdeee54dd73ad3025c80eba14a782ee8df12bf8d2bfe"  # of their bytes, in this order
LONGEST = 340_000  # microseconds

ENCODER = CameraEncoder(shape=SHAPE, steps=85, bin=4000)


def load() -> Data:
    """1,000 + 100 recordings, structured arrays of some 4,000 events each, and their digits."""
    found = {part: list(recordings(part, numbers)) for part, numbers in NUMBERS.items()}
    both = found["Train"] + found["Test"]
    checked([path for path, _ in both], SHA256)
    y = np.array([digit for _, digit in both])
    return Data([read_bin(path) for path, _ in both], y, np.arange(len(both)) >= len(found["Train"]))


def lsm(seed: int) -> LSM:
    """A column of 1,000 neurons that see 7 x 7 pixels each, half of the synapses with a negative sign."""
    return LSM(
        inputs=ENCODER.n_channels,
        liquid=Liquid(
            topology=Column(shape=(10, 10, 10), wavelength=2.5),
            neuron=LIF(tau_syn=4e-3, tau_mem=20e-3),
            weights=Pairs(ee=Gamma(0.05), ei=Gamma(0.1), ie=Gamma(0.1), ii=Gamma(0.1)),
            delays=Uniform(0, 10e-3),
            input=ReceptiveFields(shape=ENCODER.grid, size=(2, 7, 7), weight=Gamma(0.5), inhibitory=0.5),
        ),
        seed=seed,
    )


MODEL = Model(
    name="events",
    summary="Digits before an event camera (N-MNIST, 1,100 recordings), 1,000 neurons.",
    load=load,
    lsm=lsm,
    encoder=ENCODER,
    features=Counts(windows=3),
    readout=lambda: StreamingRidgeClassifier(ridge=0.1),
    splits=1,
    changes=lambda: event_changes(SHAPE),
)
