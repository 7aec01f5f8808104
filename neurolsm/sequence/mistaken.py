"""A series that was given to an estimator of single samples: every step would be read as a sample of its own."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurolsm.arrays import is_table
from neurolsm.errors import refuse

FEWEST = 50  # rows; fewer say nothing about an order
SMOOTH = 0.98  # correlation of a row with the next one; what is sorted by class stays below
LATEST = 100  # rows ahead that a target may be a value of X


def refuse_series(owner: str, x: Any, y: Any) -> None:
    """Refuse X [T, N] and y [T] that are a series: rows named by times, y a later value of X, or rows that follow smoothly.

    Samples that happen to be sorted look the same; to shuffle them is the way out, and does them no harm.
    """
    values, targets = _numbers(x), _numbers(y)
    if values is None or not values.size or values.ndim > 2 or (values.ndim == 2 and len(values) < FEWEST):
        return
    why = ""
    if values.ndim == 1:
        why = "is one series of numbers"
    elif is_table(x) and getattr(getattr(getattr(x, "index", None), "dtype", None), "kind", "") in "Mm":
        why = "has rows that are named by times"
    elif targets is not None and targets.ndim == 1 and len(targets) == len(values) and _is_later(values, targets):
        why = "is a series, and y a later value of it"
    elif _smooth(values):
        why = "has rows that follow each other as a series does"
    elif (
        targets is not None
        and targets.shape == (len(values),)
        and values.shape[1] == 1
        and _smooth(targets[:, None], 0.7)
    ):
        why = "has one value per row, and y follows its own row before"
    if why:
        other = owner.replace("LSM", "LSMSequence")
        limit = f"{why}; each row would be a sample without a before and after"
        remedy = f"Use {other}, which answers in every step; shuffle the rows if they are samples"
        refuse(owner, "X", values.shape, limit, remedy)


def _numbers(x: Any) -> np.ndarray[Any, np.dtype[np.float64]] | None:
    """An array of finite numbers; None for whatever else, which other checks look at."""
    plain = isinstance(x, list) and all(isinstance(one, (int, float)) for one in x)
    if not (plain or isinstance(x, np.ndarray) or is_table(x)):
        return None
    try:
        array = np.asarray(x.to_numpy() if is_table(x) else x)
    except (ValueError, TypeError):
        return None
    if array.dtype.kind not in "iuf" or not array.ndim or not np.isfinite(array).all():
        return None
    return array.astype(np.float64)


def _is_later(values: np.ndarray[Any, Any], targets: np.ndarray[Any, Any]) -> bool:
    """Whether y[t] = x[t + k] for one column and one k in 1..100, all along."""
    if np.ptp(targets) == 0:
        return False
    for k in range(1, min(LATEST, len(values) - FEWEST // 2) + 1):
        if (values[k:] == targets[:-k, None]).all(axis=0).any():
            return True
    return False


@np.errstate(all="ignore")
def _smooth(values: np.ndarray[Any, Any], least: float = SMOOTH) -> bool:
    """Whether rows go over into one another, in most columns that vary."""
    centred = values - values.mean(axis=0)
    variance = (centred**2).mean(axis=0)
    varies = variance > 1e-12 * np.maximum(np.abs(values).max(axis=0) ** 2, 1e-300)
    if not varies.any():
        return False
    c = centred[:, varies]
    return bool(np.median((c[1:] * c[:-1]).mean(axis=0) / variance[varies]) > least)
