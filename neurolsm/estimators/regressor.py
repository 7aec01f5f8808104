"""Numbers from samples."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import RegressorMixin
from sklearn.utils import Tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from neurolsm.estimators.base import LSMEstimator, readout_has
from neurolsm.estimators.default import regressor_readout
from neurolsm.readout import given
from neurolsm.sequence.mistaken import refuse_series


class LSMRegressor(RegressorMixin, LSMEstimator):
    """Predicts numbers from samples by a Liquid State Machine; one number, or several, for each sample.

    Args:
        readout: ``"ridge"`` (``StreamingRidge``) or any scikit-learn regressor, which then sees the states as they are.
        lsm, encoder, features, backend, arithmetic, target, options, batch_size, progress, random_state, cache, workers: as in
            ``LSMClassifier``, and so are X, the attributes and the errors.

    Example:
        >>> import numpy as np
        >>> import neurolsm as nl
        >>> x = np.linspace(0.0, 1.0, 20)[:, None]
        >>> model = nl.LSMRegressor(encoder=nl.RateEncoder(steps=20), backend="reference").fit(x[::2], x[::2, 0])
        >>> model.predict(x[1::2]).shape, model.score(x[1::2], x[1::2, 0]) > 0.9
        ((10,), True)
    """

    def fit(self, X: Any, y: ArrayLike) -> LSMRegressor:
        """Build the liquid, let it learn where it is plastic, and fit the readout to targets [B] or [B, K]."""
        refuse_series(type(self).__name__, X, y)
        with given.all_or_nothing(self):
            samples = self._read(X, reset=True)
            targets = given.targets(self, y, len(samples))
            self._build(samples)
            self.readout_ = self._fit_readout(samples, targets)
        return self

    @available_if(readout_has("partial_fit"))
    def partial_fit(self, X: Any, y: ArrayLike) -> LSMRegressor:
        """Let the readout learn from more samples; the first call builds the liquid. See ``LSMClassifier.partial_fit``."""
        first = not hasattr(self, "readout_")
        if first:
            refuse_series(type(self).__name__, X, y)
        with given.all_or_nothing(self):
            samples = self._read(X, reset=first)
            targets = given.targets(self, y, len(samples))
            if first:
                self._build(samples)
            readout = self.new_readout() if first else self.readout_
            self.readout_ = readout.partial_fit(self.states_(samples), targets)
        return self

    def predict(self, X: Any) -> NDArray[np.float64]:
        """Targets [B] or [B, K]."""
        check_is_fitted(self, "readout_")
        return np.asarray(self.readout_.predict(self.transform(X)))

    def new_readout(self) -> Any:
        """An unfitted readout of the kind that ``fit`` fits."""
        return regressor_readout(self.readout)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = self.readout == "ridge"
        return tags
