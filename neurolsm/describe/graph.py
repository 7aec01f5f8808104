"""What a topology draws: who is inhibitory, who is connected to whom, and where they sit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Graph:
    """A drawn liquid.

    Attributes:
        inhibitory: who is inhibitory, bool [n].
        pre, post: the synapses, int64 [synapses], sorted by (pre, post), each pair once.
        weight: signed weights in units of the threshold, if the topology fixes them, else None.
        position: coordinates [n, dimensions], if the topology has a geometry, else None.
    """

    inhibitory: NDArray[np.bool_]
    pre: NDArray[np.int64]
    post: NDArray[np.int64]
    weight: NDArray[np.float64] | None = None
    position: NDArray[np.float64] | None = None


class Topology(Protocol):
    """A frozen description that draws a ``Graph``."""

    @property
    def n(self) -> int: ...

    def draw(self, rng: np.random.Generator) -> Graph: ...


def draw_inhibitory(n: int, share: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Exactly round(share * n) inhibitory neurons, at random places."""
    inhibitory = np.zeros(n, bool)
    inhibitory[rng.permutation(n)[: round(share * n)]] = True
    return inhibitory


def bernoulli_pairs(
    n: int, probability: Any, rng: np.random.Generator, *, cells: int = 1 << 22
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Connect i to j with ``probability(i_slice)`` [rows, n], without self-connections; a block of rows at a time."""
    found_pre, found_post = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    block = max(1, cells // max(n, 1))
    for start in range(0, n, block):
        rows = slice(start, min(start + block, n))
        hit = rng.random((rows.stop - start, n)) < probability(rows)
        pre, post = np.nonzero(hit)
        keep = pre + start != post
        found_pre.append(pre[keep] + start)
        found_post.append(post[keep])
    return np.concatenate(found_pre), np.concatenate(found_post)
