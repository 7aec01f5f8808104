"""The peak response of a membrane to one spike: what makes a weight mean the same for every time constant."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def peak(keep_u: NDArray[np.float64], keep_v: NDArray[np.float64]) -> NDArray[np.float64]:
    """Largest v after one unit of current into a resting neuron.

        u_k = a^k,   v_k = b v_(k-1) + u_k = (a^(k+1) - b^(k+1)) / (a - b),   largest near k + 1 = ln(ln b / ln a) / ln(a / b)

    Args:
        keep_u, keep_v: a and b, the shares of u and v kept in a step, 0..1.
    """
    a = np.clip(np.asarray(keep_u, float), 1e-12, 1 - 1e-9)
    b = np.clip(np.asarray(keep_v, float), 1e-12, 1 - 1e-9)
    b = np.where(np.abs(a - b) < 1e-7, np.clip(b - 1e-6, 1e-12, None), b)
    best = np.log(np.log(b) / np.log(a)) / (np.log(a) - np.log(b))
    ends = np.stack([np.maximum(np.floor(best), 1), np.ceil(np.maximum(best, 1))])
    return ((a**ends - b**ends) / (a - b)).max(axis=0)
