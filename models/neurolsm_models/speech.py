"""``speech``: spoken digits of speakers that were never heard. The card ``speech.md`` has the results.

Six people say ten digits fifty times each (Free Spoken Digit Dataset). A filter bank, as a cochlea, reports 40 bands; each band
tells of its changes, by a spike for each step up or down, and of its level, by rates above and below its mean.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm import LIF, LSM, Column, Gamma, Liquid, Pairs, ReceptiveFields, Uniform
from neurolsm.encode import DeltaEncoder, FilterBank, SignedRateEncoder, Together
from neurolsm.readout import Counts, StreamingRidgeClassifier
from neurolsm.tasks.model import Control, Data, Model
from neurolsm_models.data.fsdd import RATE, TEST_TAKES, load_fsdd

BANK = FilterBank(rate=RATE, channels=40)
ENCODER = Together((DeltaEncoder(threshold=4.0), SignedRateEncoder(rate=0.5, high=20.0)))  # dB
WINDOWS = 8


def load() -> Data:
    """Band levels [3000, 100, 40] in dB and digits; takes 0 to 4 are the official test set, the speakers are the groups."""
    found = load_fsdd()
    return Data(BANK.values(found.sounds), found.digit, found.take < TEST_TAKES, found.speaker)


def lsm(seed: int) -> LSM:
    """A column of 1,000 neurons; each hears most of what 14 neighbouring bands tell."""
    return LSM(
        inputs=ENCODER.channels(BANK.channels),
        liquid=Liquid(
            topology=Column(shape=(10, 10, 10), wavelength=2.5),
            neuron=LIF(tau_syn=4e-3, tau_mem=10e-3),
            weights=Pairs(ee=Gamma(0.1), ei=Gamma(0.2), ie=Gamma(0.2), ii=Gamma(0.2)),
            delays=Uniform(0, 10e-3),
            input=ReceptiveFields(
                shape=(4, BANK.channels), size=(4, 14), density=0.6, weight=Gamma(0.6), inhibitory=0.5
            ),
        ),
        seed=seed,
    )


def readout() -> Any:
    """Ridge regression on roots of counts."""
    return StreamingRidgeClassifier(ridge=0.1)


def windows(levels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Means of the bands in ten parts of the recording, [B, 400]: what a readout without a liquid may see."""
    samples, steps, bands = levels.shape
    return levels.reshape(samples, 10, steps // 10, bands).mean(axis=2).reshape(samples, -1)


def controls() -> tuple[Control, ...]:
    """Classifiers on the mean levels in ten windows."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, StandardScaler
    from sklearn.svm import SVC

    def on_windows(name: str, classifier: Any) -> Control:
        return Control(name, make_pipeline(FunctionTransformer(windows), StandardScaler(), classifier))

    return (
        on_windows("logistic regression on 10 windows of the bands", LogisticRegression(C=0.1, max_iter=1000)),
        on_windows("RBF support vector machine on 10 windows of the bands", SVC(C=3.0)),
    )


MODEL = Model(
    name="speech",
    summary="Spoken digits, one speaker left out at a time; a filter bank, changes and levels, a column of 1,000 neurons.",
    load=load,
    lsm=lsm,
    encoder=ENCODER,
    features=Counts(windows=WINDOWS),
    readout=readout,
    splits=6,
    controls=controls,
)
