"""Small-world connections: a ring of neighbours, some of them rewired."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurolsm.describe import checks
from neurolsm.describe.graph import Graph, draw_inhibitory
from neurolsm.errors import refuse


@dataclass(frozen=True, kw_only=True)
class SmallWorld:
    """Each neuron sends to its ``neighbours`` nearest on a ring; each target is replaced at random with ``rewire``.

    Args:
        n: neurons.
        neighbours: outgoing synapses of each neuron before doubles are merged, even, below n.
        rewire: probability that a synapse goes to a random neuron instead, 0..1.
        inhibitory: share of inhibitory neurons, 0..1.

    Source: Watts and Strogatz, Nature 393 (1998), in its directed form.
    """

    n: int
    neighbours: int = 10
    rewire: float = 0.1
    inhibitory: float = 0.2

    def __post_init__(self) -> None:
        checks.whole(self, "n", 1)
        checks.whole(self, "neighbours", 0, max(self.n - 1, 0))
        if self.neighbours % 2:
            refuse("SmallWorld", "neighbours", self.neighbours, "must be even", "Half of them lie on either side")
        checks.probability(self, "rewire")
        checks.probability(self, "inhibitory")

    def draw(self, rng: np.random.Generator) -> Graph:
        inhibitory = draw_inhibitory(self.n, self.inhibitory, rng)
        half = self.neighbours // 2
        offsets = np.concatenate([np.arange(-half, 0), np.arange(1, half + 1)])
        pre = np.repeat(np.arange(self.n), offsets.size)
        post = (pre + np.tile(offsets, self.n)) % self.n
        rewired = rng.random(pre.size) < self.rewire
        post[rewired] = (pre[rewired] + 1 + rng.integers(0, max(self.n - 1, 1), int(rewired.sum()))) % self.n
        pre, post = np.divmod(np.unique(pre * self.n + post), self.n)
        angle = 2 * np.pi * np.arange(self.n) / self.n
        radius = self.n / (2 * np.pi)  # neighbours on the ring are about one unit apart
        return Graph(inhibitory, pre, post, position=radius * np.stack([np.cos(angle), np.sin(angle)], axis=1))
