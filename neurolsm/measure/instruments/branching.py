"""Branching factor: how many spikes one spike brings about in the next step."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import least_squares

from neurolsm.errors import refuse

LONGEST = 40  # steps


def branching_factor(activity: ArrayLike, longest: int = LONGEST) -> float:
    """The factor m of a branching process with the autocorrelation of the activity.

        A(t + 1) = m A(t) + drive,   slope of A(t + k) on A(t) = b m^k,   fitted over k = 1..longest

    0: spikes bring about none; 1: activity neither dies nor grows (critical); above 1: it grows. Because the fit is to
    the decay over several k, it holds for any part of the neurons, which only lowers b. The input must be stationary: an
    input that changes slowly looks like a factor near 1.

    Args:
        activity: spikes of all neurons in each step [T], or [B, T] for several samples of one length.
        longest: k, at least 3; below T / 2.

    Raises:
        InvalidValue: too short, or activity that never changes.

    Source: Wilting and Priesemann, Nature Communications 9, 2325 (2018).
    """
    a = np.atleast_2d(np.asarray(activity, np.float64))
    if a.ndim != 2 or not 3 <= longest < a.shape[1] / 2:
        refuse(
            "branching_factor", "activity", a.shape, f"must be [B, T] with T above {2 * longest}", "Record for longer"
        )
    a = a - a.mean()
    variance = float((a**2).mean())
    if variance == 0:
        refuse(
            "branching_factor", "activity", "constant", "must change from step to step", "Drive the liquid at random"
        )
    k = np.arange(1, longest + 1)
    products = np.array([(a[:, :-j] * a[:, j:]).mean() for j in k])
    squares = np.array([(a[:, :-j] ** 2).mean() for j in k])
    slope = np.divide(products, squares, out=np.zeros(k.size), where=squares > 0)
    second = min(max(slope[1] / slope[0], 0.05), 0.99) if slope[0] > 0.05 else 0.05
    start = (min(max(slope[0], 0.01), 1.0), second)
    with np.errstate(under="ignore"):
        found = least_squares(lambda p: p[0] * p[1] ** k - slope, start, bounds=([0, 0], [np.inf, 2]))
    if not found.success:
        refuse("branching_factor", "activity", a.shape, "has no decaying correlation to fit", "Record for longer")
    return float(found.x[1])
