"""What ridge regression needs of the data: the rows while they are few, their moments once they outnumber the features."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

Array = NDArray[np.float64]
Rows = NDArray[Any]  # float32 or float64
PIECE = 4096  # rows whose products are formed at once; larger gains no speed
FAR = 30.0  # times the furthest sample that was learned from; see Solution
EPSILON = float(np.finfo(np.float64).eps)


class Solution(NamedTuple):
    """Weights for standardised features, and what standardises them.

        y = target + W' z,   z = (x - mean) / sd,   but z_i = 0 where |z_i| > far_i

    A feature that hardly varied among the rows that were learned from may vary as usual later. Divided by the spread it had, it
    would then drown all others. So far from anything seen nothing is known of it, and it counts as its mean. Far is told by the
    furthest row and not by the spread, so that a feature that was 0 but once, as spike counts are, may well come more often.

    Attributes:
        mean, sd: of each feature [F]; sd is infinite for features that did not vary.
        far: ``FAR`` times the largest |z_i| of the rows that were learned from [F].
        weights: [F, K].
        target: mean of the targets [K].
    """

    mean: Array
    sd: Array
    far: Array
    weights: Array
    target: Array

    def __call__(self, rows: Rows) -> Array:
        """Outputs [B, K]."""
        found = np.empty((len(rows), self.target.size))
        for part in _parts(len(rows)):
            with np.errstate(over="ignore", under="ignore"):
                z = (rows[part].astype(np.float64) - self.mean) / self.sd
                z[np.abs(z) > self.far] = 0
                found[part] = z @ self.weights + self.target
        return found


@dataclass(eq=False)
class Sums:
    """Means and products of deviations from the means of ``n`` rows, the form in which no mean costs digits.

    Attributes:
        n: number of rows.
        x, y: mean of the features [F] and of the targets [K].
        xx, xy: sums of (x - mean) (x - mean)' [F, F] and of (x - mean) (y - mean)' [F, K].
    """

    n: int
    x: Array
    y: Array
    xx: Array
    xy: Array

    @staticmethod
    def none(f: int, k: int) -> Sums:
        return Sums(0, np.zeros(f), np.zeros(k), np.zeros((f, f)), np.zeros((f, k)))

    def copy(self) -> Sums:
        return Sums(self.n, self.x, self.y, self.xx.copy(), self.xy.copy())

    def add(self, x: Rows, y: Array) -> None:
        """Take in rows: two sets of rows have the products of both, and those of the way between their means.

        Source: Chan, Golub and LeVeque, The American Statistician 37 (1983).
        """
        with np.errstate(under="ignore"):
            for part in _parts(len(x)):
                (a, mean), (b, target) = _centred(x[part], 1), _centred(y[part], 1)
                n = self.n + len(a) - 1
                share = (len(a) - 1) / n
                way, target_way = mean - self.x, target - self.y
                a[-1], b[-1] = (np.sqrt(self.n * share) * each for each in (way, target_way))
                xx, xy = a.T @ a, a.T @ b
                self.n, self.x, self.y = n, self.x + share * way, self.y + share * target_way
                self.xx += xx
                self.xy += xy


@dataclass(eq=False)
class Moments:
    """Rows x [F] and targets y [K] seen so far, in the cheaper of two forms.

    With fewer rows than features the rows themselves are kept; from then on only their ``Sums`` are. Either way the solution is
    that of one batch with all rows, in any order, up to rounding: everything is computed in float64, and no batch, the first as
    little as any other, decides how the others are read.

    Attributes:
        f, k: numbers of features and of targets.
        ridge: for the solution.
        n: number of rows.
        low, high: the smallest and the largest value of each feature [F].
        rows: pieces (x [B, F], y [B, K]) that are in no sum yet.
        sums: of the rows before; None while all rows are kept.
        solution: of all rows; None until it is asked for.
    """

    f: int
    k: int
    ridge: float
    n: int = 0
    low: Array | float = np.inf
    high: Array | float = -np.inf
    rows: list[tuple[Rows, Array]] = field(default_factory=list)
    sums: Sums | None = None
    solution: Solution | None = None

    def add(self, x: Rows, y: Array) -> None:
        """Take in rows [B, F] and targets [B, K], which are copied."""
        self.solution = None
        self.n += len(x)
        self.low = np.minimum(self.low, x.min(axis=0)).astype(np.float64)
        self.high = np.maximum(self.high, x.max(axis=0)).astype(np.float64)
        self.rows.append((np.array(x), np.array(y)))
        waiting = self.n - (self.sums.n if self.sums else 0)
        if self.n >= self.f and waiting >= PIECE:
            if self.sums is None:
                self.sums = Sums.none(self.f, self.k)
            self.sums.add(*self._waiting())
            self.rows = []

    def solve(self) -> Solution:
        """Ridge regression on standardised rows z = (x - mean) / sd. Features that do not vary have no say.

        minimise  sum |y - mean(y) - W' z|^2 + ridge F |W|^2
        """
        if self.solution is None:
            with np.errstate(under="ignore"):
                self.solution = self._dual() if self.n < self.f else self.primal()
        return self.solution

    def _waiting(self) -> tuple[Rows, Array]:
        return np.concatenate([x for x, _ in self.rows]), np.concatenate([y for _, y in self.rows])

    def _dual(self) -> Solution:
        x, y = self._waiting()
        (z, mean), (b, target) = _centred(x), _centred(y)
        sd = deviation((z**2).sum(axis=0), mean, self.n)
        z /= sd
        return self._found(mean, sd, z.T @ positive_solve(z @ z.T, self.ridge * self.f, b), target)

    def primal(self) -> Solution:
        # A copy, of gigabytes where features are many and the only one: changed in place from here on.
        sums = self.sums.copy() if self.sums else Sums.none(self.f, self.k)
        if self.rows:
            sums.add(*self._waiting())
        gram = sums.xx
        sd = deviation(np.diag(gram), sums.x, self.n)
        for i in range(self.f):
            gram[i] /= sd[i]
            gram[i] /= sd
        return self._found(sums.x, sd, positive_solve(gram, self.ridge * self.f, sums.xy / sd[:, None]), sums.y)

    def _found(self, mean: Array, sd: Array, weights: Array, target: Array) -> Solution:
        with np.errstate(over="ignore"):
            far = FAR * (np.maximum(self.high - mean, mean - self.low) / sd)
        return Solution(mean, sd, far, weights, target)


def _parts(n: int) -> Iterator[slice]:
    return (slice(k, min(k + PIECE, n)) for k in range(0, n, PIECE))


def _centred(x: Rows, spare: int = 0) -> tuple[Array, Array]:
    """Rows in float64 less their mean, with ``spare`` rows of zeros below, and the mean."""
    rows = np.zeros((len(x) + spare, x.shape[1]))
    a = rows[: len(x)]
    a[:] = x
    mean = a.mean(axis=0)
    a -= mean
    rest = a.mean(axis=0)  # the mean of many rows is rounded; what is left of it is not
    a -= rest
    return rows, mean + rest


def deviation(squares: Array, mean: Array, n: int) -> Array:
    """Standard deviations from sums of squares; infinite, so that the feature drops out, where they are rounding error of the
    mean: the bound is that of scikit-learn's ``StandardScaler``."""
    variance = squares / n
    constant = variance <= n * EPSILON * variance + (n * EPSILON * mean) ** 2
    return np.where(constant, np.inf, np.sqrt(variance))


def positive_solve(gram: Array, ridge: float, right: Array) -> Array:
    """The solution w of (gram + ridge) w = right; of the shortest length where so small a ridge leaves it open."""
    gram[np.diag_indices_from(gram)] += ridge
    diagonal = gram.diagonal().copy()
    try:
        # The transpose is the same matrix in the order that LAPACK works on in place: it changes this half and the diagonal.
        factor = scipy.linalg.cho_factor(gram.T, lower=True, overwrite_a=True, check_finite=False)
        pivots = factor[0].diagonal()
        if pivots.min() ** 2 > len(gram) * EPSILON * pivots.max() ** 2:
            return np.asarray(scipy.linalg.cho_solve(factor, right, check_finite=False))
    except np.linalg.LinAlgError:
        pass
    gram[np.diag_indices_from(gram)] = diagonal
    values, vectors = scipy.linalg.eigh(gram.T, lower=False, overwrite_a=True, check_finite=False)
    kept = values > len(gram) * EPSILON * values.max(initial=0)
    vectors = vectors[:, kept]
    return np.asarray(vectors @ ((vectors.T @ right) / values[kept, None]))
