"""``digits``: handwritten digits, swept into a cortical column and read out by ridge regression.

The 1,797 images of scikit-learn, 8 x 8 pixels, come in along both axes at once: at a time, one column of the image on
eight channels and one row on eight more. The card ``digits.md`` has the results with their baselines.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from neurolsm import LIF, LSM, Column, Gamma, Liquid, Pairs, RandomMap, Uniform
from neurolsm.encode import RateEncoder, Sweep
from neurolsm.measure.scenarios.changes import image_changes
from neurolsm.readout import Counts
from neurolsm.tasks.model import Control, Data, Model, Range, Space

# Each column and each row is shown for seven steps; six steps follow in which the liquid rings on.
ENCODER = Sweep(shape=(8, 8), hold=7, rest=6, axes="both", encoder=RateEncoder(rate=0.7, high=16.0))


def load() -> Data:
    """The images, [1797, 64] with values 0 to 16, and their labels. Part of scikit-learn: no network is needed."""
    from sklearn.datasets import load_digits

    return Data(*load_digits(return_X_y=True))


def lsm(seed: int) -> LSM:
    """A column of 1,000 neurons: strong, balanced input from half of the channels each, weak recurrent synapses."""
    return LSM(
        inputs=ENCODER.channels(64),
        liquid=Liquid(
            topology=Column(shape=(10, 10, 10), wavelength=2.5),
            neuron=LIF(tau_syn=4e-3, tau_mem=20e-3),
            weights=Pairs(ee=Gamma(0.1), ei=Gamma(0.2), ie=Gamma(0.2), ii=Gamma(0.2)),
            delays=Uniform(0, 10e-3),
            input=RandomMap(density=0.5, weight=Gamma(2.5), inhibitory=0.5),
        ),
        seed=seed,
    )


def readout() -> Any:
    """Ridge regression on the counts."""
    from sklearn.linear_model import RidgeClassifier

    return RidgeClassifier(alpha=300.0)


def controls() -> tuple[Control, ...]:
    """Classifiers on the 64 pixels."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import SVC

    return (
        Control("logistic regression on pixels", LogisticRegression(max_iter=5000)),
        Control("RBF support vector machine on pixels", SVC()),
    )


def build(*, drive: float = 2.5, recurrent: float = 0.1, tau_mem: float = 20e-3, penalty: float = 300.0) -> Model:
    """The model with other numbers: input and recurrent weight in thresholds, seconds, ridge penalty."""
    from sklearn.linear_model import RidgeClassifier

    def varied(seed: int) -> LSM:
        base = lsm(seed)
        assert isinstance(base.liquid, Liquid)
        twice = Gamma(2 * recurrent)
        liquid = replace(
            base.liquid,
            neuron=LIF(tau_syn=4e-3, tau_mem=tau_mem),
            weights=Pairs(ee=Gamma(recurrent), ei=twice, ie=twice, ii=twice),
            input=RandomMap(density=0.5, weight=Gamma(drive), inhibitory=0.5),
        )
        return replace(base, liquid=liquid)

    return replace(MODEL, lsm=varied, readout=lambda: RidgeClassifier(alpha=penalty))


MODEL = Model(
    name="digits",
    summary="Handwritten digits of scikit-learn, swept into a column of 1,000 neurons.",
    load=load,
    lsm=lsm,
    encoder=ENCODER,
    features=Counts(windows=6),
    readout=readout,
    controls=controls,
    changes=lambda: image_changes((8, 8), 0.0, 16.0),
    space=Space(
        entries={
            "drive": Range(0.3, 5.0, log=True),
            "recurrent": Range(0.02, 0.5, log=True),
            "tau_mem": Range(5e-3, 60e-3, log=True),
            "penalty": Range(10.0, 3000.0, log=True),
        },
        build=build,
    ),
)
