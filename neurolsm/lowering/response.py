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
    log_a = np.log(np.clip(np.asarray(keep_u, float), 1e-12, 1 - 1e-9))
    log_b = np.log(np.clip(np.asarray(keep_v, float), 1e-12, 1 - 1e-9))
    d = log_a - log_b
    equal = d == 0  # then the limits hold: v_k = (k + 1) a^k, largest near k + 1 = -1 / ln a
    d_safe = np.where(equal, 1, d)
    best = np.where(equal, -1 / log_a, np.log1p(-d / log_a) / d_safe)

    def v_after(steps: NDArray[np.float64]) -> NDArray[np.float64]:
        ratio = np.where(equal, steps, np.expm1(steps * d) / np.expm1(d_safe))
        return np.exp((steps - 1) * log_b) * ratio

    return np.maximum(v_after(np.maximum(np.floor(best), 1)), v_after(np.maximum(np.ceil(best), 1)))
