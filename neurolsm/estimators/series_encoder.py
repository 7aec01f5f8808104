"""The encoder of a series where none is given: a population code of its range, or the best of a few by validation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurolsm.encode.delta import DeltaEncoder
from neurolsm.encode.population import PopulationEncoder
from neurolsm.encode.signed import SignedRateEncoder
from neurolsm.encode.streaming import Streaming

CHANNELS = 16  # of the population code that is taken where no encoder is given
MARGIN = 0.05  # of the range of the training values, left free on both sides
TRIED = ((16, 1.0), (8, 1.0), (16, 2.0), (32, 1.0))  # curves and overlaps of the population codes that "auto" tries
LEVELS = 20  # of a delta code over the range


def population(values: NDArray[np.float64], curves: int = CHANNELS, overlap: float = 1.0) -> PopulationEncoder:
    """A population code of the range of the values [T, N], with a margin."""
    low, span = values.min(axis=0), _span(values)
    return PopulationEncoder(
        neurons=curves, overlap=overlap, rate=0.8, low=tuple(low - MARGIN * span), high=tuple(low + (1 + MARGIN) * span)
    )


def candidates(values: NDArray[np.float64]) -> list[Streaming]:
    """The encoders that "auto" chooses from, with the ranges of the values [T, N]; always as many, in one order."""
    largest = float(np.abs(values).max()) or 1.0
    return [
        *(population(values, curves, overlap) for curves, overlap in TRIED),
        SignedRateEncoder(rate=0.8, high=(1 + MARGIN) * largest),
        DeltaEncoder(threshold=tuple(_span(values) / LEVELS)),
    ]


def _span(values: NDArray[np.float64]) -> NDArray[np.float64]:
    low, high = values.min(axis=0), values.max(axis=0)
    return np.where(high > low, high - low, np.maximum(1, np.abs(low)))
