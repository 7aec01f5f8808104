"""Liquid states and what reads them on the host."""

from typing import Any

from neurolsm import moved
from neurolsm.readout.features import Counts, Features, FromInputs, Joined, LastState, LowPass
from neurolsm.readout.ridge import StreamingRidge, StreamingRidgeClassifier
from neurolsm.readout.states import LiquidStates

__all__ = [
    "Counts",
    "Features",
    "FromInputs",
    "Joined",
    "LastState",
    "LiquidStates",
    "LowPass",
    "StreamingRidge",
    "StreamingRidgeClassifier",
]


def __getattr__(name: str) -> Any:
    return moved.attribute(__name__, name)
