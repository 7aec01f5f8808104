"""What everyone who learns has to know to the bit: how far weights, tags and sums reach, and how a trace decays."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from neurolsm.program.plasticity import ACCUMULATOR_BITS

ACC_LOW, ACC_HIGH = -(1 << ACCUMULATOR_BITS) - 1, (1 << ACCUMULATOR_BITS) - 1
WEIGHT_RANGE = {"mixed": (-256, 255), "excitatory": (0, 255), "inhibitory": (-255, 0)}
TAG_RANGES = {"t": (-257, 255), "d": (0, 255)}
TABLE_ZERO = 128  # third factors reach from -128 to 127, so tables are indexed by value + 128


@lru_cache(maxsize=64)
@np.errstate(under="ignore")  # after many time constants nothing is left
def decay_table(tau: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """For the trace values -128..127: the decayed value rounded down, and the fraction that was cut off."""
    exact = np.exp(-1 / tau) * np.arange(-128, 128) if tau else np.zeros(256)
    return np.floor(exact).astype(np.int64), exact % 1
