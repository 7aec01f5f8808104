"""What estimators take as X: its kinds, distinguished and checked in scikit-learn's manner."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_array, validate_data

from neurolsm.arrays import take, unwrapped
from neurolsm.encode import CameraEncoder, Encoder, EventEncoder, RateEncoder, Sweep, Transformed
from neurolsm.encode.encoder import takes_own_samples
from neurolsm.encode.values import is_ragged, read
from neurolsm.errors import refuse
from neurolsm.program.spikes import Spikes
from neurolsm.readout.given import numeric, unmasked

Samples = Spikes | NDArray[Any] | list[Any]  # each has a length and can be cut: samples[:10]
SPIKES, STATIC, TIMED, OWN = "spikes", "static values [B, N]", "values over time [B, T, N]", "samples of the encoder"


def read_samples(estimator: Any, x: Any, encoder: Encoder | None, *, reset: bool) -> Samples:
    """Check ``x`` and set (``reset``) or compare ``n_features_in_`` and ``kind_``.

    Spikes are taken as they are, and so are boolean rasters, [B, T, N] or a list of [T_i, N], without an encoder. Otherwise:
    static values [B, N], values over time [B, T, N], a list of [T_i, N], images [B, H, W] before a ``Sweep``, (times, channels)
    pairs before an ``EventEncoder``, arrays of events before a ``CameraEncoder``, whatever a transform takes before a
    ``Transformed``. An array of objects, nested lists and a list of tables count as what they hold.

    What the samples of ``fit`` were decides how others are read: ``encoder`` is then the one that ``fit`` settled on.
    """
    x = joined(x)
    if isinstance(x, Spikes):
        return _spikes(estimator, x, reset)
    if isinstance(encoder, (EventEncoder, CameraEncoder, Transformed)) or takes_own_samples(encoder):
        samples = [_bare(one) for one in x]
        if not samples:
            refuse("X", "samples", x, "Found array with 0 sample(s) while a minimum of 1 is required", "Give samples")
        # What a transform takes is its own affair.
        known = getattr(encoder.encoder if isinstance(encoder, Transformed) else encoder, "n_channels", None)
        return _counted(estimator, samples, _values(samples[0]) if known is None else known, OWN, reset)
    x = _without_tables(estimator, _gathered(x), reset)
    for one in x if is_ragged(x) else (x,):
        numeric("X", take("samples", "X", one) if _is_table(one) else one)
    if is_ragged(x) and not isinstance(encoder, Sweep):
        return _ragged(estimator, x, encoder, reset)
    if getattr(x, "ndim", 2) == 3 or is_ragged(x):
        array = check_array(x, allow_nd=True, input_name="X", estimator=estimator)
        if isinstance(encoder, Sweep):
            return _counted(estimator, array.reshape(len(array), -1), array[0].size, STATIC, reset)
        if encoder is None and array.dtype == bool:
            return _spikes(estimator, Spikes.from_dense(array), reset)
        return _counted(estimator, array, array.shape[2], TIMED, reset)
    if not reset:
        _same_kind(estimator, STATIC)
    array = np.asarray(validate_data(estimator, x, reset=reset))
    if reset:
        estimator.kind_ = STATIC
    return array


def _values(sample: Any) -> int:
    """Length of the last axis of a sample, 1 of one that has no axes, such as a text."""
    return (np.shape(sample) or (1,))[-1]


def joined(x: Any) -> Any:
    """``x`` without a mask, and an array of objects as a list; a list of ``Spikes`` as one."""
    x = unmasked("X", x)
    if isinstance(x, np.ndarray) and x.dtype == object and x.ndim != 2:
        x = list(x) if x.ndim == 1 else x.tolist()
    spikes = sum(isinstance(one, Spikes) for one in x) if isinstance(x, (list, tuple)) else 0
    if not spikes:
        return x
    if spikes < len(x):
        refuse("X", "samples", type(x).__name__, "only some of its entries are Spikes", "Give samples of one kind")
    return Spikes.concatenate(x)


def _gathered(x: Any) -> Any:
    """What a list of samples holds: an array of all, or a list of arrays or tables, one per sample. Anything else as it is."""
    if not isinstance(x, (list, tuple)) or not len(x):
        return x
    if any(isinstance(one, np.ndarray) or _is_table(one) for one in x):
        return [unmasked("X", one) for one in x]
    x = unwrapped("samples", "X", x)
    try:
        array = np.asarray(x)
    except ValueError:  # samples of different length
        rows = [_array(one) for one in x]
        return rows if all(row is not None and row.ndim == 2 for row in rows) else x
    return array if array.ndim == 3 else x


def learn_range(samples: Samples) -> RateEncoder | None:
    """The rate encoder whose range is that of each value in ``samples``; None for spikes, which need none."""
    if isinstance(samples, Spikes):
        return None
    values, _ = read("RateEncoder", samples)
    low, high = values.min(axis=0), values.max(axis=0)
    return RateEncoder(low=tuple(low), high=tuple(np.where(high > low, high, low + np.maximum(1, np.abs(low)))))


def _ragged(estimator: Any, x: list[NDArray[Any]], encoder: Encoder | None, reset: bool) -> Samples:
    arrays = [check_array(one, input_name="X", estimator=estimator) for one in x]
    widths = {array.shape[1] for array in arrays}
    if len(widths) > 1:
        limit = "the samples differ in the number of values per step"
        refuse("X", "N", sorted(widths), limit, "Give [T_i, N] with one N")
    booleans = sum(array.dtype == bool for array in arrays)
    if encoder is None and booleans == len(arrays):
        return _spikes(estimator, Spikes.from_list(arrays), reset)
    if encoder is None and booleans:
        limit = "some samples are boolean rasters, which are spikes, and others are values"
        refuse("X", "samples", f"{booleans} of {len(arrays)}", limit, "Give samples of one kind")
    return _counted(estimator, arrays, widths.pop(), TIMED, reset)


def _spikes(estimator: Any, spikes: Spikes, reset: bool) -> Spikes:
    if not len(spikes):
        refuse("X", "samples", spikes, "Found array with 0 sample(s) while a minimum of 1 is required", "Give samples")
    if reset or estimator.kind_ == SPIKES:
        _counted(estimator, spikes, spikes.units, SPIKES, reset)
    elif spikes.units != estimator.lsm_.inputs:  # spikes that the encoder might have made
        limit = f"the liquid has {estimator.lsm_.inputs} input channels"
        refuse("X", "units", spikes.units, limit, "Give spikes of its channels, or samples like those of fit")
    return spikes


def _counted(estimator: Any, samples: Any, n: int, kind: str, reset: bool) -> Any:
    if reset:
        estimator.n_features_in_, estimator.kind_ = n, kind
        return samples
    _same_kind(estimator, kind)
    if estimator.kind_ == SPIKES != kind:
        return samples
    if estimator.n_features_in_ != n:
        name, known = type(estimator).__name__, estimator.n_features_in_
        swapped = kind == TIMED and np.shape(samples[0])[0] == known
        remedy = "The axes are [B, T, N]: swap the last two" if swapped else "Give samples like those of fit"
        refuse("X", "N", n, f"X has {n} features, but {name} is expecting {known} features as input", remedy)
    return samples


def _same_kind(estimator: Any, kind: str) -> None:
    """Refuse samples of another kind than those of ``fit``, unless they are the values before the encoder of its spikes."""
    known = estimator.kind_
    if known == SPIKES != kind and estimator.encoder_ is None:
        limit = "must be Spikes, or a boolean raster [B, T, N], as in fit"
        refuse("X", "samples", kind, limit, "Use Spikes.from_dense, or fit with values")
    if {known, kind} == {STATIC, TIMED}:
        remedy = "Give one sample as X[None]" if known == TIMED else "Give one row of values per sample"
        refuse("X", "samples", kind, f"fit was given {known}", remedy)


def _without_tables(estimator: BaseEstimator, x: Any, reset: bool) -> Any:
    """A list of tables, one per sample, as arrays; their columns must be those of the first, and those of ``fit``."""
    if not isinstance(x, list) or not any(_is_table(one) for one in x):
        return x
    if not all(_is_table(one) for one in x):
        refuse("X", "samples", type(x).__name__, "only some of its entries are tables", "Give samples of one kind")
    for k, one in enumerate(x):
        validate_data(estimator, one, reset=reset and k == 0, skip_check_array=True)
    return [np.asarray(one) for one in x]


def _is_table(x: Any) -> bool:
    return hasattr(x, "columns") and hasattr(x, "to_numpy")


def _array(x: Any) -> NDArray[Any] | None:
    try:
        return np.asarray(x)
    except ValueError:
        return None


def _bare(sample: Any) -> Any:
    """A sample of events without masks that hide nothing."""
    if isinstance(sample, (list, tuple)):
        return type(sample)([unmasked("X", part) for part in sample]) if type(sample) in (list, tuple) else sample
    return unmasked("X", sample)
