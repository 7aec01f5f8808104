"""What estimators take as X, told apart and checked in scikit-learn's manner."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_array, validate_data

from neurolsm.encode import CameraEncoder, Encoder, EventEncoder, RateEncoder, Sweep, Transformed
from neurolsm.encode.values import is_ragged, read
from neurolsm.errors import refuse
from neurolsm.spikes import Spikes

Samples = Spikes | NDArray[Any] | list[Any]  # each has a length and can be cut: samples[:10]


def read_samples(estimator: BaseEstimator, x: Any, encoder: Encoder | None, *, reset: bool) -> Samples:
    """Check ``x`` and set (``reset``) or compare ``n_features_in_``.

    Spikes are taken as they are, and so is a boolean raster [B, T, N] without an encoder. Otherwise: static values [B, N],
    values over time [B, T, N], a list of [T_i, N], images [B, H, W] before a ``Sweep``, (times, channels) pairs before an
    ``EventEncoder``, arrays of events before a ``CameraEncoder``, whatever a transform takes before a ``Transformed``.
    """
    if isinstance(x, Spikes):
        return _counted(estimator, x, x.units, reset)
    if isinstance(encoder, (EventEncoder, CameraEncoder)):
        return _counted(estimator, list(x), encoder.n_channels, reset)
    if isinstance(encoder, Transformed):  # what a transform takes is its own affair
        return _counted(estimator, list(x), getattr(encoder.encoder, "n_channels", np.shape(x[0])[-1]), reset)
    if is_ragged(x) and not isinstance(encoder, Sweep):
        arrays = [check_array(one, input_name="X", estimator=estimator) for one in x]
        widths = {array.shape[1] for array in arrays}
        if len(widths) > 1:
            refuse(
                "X",
                "N",
                sorted(widths),
                "the samples differ in the number of values a step",
                "Give [T_i, N] with one N",
            )
        return _counted(estimator, arrays, widths.pop(), reset)
    if getattr(x, "ndim", 2) == 3 or is_ragged(x):
        array = check_array(x, allow_nd=True, input_name="X", estimator=estimator)
        if isinstance(encoder, Sweep):
            return _counted(estimator, array.reshape(len(array), -1), array[0].size, reset)
        raster = encoder is None and array.dtype == bool
        return _counted(estimator, Spikes.from_dense(array) if raster else array, array.shape[2], reset)
    return np.asarray(validate_data(estimator, x, reset=reset))


def learn_range(samples: Samples) -> RateEncoder | None:
    """The rate encoder whose range is that of each value in ``samples``; None for spikes, which need none."""
    if isinstance(samples, Spikes):
        return None
    values, _ = read("RateEncoder", samples)
    low, high = values.min(axis=0), values.max(axis=0)
    return RateEncoder(low=tuple(low), high=tuple(np.where(high > low, high, low + np.maximum(1, np.abs(low)))))


def _counted(estimator: Any, samples: Any, n: int, reset: bool) -> Any:
    if reset:
        estimator.n_features_in_ = n
    elif estimator.n_features_in_ != n:
        name = type(estimator).__name__
        refuse(
            "X",
            "N",
            n,
            f"X has {n} features, but {name} is expecting {estimator.n_features_in_} features as input",
            "Give samples like those of fit",
        )
    return samples
