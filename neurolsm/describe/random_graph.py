"""Uniform random connections."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurolsm.describe import checks
from neurolsm.describe.graph import Graph, bernoulli_pairs, draw_inhibitory, sparse_pairs

EVERY_PAIR = 1 << 13  # neurons up to which a number is drawn for every pair; beyond, for every synapse


@dataclass(frozen=True, kw_only=True)
class RandomGraph:
    """Every ordered pair of different neurons is connected with the same probability.

    Args:
        n: neurons.
        density: probability of a connection, 0..1.
        inhibitory: share of inhibitory neurons, 0..1.

    Raises:
        InvalidValue: a field outside its range.

    Example:
        >>> import neurolsm as nl
        >>> nl.RandomGraph(n=100, density=0.1).expected_synapses  # 0.1 * 100 * 99
        990.0
    """

    n: int
    density: float = 0.1
    inhibitory: float = 0.2

    def __post_init__(self) -> None:
        checks.whole(self, "n", 1)
        checks.probability(self, "density")
        checks.probability(self, "inhibitory")

    @property
    def expected_synapses(self) -> float:
        return self.density * self.n * (self.n - 1)

    def draw(self, rng: np.random.Generator) -> Graph:
        inhibitory = draw_inhibitory(self.n, self.inhibitory, rng)
        if self.n <= EVERY_PAIR:
            pre, post = bernoulli_pairs(self.n, lambda rows: self.density, rng)
        else:
            pre, post = sparse_pairs(self.n, self.density, rng)
        return Graph(inhibitory, pre, post)
