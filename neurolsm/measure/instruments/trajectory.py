"""The liquid state over time: low-passed spikes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurolsm.errors import refuse
from neurolsm.program.spikes import Spikes

TAU = 30.0  # steps; 30 ms at the usual step, Maass, Natschlaeger and Markram (2002)


@np.errstate(under="ignore")  # what is left of an old spike may be 0
def trajectory(spikes: Spikes, tau: float = TAU) -> NDArray[np.float64]:
    """Liquid states [B, T, N] of samples of one length.

        x(t) = exp(-1 / tau) x(t - 1) + spike(t)

    Args:
        spikes: of the neurons.
        tau: steps, above 0.
    """
    if not (isinstance(tau, (int, float, np.number)) and tau > 0):
        refuse("trajectory", "tau", tau, "must be a number above 0 steps", "Take 30")
    from scipy.signal import lfilter  # which takes long to import

    return np.asarray(lfilter([1.0], [1.0, -np.exp(-1 / tau)], spikes.dense().astype(np.float64), axis=1))
