"""Separation: do different inputs lead to different liquid states?"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurolsm.errors import refuse
from neurolsm.measure.instruments.trajectory import TAU, trajectory
from neurolsm.program.spikes import Spikes


@np.errstate(under="ignore")  # the square of next to nothing is 0
def separation(a: Spikes, b: Spikes, tau: float = TAU) -> NDArray[np.float64]:
    """Distance of two liquid states over time, for each pair of samples, [B, T].

        d(t) = |x_a(t) - x_b(t)| / sqrt(N),   x the low-passed spikes of the neurons (``trajectory``)

    Exactly 0 where the two are equal. The same function on the input spikes says how far apart the inputs were.

    Args:
        a, b: spikes of the same neurons; samples of one length.
        tau: steps.

    Source: Maass, Natschlaeger and Markram, Neural Computation 14 (2002), figure 2, whose norm this is.
    """
    if a.units != b.units or not np.array_equal(a.steps, b.steps):
        limit = "both must have the same neurons, samples and steps"
        refuse("separation", "a, b", (a, b), limit, "Run both through the same liquid")
    difference = trajectory(a, tau) - trajectory(b, tau)
    return np.asarray(np.linalg.norm(difference, axis=2) / np.sqrt(max(a.units, 1)))


@np.errstate(under="ignore")  # the square of next to nothing is 0
def class_separation(states: ArrayLike, labels: ArrayLike) -> float:
    """How far apart the classes lie, measured by how wide they are.

        Sep = c_d / (c_v + 1),   c_d = sum_mn |mu_m - mu_n| / K^2,   c_v = mean_m mean_(x in m) |mu_m - x|

    with the centres mu of K classes.

    Args:
        states: liquid states [B, F].
        labels: classes [B].

    Source: Norton and Ventura, Neurocomputing 73 (2010), equation 3.
    """
    x, y = np.asarray(states, np.float64), np.asarray(labels)
    if x.ndim != 2 or y.shape != (len(x),) or not len(x):
        refuse(
            "class_separation",
            "states",
            (x.shape, y.shape),
            "must be [B, F] with labels [B]",
            "Give one row per sample",
        )
    classes = np.unique(y)
    centre = np.stack([x[y == c].mean(axis=0) for c in classes])
    between = np.linalg.norm(centre[:, None] - centre[None], axis=2).sum() / classes.size**2
    within = np.mean([np.linalg.norm(x[y == c] - m, axis=1).mean() for c, m in zip(classes, centre, strict=True)])
    return float(between / (within + 1))


def ratio(numerator: Any, denominator: Any) -> float:
    """Mean over mean; 0 where there is nothing to divide by."""
    below = float(np.mean(denominator))
    return float(np.mean(numerator)) / below if below else 0.0
