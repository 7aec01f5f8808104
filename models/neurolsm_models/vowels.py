"""``vowels``: who says /ae/ (Japanese Vowels, nine speakers), series of different length. The card ``vowels.md`` has the results."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from neurolsm import LIF, LSM, Column, Gamma, Liquid, Pairs, RandomMap, RateEncoder, Uniform
from neurolsm.learn.chip import DeltaReadout, PrototypeReadout
from neurolsm.measure.scenarios.changes import Change, one_by_one, sensor_changes
from neurolsm.readout import Counts, StreamingRidgeClassifier
from neurolsm.tasks.model import Control, Data, Model
from neurolsm_models.data.ts import JAPANESE_VOWELS, load_ts

HOLD = 24  # steps for which a frame is shown: long enough for rates to tell values that differ little
FRAMES = 8  # of each utterance that the control sees
# The range of each cepstrum: 0.5 % of the training frames lie below LOW and 0.5 % above HIGH.
LOW = (-0.25, -1.52, -0.58, -0.91, -0.51, -0.67, -0.52, -0.45, -0.57, -0.45, -0.31, -0.25)
HIGH = (1.89, 0.4, 0.9, 0.4, 0.76, 0.16, 0.27, 0.4, 0.25, 0.13, 0.18, 0.37)
ENCODER = RateEncoder(rate=0.8, low=2 * LOW, high=2 * HIGH)


def load() -> Data:
    """270 + 370 utterances [24 T, 24] and their speakers: each frame is held, and next to each cepstrum stands its mirror image
    in its range, so that a low value sends spikes too."""
    data = load_ts(JAPANESE_VOWELS)
    return Data([mirrored(x).repeat(HOLD, axis=0) for x in data.x], data.y, data.test)


def mirrored(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cepstra [T, 12] with their mirror images, [T, 24]."""
    return np.concatenate([x, np.add(LOW, HIGH) - x], axis=1)


def cepstrum_changes(x: list[NDArray[np.float64]]) -> tuple[Change, ...]:
    """Changes of the cepstra of each frame, which their mirror images follow."""

    def followed(change: Change) -> Change:
        def apply(one: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
            return mirrored(change.apply(_frames(one), seed)).repeat(HOLD, axis=0)

        return Change(change.name, one_by_one(apply))

    return tuple(followed(change) for change in sensor_changes([_frames(one) for one in x]))


def _frames(one: NDArray[np.float64]) -> NDArray[np.float64]:
    """What was held and mirrored, [T, 12] again."""
    return one[::HOLD, : len(LOW)]


def lsm(seed: int) -> LSM:
    """A column of 1,000 neurons that add up most of the channels over about a frame."""
    return LSM(
        inputs=ENCODER.channels(24),
        liquid=Liquid(
            topology=Column(shape=(10, 10, 10), wavelength=2.0),
            neuron=LIF(tau_syn=4e-3, tau_mem=20e-3),
            weights=Pairs(ee=Gamma(0.1), ei=Gamma(0.2), ie=Gamma(0.2), ii=Gamma(0.2)),
            delays=Uniform(0, 10e-3),
            input=RandomMap(density=0.7, weight=Gamma(0.5), inhibitory=0.5),
        ),
        seed=seed,
    )


def frames(x: Any) -> NDArray[np.float64]:
    """Eight frames at even distances, from the first to the last, [B, 96]."""
    at = [np.linspace(0, len(one) // HOLD - 1, FRAMES).round().astype(int) for one in x]
    return np.array([one[k * HOLD, : len(LOW)].ravel() for one, k in zip(x, at, strict=True)])


def controls() -> tuple[Control, ...]:
    """Ridge regression on sampled frames; with the penalty that is best for it in cross-validation of the training part."""
    readout = StreamingRidgeClassifier(ridge=0.3, root=False)
    return (Control("ridge on 8 sampled frames", make_pipeline(FunctionTransformer(frames), readout)),)


def chip_readout(scenario: str, labels: int, samples: int) -> Any:
    """Twelve windows, as the offset of a counter on the chip takes up 63 spikes at most, and a neuron may fire 250 times."""
    if scenario in ("classes", "tasks"):
        return PrototypeReadout(neurons=min(samples, 2000), windows=12)
    return DeltaReadout(classes=labels, windows=12, impulse=1)


MODEL = Model(
    name="vowels",
    summary="Speakers of Japanese vowels, series of different length, 1,000 neurons.",
    load=load,
    lsm=lsm,
    encoder=ENCODER,
    features=Counts(windows=5),
    readout=lambda: StreamingRidgeClassifier(ridge=0.1),
    splits=1,
    controls=controls,
    chip_readout=chip_readout,
    sensor_changes=cepstrum_changes,
)
