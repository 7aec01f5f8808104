"""Liquid states, host readouts, and estimators in scikit-learn's manner."""

from neurolsm.readout.estimators import LSMClassifier, LSMRegressor
from neurolsm.readout.features import Counts, Features, FromInputs, Joined, LastState, LowPass
from neurolsm.readout.ridge import StreamingRidge, StreamingRidgeClassifier
from neurolsm.readout.states import LiquidStates

__all__ = [
    "Counts",
    "Features",
    "FromInputs",
    "Joined",
    "LSMClassifier",
    "LSMRegressor",
    "LastState",
    "LiquidStates",
    "LowPass",
    "StreamingRidge",
    "StreamingRidgeClassifier",
]
