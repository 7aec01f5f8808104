"""``mnist``: 28 x 28 handwritten digits, swept into a cortical column. The card ``mnist.md`` has the results."""

from __future__ import annotations

from typing import Any

from neurolsm import LIF, LSM, Column, Gamma, Liquid, Pairs, RandomMap, Uniform
from neurolsm.encode import RateEncoder, Sweep
from neurolsm.measure.changes import image_changes
from neurolsm.model import Control, Data, Model
from neurolsm.readout import Counts
from neurolsm_models.data.idx import load_idx

# Each column and each row is shown for two steps; six steps follow in which the liquid rings on.
ENCODER = Sweep(shape=(28, 28), hold=2, rest=6, axes="both", encoder=RateEncoder(rate=0.7, high=255.0))


def load() -> Data:
    """60,000 + 10,000 images and their labels."""
    return load_idx("mnist", "the MNIST database of handwritten digits")


def lsm(seed: int) -> LSM:
    """A column of 1,000 neurons, strong, balanced input from a tenth of the 56 channels each."""
    return LSM(
        inputs=ENCODER.channels(784),
        liquid=Liquid(
            topology=Column(shape=(10, 10, 10), wavelength=2.5),
            neuron=LIF(tau_syn=4e-3, tau_mem=20e-3),
            weights=Pairs(ee=Gamma(0.1), ei=Gamma(0.2), ie=Gamma(0.2), ii=Gamma(0.2)),
            delays=Uniform(0, 10e-3),
            input=RandomMap(density=0.1, weight=Gamma(2.5), inhibitory=0.5),
        ),
        seed=seed,
    )


def readout() -> Any:
    """Ridge regression on the counts."""
    from sklearn.linear_model import RidgeClassifier

    return RidgeClassifier(alpha=300.0)


def controls() -> tuple[Control, ...]:
    """Logistic regression on the pixels."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return (
        Control("logistic regression on pixels", make_pipeline(StandardScaler(), LogisticRegression(max_iter=200))),
    )


MODEL = Model(
    name="mnist",
    summary="MNIST digits, swept into a column of 1,000 neurons.",
    load=load,
    lsm=lsm,
    encoder=ENCODER,
    features=Counts(windows=6),
    readout=readout,
    splits=1,
    controls=controls,
    changes=lambda: image_changes((28, 28), 0.0, 255.0),
)
