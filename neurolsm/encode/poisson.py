"""Poisson (Bernoulli) rate code."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.describe import checks
from neurolsm.encode.values import Bound, Rows, Steps, check_range, join, pack, pieces, read, to_unit
from neurolsm.program.spikes import Spikes
from neurolsm.random import stream


@dataclass(frozen=True, kw_only=True)
class PoissonEncoder:
    """A spike in each step with a probability that grows with the value.

        P(spike at t) = rate x(t),   x = (value - low) / (high - low) in 0..1

    Every sample has a random stream of its own, named by a hash of its values under ``seed``. So its spikes depend on the
    seed and on the sample, not on its place in the batch; equal samples get equal spikes. For another draw of the same
    samples take another seed: ``dataclasses.replace(encoder, seed=1)``.

    Args:
        steps: for how many steps a static value is held, at least 1. Values over time bring their own length.
        rate: probability of a spike in a step at the largest value, above 0 and at most 1.
        seed: 0 to 2**63 - 1.
        low, high: as in ``RateEncoder``.

    Raises:
        InvalidValue: a field outside its range.

    Example:
        >>> import neurolsm as nl
        >>> spikes = nl.PoissonEncoder(steps=1000, rate=0.5, seed=1).encode([[0.4, 0.0]])  # P = 0.2 and 0
        >>> [round(float(share), 1) for share in spikes.dense()[0].mean(axis=0)]
        [0.2, 0.0]
    """

    steps: int = 40
    rate: float = 1.0
    seed: int = 0
    low: Bound = 0.0
    high: Bound = 1.0

    def __post_init__(self) -> None:
        checks.whole(self, "steps", 1)
        checks.number(self, "rate", 0, 1, open_low=True, unit="spikes per step")
        checks.seed(self)
        check_range(self)

    def channels(self, n_values: int) -> int:
        return n_values

    @np.errstate(under="ignore")  # a probability next to nothing is 0
    def encode(self, x: Any) -> Spikes:
        """Spikes of static values [B, N], values over time [B, T, N], or a list of [T_i, N]; one channel per value."""
        values, steps = read("PoissonEncoder", x)
        probability = to_unit("PoissonEncoder", values, self.low, self.high) * self.rate
        parts = [pack(self._raster(r, s), s) for r, s in pieces(probability, steps, self.steps)]
        return join(parts, probability.shape[1])

    def _raster(self, rows: Rows, steps: Steps) -> NDArray[np.bool_]:
        raster = np.zeros(rows.shape, bool)
        for first, last in zip(np.cumsum(steps) - steps, np.cumsum(steps), strict=True):
            sample = np.ascontiguousarray(rows[first:last], "<f8")
            name = f"encode/poisson/{hashlib.sha256(sample.tobytes()).hexdigest()}"
            raster[first:last] = stream(self.seed, name).random(sample.shape) < sample
        return raster
