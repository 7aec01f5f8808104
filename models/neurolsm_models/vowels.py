"""``vowels``: who says /ae/ (Japanese Vowels, nine speakers), series of different length. The card ``vowels.md`` has the results."""

from __future__ import annotations

from neurolsm import LIF, LSM, Column, Gamma, Liquid, Pairs, PopulationEncoder, RandomMap, Uniform
from neurolsm.model import Data, Model
from neurolsm.readout import Counts, StreamingRidgeClassifier
from neurolsm_models.data.ts import JAPANESE_VOWELS, load_ts

HOLD = 6  # steps of 1 ms; a frame of the recordings lasts 6.4 ms
LOW, HIGH = -2.0, 2.5
ENCODER = PopulationEncoder(neurons=8, low=LOW, high=HIGH)


def load() -> Data:
    """270 + 370 utterances, [6 T, 12] cepstra with each frame held for its length in time, and their speakers."""
    data = load_ts(JAPANESE_VOWELS)
    return Data([x.repeat(HOLD, axis=0) for x in data.x], data.y, data.test)


def lsm(seed: int) -> LSM:
    """A column of 512 neurons."""
    return LSM(
        inputs=ENCODER.channels(12),
        liquid=Liquid(
            topology=Column(shape=(8, 8, 8), wavelength=2.5),
            neuron=LIF(tau_syn=4e-3, tau_mem=20e-3),
            weights=Pairs(ee=Gamma(0.05), ei=Gamma(0.1), ie=Gamma(0.1), ii=Gamma(0.1)),
            delays=Uniform(0, 10e-3),
            input=RandomMap(density=0.1, weight=Gamma(1.0), inhibitory=0.5),
        ),
        seed=seed,
    )


MODEL = Model(
    name="vowels",
    summary="Speakers of Japanese vowels, series of different length, 512 neurons.",
    load=load,
    lsm=lsm,
    encoder=ENCODER,
    features=Counts(windows=4),
    readout=lambda: StreamingRidgeClassifier(ridge=0.1),
    splits=1,
)
