"""``events``: handwritten digits before an event camera (N-MNIST), raw events in. The card ``events.md`` has the results."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurolsm import LIF, LSM, CameraEncoder, Column, Gamma, Liquid, Pairs, ReceptiveFields, Uniform
from neurolsm.measure.scenarios.changes import event_changes
from neurolsm.readout import Counts, StreamingRidgeClassifier
from neurolsm.tasks.model import Data, Model
from neurolsm_models.data.nmnist import SHAPE, checked, read_bin, recordings

# The recordings that the model learns from and is tested on: a sixtieth of N-MNIST.
NUMBERS = {"Train": range(1, 1001), "Test": range(60001, 60101)}
SHA256 = "da89e2d157aab1e4548dcdeee54dd73ad3025c80eba14a782ee8df12bf8d2bfe"  # of their bytes, in this order
SPAN = 320_000  # microseconds: three saccades; what comes later, in few recordings, is left out
NEAR = 13  # pixels from the median, across and along: a digit is 20 pixels large, and the screen moves

ENCODER = CameraEncoder(shape=SHAPE, steps=SPAN // 4000, bin=4000, pool=3)


def load() -> Data:
    """1,000 + 100 recordings, structured arrays of some 4,000 events each, made upright, and their digits."""
    found = {part: list(recordings(part, numbers)) for part, numbers in NUMBERS.items()}
    both = found["Train"] + found["Test"]
    checked([path for path, _ in both], SHA256)
    y = np.array([digit for _, digit in both])
    return Data([upright(read_bin(path)) for path, _ in both], y, np.arange(len(both)) >= len(found["Train"]))


def upright(events: NDArray[np.void]) -> NDArray[np.void]:
    """The recording with its slant taken out: rows are shifted by whole pixels, so that column and row are uncorrelated.

        x <- floor(x - (y - m_y) cov(x, y) / var(y) + 1/2)

    Moments are those of the events near the middle of the field; events that leave it are dropped, and so are those past ``SPAN``.
    Sums of whole numbers are exact, so every platform finds the same events.
    """
    events = events[events["t"] < SPAN]
    x, y = (events[name].astype(np.int64) for name in "xy")
    near = (np.abs(x - np.median(x)) < NEAR) & (np.abs(y - np.median(y)) < NEAR)
    a, b, n = x[near], y[near], near.sum()
    spread = n * (b @ b) - b.sum() ** 2
    slant = (n * (a @ b) - a.sum() * b.sum()) / spread if spread else 0.0
    column = np.floor(x - slant * (y - b.sum() / n) + 0.5).astype(np.int64)
    kept = (column >= 0) & (column < SHAPE[1])
    moved = events[kept].copy()
    moved["x"] = column[kept]
    return moved


def lsm(seed: int) -> LSM:
    """A column of 1,000 neurons that see 18 x 18 pixels each, as 6 x 6 squares, half of the synapses with a negative sign."""
    return LSM(
        inputs=ENCODER.n_channels,
        liquid=Liquid(
            topology=Column(shape=(10, 10, 10), wavelength=2.5),
            neuron=LIF(tau_syn=3e-3, tau_mem=10e-3),
            weights=Pairs(ee=Gamma(0.05), ei=Gamma(0.1), ie=Gamma(0.1), ii=Gamma(0.1)),
            delays=Uniform(0, 10e-3),
            input=ReceptiveFields(shape=ENCODER.grid, size=(2, 6, 6), weight=Gamma(0.5), inhibitory=0.5),
        ),
        seed=seed,
    )


MODEL = Model(
    name="events",
    summary="Digits before an event camera (N-MNIST, 1,100 recordings), 1,000 neurons.",
    load=load,
    lsm=lsm,
    encoder=ENCODER,
    features=Counts(windows=6),
    readout=lambda: StreamingRidgeClassifier(ridge=0.1),
    splits=1,
    changes=lambda: event_changes(SHAPE),
    sensor_changes=lambda x: event_changes(SHAPE)[:2],  # noise and dead pixels
)
