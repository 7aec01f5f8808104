"""What an estimator uses where nothing is given: a small general liquid, and the readouts that go by a name."""

from __future__ import annotations

from math import sqrt
from typing import Any

from sklearn.base import BaseEstimator, clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from neurolsm.describe.column import Column
from neurolsm.describe.input_map import RandomMap
from neurolsm.describe.laws import Gamma, Uniform
from neurolsm.describe.lsm import LSM, Liquid
from neurolsm.describe.neuron import LIF
from neurolsm.describe.tuning import SelfTuning
from neurolsm.errors import refuse
from neurolsm.readout.ridge import StreamingRidge, StreamingRidgeClassifier, signed_root

FAN_IN = 24  # input channels that a neuron hears on average


def default_lsm(inputs: int, seed: int) -> LSM:
    """A column of 343 neurons. Each receives about 24 channels, half of them through inhibition, so that it sees differences of
    values, and has a drive of its own, so that no two have the same working point. The weights tune themselves to the samples."""
    heard = min(inputs, FAN_IN)
    liquid = Liquid(
        topology=Column(shape=(7, 7, 7)),
        neuron=LIF(t_refractory=2e-3, v_leak=Uniform(0.0, 1.5)),
        weights=Gamma(0.03),
        input=RandomMap(density=heard / inputs, weight=Gamma(0.8 / sqrt(heard)), inhibitory=0.5),
    )
    return LSM(inputs=inputs, liquid=liquid, seed=seed, tuning=SelfTuning(rate=0.08, branching=0.03))


def default_sequence_lsm(inputs: int, seed: int) -> LSM:
    """A column of 500 neurons for series. Delays of 0 to 60 steps on the inputs are its memory; each neuron receives channels of
    both signs and forgets within 20 to 100 steps, so that the states are smooth. The weights tune themselves to the series."""
    liquid = Liquid(
        topology=Column(shape=(10, 10, 5)),
        neuron=LIF(tau_syn=10e-3, tau_mem=Uniform(20e-3, 100e-3)),
        weights=Gamma(0.03),
        delays=Uniform(0.0, 20e-3),
        input=RandomMap(density=min(1.0, 6 / inputs), weight=Gamma(0.4), inhibitory=0.5, delay=Uniform(0.0, 60e-3)),
    )
    return LSM(inputs=inputs, liquid=liquid, seed=seed, tuning=SelfTuning(rate=0.15, branching=0.1))


def classifier_readout(readout: Any) -> BaseEstimator:
    """An unfitted classifier of liquid states: ``ridge``, ``logistic``, or a clone of the one given."""
    if readout == "ridge":
        return StreamingRidgeClassifier()
    if readout == "logistic":
        return make_pipeline(
            FunctionTransformer(signed_root), StandardScaler(), LogisticRegression(C=0.01, max_iter=1000)
        )
    return _own("LSMClassifier", readout, "'ridge', 'logistic' or a scikit-learn classifier")


def regressor_readout(readout: Any) -> BaseEstimator:
    """An unfitted regressor of liquid states: ``ridge``, or a clone of the one given."""
    if readout == "ridge":
        return StreamingRidge()
    return _own("LSMRegressor", readout, "'ridge' or a scikit-learn regressor")


def _own(owner: str, readout: Any, choice: str) -> BaseEstimator:
    if not hasattr(readout, "fit") or not hasattr(readout, "predict"):
        refuse(owner, "readout", readout, f"must be {choice}", "Choose one of them")
    return clone(readout)
