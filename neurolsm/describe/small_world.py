"""Small-world connections: a ring of neighbours, some of them rewired."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurolsm.describe import checks
from neurolsm.describe.graph import Graph, draw_inhibitory
from neurolsm.errors import refuse
from neurolsm.memory import BLOCK, blocks


@dataclass(frozen=True, kw_only=True)
class SmallWorld:
    """Each neuron sends to its ``neighbours`` nearest on a ring; each target is replaced at random with ``rewire``.

    Args:
        n: neurons.
        neighbours: outgoing synapses of each neuron before doubles are merged, even, below n.
        rewire: probability that a synapse goes to a random neuron instead, 0..1.
        inhibitory: share of inhibitory neurons, 0..1.

    Raises:
        InvalidValue: a field outside its range.

    Source: Watts and Strogatz, Nature 393 (1998), in its directed form.

    Example:
        >>> import numpy as np
        >>> import neurolsm as nl
        >>> ring = nl.SmallWorld(n=4, neighbours=2, rewire=0.0).draw(np.random.default_rng(1))
        >>> list(zip(ring.pre.tolist(), ring.post.tolist()))
        [(0, 1), (0, 3), (1, 0), (1, 2), (2, 1), (2, 3), (3, 0), (3, 2)]
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

    @property
    def expected_synapses(self) -> float:
        return self.n * self.neighbours

    def draw(self, rng: np.random.Generator) -> Graph:
        inhibitory = draw_inhibitory(self.n, self.inhibitory, rng)
        half, width = self.neighbours // 2, self.neighbours
        offsets = np.concatenate([np.arange(-half, 0), np.arange(1, half + 1)])
        rewired = np.empty((self.n, width), bool)
        rows = list(blocks(self.n, max(1, BLOCK // max(width, 1))))
        for block in rows:
            rewired[block] = rng.random((block.stop - block.start, width)) < self.rewire
        found, fan_out = [np.zeros(0, np.int32)], np.zeros(self.n, np.int64)
        for block in rows:
            pre = np.arange(block.start, block.stop)[:, None]
            post, moved = (pre + offsets) % self.n, rewired[block]
            jump = rng.integers(0, max(self.n - 1, 1), int(moved.sum()))
            post[moved] = (np.broadcast_to(pre, moved.shape)[moved] + 1 + jump) % self.n
            post.sort(axis=1)
            first = np.ones(post.shape, bool)  # of its doubles
            first[:, 1:] = post[:, 1:] != post[:, :-1]
            found.append(post[first].astype(np.int32))
            fan_out[block] = first.sum(axis=1)
        pre = np.repeat(np.arange(self.n, dtype=np.int32), fan_out)
        angle = 2 * np.pi * np.arange(self.n) / self.n
        radius = self.n / (2 * np.pi)  # neighbours on the ring are about one unit apart
        position = radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        return Graph(inhibitory, pre, np.concatenate(found), position=position)
