"""``gas``: which gas is it, told by chemical sensors that drift for 36 months. The card ``gas.md`` has the results.

The sensors' 128 features are scaled by what batch 1 shows of them. The liquid is a layer of random codes with few inputs each; the
readout on the chip keeps samples as prototypes and replaces those that have been of no use for longest, so that it drifts along.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm import LIF, LSM, Column, Gamma, Liquid, Pairs, RandomMap, SignedRateEncoder, Uniform
from neurolsm.learn.chip import PrototypeReadout
from neurolsm.readout import Counts, StreamingRidgeClassifier
from neurolsm.tasks.model import Control, Data, Model
from neurolsm_models.data.gas import FEATURES, gas_folder, load_gas

FAR = 6.0  # spreads at which values are cut before whitening; the encoder cuts them after it, at 4
SHARE = 0.3  # of the variance of a feature, added to that within the gases before it is divided by
PROTOTYPES = 1000
MARGIN, WIDE = (
    0.2,
    0.4,
)  # lead in score below which a sample is remembered; where few labels come, each is worth more memory
SELDOM = 0.3  # share of samples for which a bit of the code is set, where no label comes; 0.5 elsewhere
ENCODER = SignedRateEncoder(steps=40, rate=1.0, high=4.0)


def load() -> Data:
    """Values [6697, 128] and gases 1 to 6; the batches are the groups."""
    found = load_gas()
    first = found.batch == found.batch.min()
    return Data(whitened(found.x, found.gas, first), found.gas, groups=found.batch)


def whitened(
    x: NDArray[np.float64], gas: NDArray[Any], first: NDArray[np.bool_], share: float = SHARE
) -> NDArray[np.float64]:
    """Features without what varies within one gas, which is mostly its concentration, as the samples of ``first`` show it.

        z = (sign(x) log(1 + |x|) - mean) / spread,    y = z (S + share 1)^(-1/2)

    with S the covariance within the gases; each column of y in its own spreads. All moments are those of ``first``.
    """
    z = np.sign(x) * np.log1p(np.abs(x))
    z = (z - z[first].mean(axis=0)) / _spread(z[first])
    within = z[first] - np.stack([z[first & (gas == g)].mean(axis=0) for g in gas[first]])
    variance, axes = np.linalg.eigh(within.T @ within / len(within))
    y = np.clip(z, -FAR, FAR) @ (axes / np.sqrt(variance + share)) @ axes.T
    return np.asarray(y / _spread(y[first]))


def _spread(x: NDArray[np.float64]) -> NDArray[np.float64]:
    spread = x.std(axis=0)
    return np.where(spread > 1e-9, spread, 1.0)  # what never varied is not made loud


def lsm(seed: int) -> LSM:
    """A column of 400 neurons; each hears about 15 of the 256 channels, and little of its neighbours."""
    weak, strong = Gamma(0.05), Gamma(0.1)
    return LSM(
        inputs=ENCODER.channels(FEATURES),
        liquid=Liquid(
            topology=Column(shape=(10, 10, 4), wavelength=2.5),
            neuron=LIF(tau_syn=4e-3, tau_mem=20e-3),
            weights=Pairs(ee=weak, ei=strong, ie=strong, ii=strong),
            delays=Uniform(0, 10e-3),
            input=RandomMap(density=0.06, weight=Gamma(1.2), inhibitory=0.5),
        ),
        seed=seed,
    )


def chip_readout(scenario: str, labels: int, samples: int) -> Any:
    """Copies of samples that were not told clearly."""
    margin = WIDE if scenario in ("tenth", "none") else MARGIN
    activity = SELDOM if scenario == "none" else 0.5
    return PrototypeReadout(neurons=PROTOTYPES, windows=1, activity=activity, margin=margin, pull=0.0, replace=True)


def controls() -> tuple[Control, ...]:
    """Classifiers on the same values."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier

    return (
        Control("logistic regression on the values", LogisticRegression(C=0.1, max_iter=1000)),
        Control("one nearest neighbour on the values", KNeighborsClassifier(1)),
    )


MODEL = Model(
    name="gas",
    summary="Six gases, told by 16 chemical sensors that drift for 36 months; a column of 400 neurons.",
    load=load,
    check=gas_folder,
    lsm=lsm,
    encoder=ENCODER,
    features=Counts(windows=1),
    readout=lambda: StreamingRidgeClassifier(ridge=0.1),
    splits=8,
    controls=controls,
    chip_readout=chip_readout,
)
