"""Information processing capacity: everything a linear readout can compute from the input and its past."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2

from neurolsm.errors import refuse

CHANCE = 1e-4  # share of targets without any capacity that pass the threshold


@dataclass(frozen=True)
class Capacity:
    """Capacities summed by degree.

    Attributes:
        total: of all targets; at most ``bound``.
        by_degree: degree 1 (linear memory), 2, ... .
        bound: linearly independent states.
        targets: how many functions were tried.
    """

    total: float
    by_degree: tuple[float, ...]
    bound: int
    targets: int


def processing_capacity(
    u: ArrayLike, states: ArrayLike, *, degree: int = 3, delays: tuple[int, ...] = (60, 20, 8)
) -> Capacity:
    """Capacity over an orthonormal set of functions of the input's past.

        z(t) = prod_k P_(d_k)(u(t - k)),   C[z] = 1 - min_w <(z - w' x)^2> / <z^2>,   sum_z C[z] <= rank of the states

    with normalised Legendre polynomials P, all delays below a limit and all degrees that sum up to one to ``degree``. What
    lies beyond the limits is not counted, so the total is a lower bound. On T values each target gains about N / T by
    chance; a capacity below twice what chance gives once in 10,000 counts as none.

    Args:
        u: i.i.d. input, uniform in -1..1 [T].
        states: [T, N]; T well above N.
        degree: largest total degree, at least 1.
        delays: for each degree, the number of delays 0, 1, ... that are tried.

    Source: Dambre, Verstraeten, Schrauwen and Massar, Scientific Reports 2, 514 (2012).
    """
    if degree < 1 or len(delays) < degree:
        refuse("processing_capacity", "delays", delays, f"must name a limit for each of {degree} degrees", "Add some")
    projection = Projection.of(u, states)
    by_degree, targets = [], 0
    for total in range(1, degree + 1):
        found = [projection.capacity(target) for target in _targets(total, delays[total - 1])]
        by_degree.append(float(sum(found)))
        targets += len(found)
    return Capacity(sum(by_degree), tuple(by_degree), projection.states, targets)


@dataclass(frozen=True, eq=False)
class Projection:
    """The span of the states: an orthonormal basis of the centred ones, and the input.

    Attributes:
        u: [T].
        basis: [T, rank].
        threshold: capacities below it count as 0.
    """

    u: NDArray[np.float64]
    basis: NDArray[np.float64]
    threshold: float

    @property
    def states(self) -> int:
        return self.basis.shape[1]

    @staticmethod
    def of(u: ArrayLike, states: ArrayLike) -> Projection:
        signal, matrix = np.asarray(u, np.float64), np.asarray(states, np.float64)
        if signal.ndim != 1 or matrix.ndim != 2 or len(matrix) != len(signal):
            refuse(
                "capacity", "states", matrix.shape, f"must be [T, N] with T = {signal.shape}", "Give one row per value"
            )
        if not (np.isfinite(signal).all() and np.isfinite(matrix).all()):
            refuse("capacity", "states", "NaN or infinity", "must be finite", "Look for values that never came")
        if len(signal) < 2 * matrix.shape[1] + 2:
            limit = f"is too few values for {matrix.shape[1]} states"
            refuse(
                "capacity", "T", len(signal), limit, "Give at least twice as many values as states, better twenty times"
            )
        left, size, _ = np.linalg.svd(matrix - matrix.mean(axis=0), full_matrices=False)
        basis = left[:, size > 1e-9 * max(size.max(initial=0), 1e-300)]
        spurious = 2 * float(chi2.isf(CHANCE, max(basis.shape[1], 1))) / len(signal)
        return Projection(signal, basis, spurious if basis.shape[1] else np.inf)

    def capacity(self, target: dict[int, int]) -> float:
        """C of the product of Legendre polynomials, given as delay -> degree."""
        first = max(target)
        z = np.ones(len(self.u) - first)
        for delay, degree in target.items():
            past = self.u[first - delay : len(self.u) - delay]
            z = z * legendre.legval(past, np.eye(degree + 1)[degree])
        z = np.concatenate([np.zeros(first), z - z.mean()])
        power = float(z @ z)
        found = float(np.square(self.basis.T @ z).sum()) / power if power else 0.0
        return found if found > self.threshold else 0.0


def _targets(degree: int, delays: int) -> Iterator[dict[int, int]]:
    """Every way to spread ``degree`` over different delays below ``delays``."""
    for parts in _partitions(degree):
        for chosen in combinations(range(delays), len(parts)):
            for order in sorted(set(_orders(parts))):
                yield dict(zip(chosen, order, strict=True))


def _partitions(total: int, largest: int | None = None) -> Iterator[tuple[int, ...]]:
    if total == 0:
        yield ()
    for part in range(min(total, largest or total), 0, -1):
        for rest in _partitions(total - part, part):
            yield (part, *rest)


def _orders(parts: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    from itertools import permutations

    yield from permutations(parts)
