"""What ridge regression needs of the data: the rows while they are few, their sums once they outnumber the features."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

Array = NDArray[np.float64]
Rows = NDArray[Any]  # float32 or float64
PIECE = 4096  # rows whose products are formed at once; larger gains no speed


@dataclass(eq=False)
class Moments:
    """Rows x [F] and targets y [K] seen so far, in the cheaper of two forms.

    With fewer rows than features the rows themselves are kept; from then on only the sums of x, y, x x' and x y' are. Either
    way the solution is that of one batch with all rows, in any order, up to rounding. Products of float32 rows, such as liquid
    states, are formed in float32, a piece at a time, and summed in float64.

    Attributes:
        origin: subtracted from every row first, so that large means cost no digits [F].
        n: number of rows.
        rows: pieces (x [B, F], y [B, K]) that are in no sum yet.
        sums: sum of x, of y, of x x' and of x y'; None while all rows are kept.
    """

    origin: Array
    n: int = 0
    rows: list[tuple[Rows, Array]] = field(default_factory=list)
    sums: tuple[Array, Array, Array, Array] | None = None

    def add(self, x: Rows, y: Array) -> None:
        """Take in rows [B, F] and targets [B, K]."""
        self.n += len(x)
        self.rows.append((x - self.origin.astype(x.dtype), y))
        if self.n >= self.origin.size and sum(len(kept) for kept, _ in self.rows) >= PIECE:
            self._sum()

    def _sum(self) -> None:
        """Move all rows into the sums."""
        x, y = self._kept()
        self.rows = []
        if self.sums is None:
            f, k = x.shape[1], y.shape[1]
            self.sums = np.zeros(f), np.zeros(k), np.zeros((f, f)), np.zeros((f, k))
        for first in range(0, len(x), PIECE):
            a, b = x[first : first + PIECE], y[first : first + PIECE]
            for total, new in zip(
                self.sums, (a.sum(axis=0, dtype=float), b.sum(axis=0), a.T @ a, a.T @ b), strict=True
            ):
                total += new

    def _kept(self) -> tuple[Rows, Array]:
        return np.concatenate([x for x, _ in self.rows]), np.concatenate([y for _, y in self.rows])

    def solve(self, ridge: float) -> tuple[Array, Array]:
        """Weights [F, K] and offset [K] of ridge regression on standardised rows z = (x - mean) / sd.

            minimise  sum |y - mean(y) - W' z|^2 + ridge F |W|^2

        Constant features get weight 0.
        """
        if self.n >= self.origin.size and self.rows:
            self._sum()
        if self.sums is None:
            x, y = self._kept()
            mean, target = x.mean(axis=0, dtype=float), y.mean(axis=0)
            z = x - mean
            sd = _deviation((z**2).mean(axis=0), mean)
            z /= sd
            weights = z.T @ _positive_solve(z @ z.T, ridge * z.shape[1], y - target)
        else:
            x, y, xx, xy = self.sums
            mean, target = x / self.n, y / self.n
            sd = _deviation((np.diag(xx) - mean * x) / self.n, mean)
            gram = xx.copy()  # the one copy, of gigabytes where features are many: changed in place from here on
            for i in range(gram.shape[0]):
                gram[i] -= mean[i] * x
                gram[i] /= sd[i] * sd
            weights = _positive_solve(gram, ridge * x.size, (xy - np.outer(mean, y)) / sd[:, None])
        weights /= sd[:, None]
        return weights, target - (mean + self.origin) @ weights


def _deviation(variance: Array, mean: Array) -> Array:
    """Standard deviations; infinite, so that the feature drops out, where the variance is rounding error."""
    constant = variance <= 1e-12 * (1e-12 + mean**2)
    return np.where(constant, np.inf, np.sqrt(np.where(constant, 1, variance)))


def _positive_solve(gram: Array, ridge: float, right: Array) -> Array:
    gram[np.diag_indices_from(gram)] += ridge
    # The transpose is the same matrix in the order that LAPACK works on in place.
    factor = scipy.linalg.cho_factor(gram.T, lower=True, overwrite_a=True, check_finite=False)
    return np.asarray(scipy.linalg.cho_solve(factor, right, check_finite=False))
