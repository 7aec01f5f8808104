"""A random layer without time, spikes or recurrence: what a liquid has to beat."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils import Tags, get_tags
from sklearn.utils.validation import check_array, check_is_fitted

from neurolsm.execute.linear_algebra import fit_on_host
from neurolsm.random import stream
from neurolsm.readout.given import numeric, unmasked
from neurolsm.readout.moments import PIECE
from neurolsm.readout.ridge import StreamingRidge, StreamingRidgeClassifier, fit_pieces


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
        array = check_array(numeric("x", x), dtype=np.float64)
        rng = stream(self.seed, "measure/random_relu")
        self.mean_ = array.mean(axis=0)
        self.scale_ = float((array - self.mean_).std()) or 1.0
        self.weights_ = rng.standard_normal((array.shape[1], self.n_units)) / np.sqrt(array.shape[1])
        self.bias_ = 0.5 * rng.standard_normal(self.n_units)
        return self

    def transform(self, x: ArrayLike) -> NDArray[np.float32]:
        """Features [B, n_units], float32 like liquid states."""
        check_is_fitted(self)
        z = (check_array(numeric("x", x), dtype=np.float64) - self.mean_) / self.scale_
        return np.maximum(0, z @ self.weights_ + self.bias_).astype(np.float32)


class OnRandomReLU(BaseEstimator):
    """A readout behind a random layer. Predictions, and the fits of ridge readouts, never hold more than a piece of its features.

    Args:
        layer: the features.
        readout: unfitted; a classifier or a regressor.
    """

    def __init__(self, layer: RandomReLU, readout: Any) -> None:
        self.layer = layer
        self.readout = readout

    def fit(self, x: ArrayLike, y: ArrayLike) -> OnRandomReLU:
        """Draw the layer for samples [B, N] and fit the readout to y."""
        array, targets = np.asarray(numeric("x", x)), np.asarray(unmasked("y", y))
        self.layer_, readout = clone(self.layer).fit(array), clone(self.readout)
        if isinstance(readout, (StreamingRidge, StreamingRidgeClassifier)):
            parts = [slice(k, k + PIECE) for k in range(0, len(array), PIECE)]
            pieces = ((self.layer_.transform(array[part]), targets[part]) for part in parts)
            self.readout_ = fit_pieces(readout, pieces, targets)
        else:
            self.readout_ = fit_on_host(readout, self.layer_.transform(array), targets)
        return self

    def predict(self, x: ArrayLike) -> NDArray[Any]:
        """What the readout says, [B]."""
        check_is_fitted(self, "readout_")
        array = np.asarray(numeric("x", x))
        parts = [array[k : k + PIECE] for k in range(0, len(array), PIECE)]
        return np.concatenate([self.readout_.predict(self.layer_.transform(part)) for part in parts])

    def __sklearn_tags__(self) -> Tags:
        return get_tags(self.readout)
