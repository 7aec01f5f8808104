"""What ridge regression needs of the data: the rows while they are few, their sums once they outnumber the features."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(eq=False)
class Moments:
    """Rows x [F] and targets y [K] seen so far, in the cheaper of two forms.

    With fewer rows than features the rows themselves are kept; from then on only the sums of x, y, x x' and x y' are. Either
    way the solution is that of one batch with all rows, in any order, up to rounding.

    Attributes:
        origin: subtracted from every row first, so that large means cost no digits [F].
        n: number of rows.
        rows: pieces (x [B, F], y [B, K]); none once summed.
        sums: sum of x, of y, of x x' and of x y'; None while rows are kept.
    """

    origin: Array
    n: int = 0
    rows: list[tuple[Array, Array]] = field(default_factory=list)
    sums: tuple[Array, Array, Array, Array] | None = None

    def add(self, x: Array, y: Array) -> None:
        """Take in rows [B, F] and targets [B, K]."""
        self.n += len(x)
        self.rows.append((x - self.origin, y))
        if self.n >= self.origin.size:
            x, y = self._kept()
            new = (x.sum(axis=0), y.sum(axis=0), x.T @ x, x.T @ y)
            old = self.sums or (0.0, 0.0, 0.0, 0.0)
            self.sums = (old[0] + new[0], old[1] + new[1], old[2] + new[2], old[3] + new[3])
            self.rows = []

    def _kept(self) -> tuple[Array, Array]:
        return np.concatenate([x for x, _ in self.rows]), np.concatenate([y for _, y in self.rows])

    def solve(self, ridge: float) -> tuple[Array, Array]:
        """Weights [F, K] and offset [K] of ridge regression on standardised rows z = (x - mean) / sd.

            minimise  sum |y - mean(y) - W' z|^2 + ridge F |W|^2

        Constant features get weight 0.
        """
        if self.sums is None:
            x, y = self._kept()
            mean, target = x.mean(axis=0), y.mean(axis=0)
            z = x - mean
            sd = _deviation((z**2).mean(axis=0), mean)
            z /= sd
            weights = z.T @ _positive_solve(z @ z.T, ridge * z.shape[1], y - target)
        else:
            x, y, xx, xy = self.sums
            mean, target = x / self.n, y / self.n
            centred = xx - np.outer(mean, x)
            sd = _deviation(np.diag(centred) / self.n, mean)
            weights = _positive_solve(
                centred / np.outer(sd, sd), ridge * x.size, (xy - np.outer(mean, y)) / sd[:, None]
            )
        weights /= sd[:, None]
        return weights, target - (mean + self.origin) @ weights


def _deviation(variance: Array, mean: Array) -> Array:
    """Standard deviations; infinite, so that the feature drops out, where the variance is rounding error."""
    constant = variance <= 1e-12 * (1e-12 + mean**2)
    return np.where(constant, np.inf, np.sqrt(np.where(constant, 1, variance)))


def _positive_solve(gram: Array, ridge: float, right: Array) -> Array:
    gram[np.diag_indices_from(gram)] += ridge
    factor = scipy.linalg.cho_factor(gram, lower=True, overwrite_a=True, check_finite=False)
    return np.asarray(scipy.linalg.cho_solve(factor, right, check_finite=False))
