"""How far a prediction is from a series, and splits that keep the order of time."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurolsm.arrays import real
from neurolsm.describe.checks import plain
from neurolsm.errors import refuse

Split = tuple[NDArray[np.int64], NDArray[np.int64]]
THRESHOLD = 0.4
WORST = 200.0  # of the sMAPE


def nrmse(y: ArrayLike, predicted: ArrayLike) -> float:
    """Root of the mean squared error in units of the standard deviation of the target.

        NRMSE = sqrt(mean_k( mean_t (p_k[t] - y_k[t])^2 / var_t(y_k) ))

    0 is perfect; the mean of y as the only prediction gives 1. A prediction that is not finite gives infinity.

    Args:
        y: what came, [T] or [T, K].
        predicted: what was predicted, of the same shape.

    Raises:
        InvalidValue: shapes that differ, y that is not finite, or a column of y that never changes.

    Source: Lukosevicius and Jaeger, Computer Science Review 3 (2009).

    >>> from neurolsm.measure import nrmse
    >>> nrmse([0.0, 1.0, 0.0, 1.0], [0.5, 0.5, 0.5, 0.5])
    1.0
    """
    target, said = _pair("nrmse", y, predicted)
    variance = target.var(axis=0)
    if not variance.all():
        limit = "never changes, so there is no spread to measure errors by"
        refuse("nrmse", "y", f"column {int(np.argmin(variance))}", limit, "Leave that column out")
    if not np.isfinite(said).all():
        return float("inf")
    return float(np.sqrt((((said - target) ** 2).mean(axis=0) / variance).mean()))


def smape(y: ArrayLike, predicted: ArrayLike) -> float:
    """Symmetric mean absolute percentage error, 0 to 200.

        sMAPE = 200 mean(|p - y| / (|p| + |y|)),   200 where that is no number

    It is no number where a prediction is none, or infinite, or where p and y are both exactly 0.

    Args:
        y: what came, [T] or [T, K].
        predicted: what was predicted, of the same shape.

    Raises:
        InvalidValue: shapes that differ, or y that is not finite.

    Source: Yik et al., NeuroBench, Nature Communications 16 (2025); neurobench 2.3, metrics/workload/smape.py.

    >>> from neurolsm.measure import smape
    >>> smape([1.0, 1.0], [1.0, 3.0])
    50.0
    """
    target, said = _pair("smape", y, predicted)
    with np.errstate(invalid="ignore", over="ignore"):
        found = float(WORST * np.mean(np.abs(said - target) / (np.abs(said) + np.abs(target))))
    return found if np.isfinite(found) else WORST


def valid_prediction_time(
    y: ArrayLike,
    predicted: ArrayLike,
    *,
    lyapunov: float,
    threshold: float = THRESHOLD,
    scale: ArrayLike | None = None,
) -> float:
    """For how long a closed loop stays near the series, in Lyapunov times.

        VPT = T0 / lyapunov,   T0: the first t with sqrt(mean_k ((p_k[t] - y_k[t]) / scale_k)^2) > threshold

    T0 is the length of y where that never happens: then the time was cut short by y and says "at least".

    Args:
        y: what came, [T] or [T, K].
        predicted: what was predicted, of the same shape.
        lyapunov: values in a Lyapunov time, above 0.
        threshold: error that ends it, in units of ``scale``, above 0.
        scale: of each column, [K] or one number, above 0; None: the standard deviation of y. Short pieces of a series vary
            little by themselves, so give that of the whole series.

    Raises:
        InvalidValue: shapes that differ, y that is not finite, or a number outside its range.

    Source: Pathak et al., Physical Review Letters 120 (2018), with a threshold of 0.4.

    >>> from neurolsm.measure import valid_prediction_time
    >>> valid_prediction_time([0.0, 1.0, 0.0, 1.0], [0.0, 1.0, 0.1, 0.0], lyapunov=2.0)
    1.5
    """
    owner = "valid_prediction_time"
    target, said = _pair(owner, y, predicted)
    for field, value in (("lyapunov", lyapunov), ("threshold", threshold)):
        number = plain(value)
        if not isinstance(number, (int, float)) or isinstance(number, bool) or not 0 < number < np.inf:
            refuse(owner, field, value, "must be a number above 0", "Give it in the units of the series")
    spread = target.std(axis=0) if scale is None else np.asarray(real(owner, "scale", scale, "Give numbers"))
    if spread.ndim > 1 or (spread.ndim == 1 and spread.size not in (1, target.shape[1])) or not (spread > 0).all():
        limit = f"must be above 0, one number or one for each of {target.shape[1]} columns"
        refuse(owner, "scale", spread.tolist(), limit, "Give the standard deviation of the whole series")
    with np.errstate(over="ignore", invalid="ignore"):
        near = np.sqrt((((said - target) / spread) ** 2).mean(axis=1)) <= threshold
    return float((len(near) if near.all() else int(np.argmin(near))) / lyapunov)


def time_splits(n: int, splits: int = 1, *, test: int | None = None, gap: int = 0) -> list[Split]:
    """Rows to learn from and rows to be tested on, in the order of time: nothing is shuffled.

        split k of K tests the rows  n - (K - k) test .. n - (K - k - 1) test,  and learns from all rows before, but ``gap``

    One split tests the last part; several are an expanding window.

    Args:
        n: rows of the series.
        splits: at least 1.
        test: rows in each test part, at least 1; None: n // (splits + 1), but a fifth of n for one split.
        gap: rows before each test part that are not learned from, such as the values that a forecast looks ahead; at least 0.

    Returns:
        Pairs (train, test) of row numbers.

    Raises:
        InvalidValue: a number outside its range, or nothing left to learn from.

    >>> from neurolsm.measure import time_splits
    >>> [(train.size, test.tolist()) for train, test in time_splits(6, 2, test=2)]
    [(2, [2, 3]), (4, [4, 5])]
    """
    owner = "time_splits"
    n, splits, gap = _count("n", n, 2), _count("splits", splits, 1), _count("gap", gap, 0)
    size = max(n // 5 if splits == 1 else n // (splits + 1), 1) if test is None else _count("test", test, 1)
    if n - splits * size - gap < 1:
        limit = f"{splits} test parts of {size:,} rows and a gap of {gap:,} leave none of {n:,} to learn from"
        refuse(owner, "test", size, limit, "Take fewer splits, smaller test parts, or more rows")
    starts = [n - (splits - k) * size for k in range(splits)]
    return [(np.arange(start - gap), np.arange(start, start + size)) for start in starts]


def _count(field: str, value: int, least: int) -> int:
    number = plain(value)
    if not isinstance(number, int) or isinstance(number, bool) or number < least:
        refuse("time_splits", field, value, f"must be a whole number, at least {least}", "Count rows")
    return number


def _pair(owner: str, y: ArrayLike, predicted: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both as float64 [T, K]; predictions may be infinite or NaN."""
    target = np.asarray(real(owner, "y", y, "Give the values that came, [T] or [T, K]"), np.float64)
    said = np.asarray(predicted)
    if said.dtype.kind not in "biuf":
        refuse(owner, "predicted", str(said.dtype), "must hold real numbers", "Give numbers")
    if target.shape != said.shape or target.ndim not in (1, 2) or not target.size:
        limit = f"y has the shape {target.shape}, and both must be alike, [T] or [T, K] with T at least 1"
        refuse(owner, "predicted", said.shape, limit, "Give one prediction for each value")
    return target.reshape(len(target), -1), said.astype(np.float64).reshape(len(target), -1)
