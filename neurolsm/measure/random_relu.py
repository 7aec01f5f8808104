"""A random layer without time, spikes or recurrence: what a liquid has to beat."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_array, check_is_fitted

from neurolsm.random import stream


class RandomReLU(TransformerMixin, BaseEstimator):
    """Random features

        h = max(0, W' z + b),   z = (x - mean) / rms,   W ~ N(0, 1 / N),   b ~ N(0, 1/4)

    with the mean of each value and the root mean square of all their deviations over the samples of ``fit``.

    Args:
        n_units: number of features, at least 1.
        seed: draws W and b.
    """

    def __init__(self, n_units: int = 1000, seed: int = 0) -> None:
        self.n_units = n_units
        self.seed = seed

    def fit(self, x: ArrayLike, y: Any = None) -> RandomReLU:
        """Draw the layer for samples [B, N]; y is not looked at."""
        array = check_array(x, dtype=np.float64)
        rng = stream(self.seed, "measure/random_relu")
        self.mean_ = array.mean(axis=0)
        self.scale_ = float((array - self.mean_).std()) or 1.0
        self.weights_ = rng.standard_normal((array.shape[1], self.n_units)) / np.sqrt(array.shape[1])
        self.bias_ = 0.5 * rng.standard_normal(self.n_units)
        return self

    def transform(self, x: ArrayLike) -> NDArray[np.float64]:
        """Features [B, n_units]."""
        check_is_fitted(self)
        z = (check_array(x, dtype=np.float64) - self.mean_) / self.scale_
        return np.maximum(0, z @ self.weights_ + self.bias_)
