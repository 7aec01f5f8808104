"""Recursive least squares: a linear readout that follows and forgets."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.linalg
from numpy.typing import NDArray
from scipy.linalg.blas import dsymm, dsymv, dsyr, dsyrk

from neurolsm.readout.moments import Solution, Sums

Array = NDArray[np.float64]
BLOCK = 64  # rows for which P is read and written once
WIDEST = 1e6  # of the prior variance; beyond it nothing more is forgotten, or the gain would grow without a limit


@dataclass(eq=False)
class Follower:
    """Weights that minimise a sum of squared errors in which older errors count less and less.

        k = P z / (forget + z' P z),   W <- W + k (y - W' z),   P <- (P - k z' P) / forget,   z = (x - mean) / sd, 1

    In every step it equals the ridge solution in which the error of n values ago has the weight forget^n, and the penalty
    fades as fast. Where the inputs leave a direction unexcited, P would grow without a limit; once its trace has grown
    ``WIDEST``-fold, nothing more is forgotten until it has shrunk.

    Attributes:
        mean, sd: of the features, fixed when it was made [F].
        weights: [F + 1, K], the last row is the offset.
        p: the inverse of the weighted Gram matrix; only its lower half is kept up to date [F + 1, F + 1].
        forget: above 0, at most 1.
        widest: trace beyond which nothing is forgotten.

    Source: Haykin, Adaptive Filter Theory, chapter on recursive least squares.
    """

    mean: Array
    sd: Array
    weights: Array
    p: Array
    forget: float
    widest: float

    @staticmethod
    def begin(features: int, targets: int, ridge: float, forget: float) -> Follower:
        """Nothing is known; features are taken as they are."""
        p = np.asfortranarray(np.eye(features + 1) / ridge)
        return Follower(
            np.zeros(features),
            np.ones(features),
            np.zeros((features + 1, targets)),
            p,
            forget,
            WIDEST * float(np.trace(p)),
        )

    @staticmethod
    def of(sums: Sums, sd: Array, ridge: float, forget: float) -> Follower:
        """What a ridge readout knows after the rows of ``sums``: its solution, ready to follow."""
        f = sums.x.size
        gram = sums.xx / sd[:, None] / sd
        gram[np.diag_indices(f)] += ridge * f
        p = np.zeros((f + 1, f + 1), order="F")
        p[:f, :f] = scipy.linalg.inv(gram, check_finite=False)
        p[:f, :f] = (p[:f, :f] + p[:f, :f].T) / 2
        p[f, f] = 1 / sums.n
        weights = np.vstack([p[:f, :f] @ (sums.xy / sd[:, None]), sums.y])
        return Follower(sums.x, sd, weights, p, forget, WIDEST * float(np.trace(p)))

    def copy(self) -> Follower:
        return replace(self, weights=self.weights.copy(), p=self.p.copy(order="F"))

    def scaled(self, row: NDArray[np.floating]) -> Array:
        z = np.ones(self.mean.size + 1)
        z[:-1] = (row - self.mean) / self.sd
        return z

    def predict(self, row: NDArray[np.floating]) -> Array:
        """Targets [K] of one row of features [F]."""
        return self.scaled(row) @ self.weights

    def learn(self, row: NDArray[np.floating], y: Array) -> Array:
        """Take in one row and its targets [K]; returns what was predicted before."""
        z = self.scaled(row)
        said = z @ self.weights
        pz = dsymv(1.0, self.p, z, lower=1)
        forget = self.forget if np.trace(self.p) < self.widest else 1.0
        gain = pz / (forget + z @ pz)
        self.weights += np.outer(gain, y - said)
        self.p = dsyr(-1.0 / (forget + z @ pz), pz, a=self.p, lower=1, overwrite_a=1)
        if forget != 1.0:
            self.p /= forget
        return said

    def learn_rows(self, rows: NDArray[np.floating], y: Array) -> Array:
        """``learn`` for one row after the other [B, F] and their targets [B, K]; a row whose target is NaN is only answered.

        P is read and written once for all of them: with z_i the rows and u_i = P z_i, learning from row t turns
        u_i into (u_i - u_t (u_t' z_i) / (forget + z_t' u_t)) / forget for the rows i after it.
        """
        said = np.empty((len(rows), self.weights.shape[1]))
        for first in range(0, len(rows), BLOCK):
            part = slice(first, min(first + BLOCK, len(rows)))
            said[part] = self._block(np.array([self.scaled(row) for row in rows[part]]), y[part])
        return said

    def _block(self, z: Array, y: Array) -> Array:
        said = np.empty((len(z), self.weights.shape[1]))
        u = dsymm(1.0, self.p, z.T, lower=1)
        inner = z @ u
        trace, kept, shares = float(np.trace(self.p)), 1.0, np.zeros(len(z))
        for t in range(len(z)):
            said[t] = z[t] @ self.weights
            if np.isnan(y[t]).any():
                continue
            forget = self.forget if trace < self.widest else 1.0
            below = forget + inner[t, t]
            self.weights += np.outer(u[:, t] / below, y[t] - said[t])
            later = inner[t, t + 1 :].copy()
            u[:, t + 1 :] = (u[:, t + 1 :] - np.outer(u[:, t], later / below)) / forget
            inner[t + 1 :, t + 1 :] = (inner[t + 1 :, t + 1 :] - np.outer(later, later / below)) / forget
            trace = (trace - float(u[:, t] @ u[:, t]) / below) / forget
            shares[: t + 1] /= forget
            shares[t], kept = 1 / (below * forget), kept / forget
        used = shares > 0
        if used.any():
            scaled = np.asfortranarray(u[:, used] * np.sqrt(shares[used]))
            self.p = dsyrk(-1.0, scaled, beta=kept, c=self.p, lower=1, overwrite_c=1)
        return said

    def solution(self) -> Solution:
        """The weights of this moment as a readout of whole batches."""
        return Solution(
            self.mean, self.sd, np.full(self.mean.size, np.inf), self.weights[:-1].copy(), self.weights[-1].copy()
        )
