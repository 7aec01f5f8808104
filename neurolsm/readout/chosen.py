"""Ridge regression whose penalty is chosen on the last part of the rows: what comes later in time is what it is judged by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from neurolsm.readout.moments import FAR, Array, Solution, Sums, deviation, positive_solve

RIDGES = tuple(10.0**k for k in range(-9, 2))
LEAST = 0.1  # of the usual spread
LATER = 0.2  # share of the rows that the penalty is chosen on


@dataclass(eq=False)
class ChosenRidge:
    """Rows come in order; the first share is fitted with each penalty, the rest decides, and all are fitted with the best.

        minimise  sum |y - b - W' z|^2 + ridge F |W|^2,   z = (x - mean) / sd (``spread``)

    Attributes:
        f, k: numbers of features and of targets.
        until: rows before this number are fitted, later ones decide; 0: nothing is chosen and the first of ``ridges`` is used.
        alike: features that are of one kind, and have one usual spread.
        early, late: sums of the two.
        n: rows so far.
        ridge: the best, once ``solve`` was called.
    """

    f: int
    k: int
    until: int
    ridges: Sequence[float] = RIDGES
    alike: Sequence[slice] = ()
    n: int = 0
    ridge: float | None = None
    early: Sums = field(init=False)
    late: Sums = field(init=False)
    squares: Array = field(init=False)

    def __post_init__(self) -> None:
        self.early, self.late = Sums.none(self.f, self.k), Sums.none(self.f, self.k)
        self.low, self.high = np.full(self.f, np.inf), np.full(self.f, -np.inf)
        self.squares = np.zeros(self.k)  # of the late targets about their mean

    def add(self, x: NDArray[np.floating], y: Array) -> None:
        """Take in the next rows [B, F] and their targets [B, K]."""
        if not len(x):
            return
        self.low = np.minimum(self.low, x.min(axis=0))
        self.high = np.maximum(self.high, x.max(axis=0))
        split = min(max(self.until - self.n, 0), len(x)) if self.until else len(x)
        if split:
            self.early.add(x[:split], y[:split])
        if split < len(x):
            before, mean = self.late.n, self.late.y.copy()
            later = y[split:]
            self.late.add(x[split:], later)
            own = later.mean(axis=0)
            self.squares += ((later - own) ** 2).sum(axis=0) + before * len(later) / (before + len(later)) * (
                own - mean
            ) ** 2
        self.n += len(x)

    def solve(self) -> Solution:
        """The readout of all rows with the best penalty."""
        self.ridge = self._best()
        return solution(self.sums, self.ridge, self.low, self.high, self.alike)

    @property
    def sums(self) -> Sums:
        """Of all rows."""
        return joined(self.early, self.late) if self.late.n else self.early

    def errors(self) -> list[float]:
        """Squared errors of each penalty on the later rows, in units of their squares about their mean; needs such rows."""
        found = []
        for ridge in self.ridges:
            fit = solution(self.early, ridge, self.low, self.high, self.alike)
            w = fit.weights / fit.sd[:, None]
            bias = fit.target - fit.mean @ w + self.late.x @ w - self.late.y
            inner = self.squares - 2 * (w * self.late.xy).sum(axis=0) + (w * (self.late.xx @ w)).sum(axis=0)
            error = float(((inner + self.late.n * bias**2) / np.maximum(self.squares, 1e-300)).sum())
            found.append(error if np.isfinite(error) else np.inf)
        return found

    def _best(self) -> float:
        if self.ridge is not None and not self.late.n:
            return self.ridge
        if not self.late.n or len(self.ridges) == 1:
            return self.ridges[0]
        return self.ridges[int(np.argmin(self.errors()))]


def solution(sums: Sums, ridge: float, low: Array, high: Array, alike: Sequence[slice] = ()) -> Solution:
    """Ridge regression on standardised rows from their sums."""
    f, sd = sums.x.size, spread(sums, alike)
    gram = sums.xx / sd
    gram /= sd[:, None]
    weights = positive_solve(gram, ridge * f, sums.xy / sd[:, None])
    with np.errstate(over="ignore"):
        far = FAR * (np.maximum(high - sums.x, sums.x - low) / sd)
    return Solution(sums.x, sd, far, weights, sums.y)


def spread(sums: Sums, alike: Sequence[slice]) -> Array:
    """What each feature is divided by: its standard deviation, but at least ``LEAST`` of what is usual among those alike.

    A neuron that fired once in the training part has a trace that hardly varied; divided by its own spread it would decide
    everything when it fires again.
    """
    sd = deviation(np.diag(sums.xx), sums.x, sums.n)
    for part in alike:
        varied = sd[part][np.isfinite(sd[part])]
        if varied.size:
            sd[part] = np.maximum(sd[part], LEAST * np.median(varied))
    return sd


def joined(a: Sums, b: Sums) -> Sums:
    """The sums of the rows of both."""
    n = a.n + b.n
    share = b.n / n
    way, target = b.x - a.x, b.y - a.y
    return Sums(
        n, a.x + share * way, a.y + share * target,
        a.xx + b.xx + a.n * share * np.outer(way, way), a.xy + b.xy + a.n * share * np.outer(way, target),
    )  # fmt: skip
