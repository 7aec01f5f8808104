"""What a topology draws: who is inhibitory, who is connected to whom, and where they sit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Graph:
    """A drawn liquid.

    Attributes:
        inhibitory: who is inhibitory, bool [n].
        pre, post: the synapses, int32 [synapses], sorted by (pre, post), each pair once.
        weight: signed weights in units of the threshold, if the topology fixes them, else None.
        position: coordinates [n, dimensions], if the topology has a geometry, else None.
        delay: of the synapses, seconds, at least 0, if the topology fixes them, else None.
    """

    inhibitory: NDArray[np.bool_]
    pre: NDArray[np.int32]
    post: NDArray[np.int32]
    weight: NDArray[np.float64] | None = None
    position: NDArray[np.float64] | None = None
    delay: NDArray[np.float64] | None = None


@runtime_checkable
class Topology(Protocol):
    """A frozen description that draws a ``Graph``.

    It may also have ``expected_synapses``: how many synapses ``draw`` will find, on average or at most, so that a network that does
    not fit into memory is refused before it is drawn.
    """

    @property
    def n(self) -> int:
        """Number of neurons, at least 1."""

    def draw(self, rng: np.random.Generator) -> Graph:
        """The synapses; whatever is random comes from ``rng``."""


def draw_inhibitory(n: int, share: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Exactly round(share * n) inhibitory neurons, at random places."""
    inhibitory = np.zeros(n, bool)
    inhibitory[rng.permutation(n)[: round(share * n)]] = True
    return inhibitory


def bernoulli_pairs(
    n: int, probability: Any, rng: np.random.Generator, *, cells: int = 1 << 22
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Connect i to j with ``probability(i_slice)`` [rows, n], without self-connections; a block of rows at a time."""
    found_pre, found_post = [np.zeros(0, np.int32)], [np.zeros(0, np.int32)]
    block = max(1, cells // max(n, 1))
    for start in range(0, n, block):
        rows = slice(start, min(start + block, n))
        hit = rng.random((rows.stop - start, n)) < probability(rows)
        pre, post = np.nonzero(hit)
        keep = pre + start != post
        found_pre.append((pre[keep] + start).astype(np.int32))
        found_post.append(post[keep].astype(np.int32))
    return np.concatenate(found_pre), np.concatenate(found_post)


def sparse_pairs(
    n: int, probability: float, rng: np.random.Generator, *, draws: int = 1 << 22
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Connect every i to every other j with the same ``probability``, at a cost that grows with the synapses alone.

    The ordered pairs (i, j != i) form one line; the gaps between connected ones follow a geometric law.
    """
    found_pre, found_post = [np.zeros(0, np.int32)], [np.zeros(0, np.int32)]
    pairs, last = n * (n - 1), -1
    draws = min(draws, int(2 * probability * pairs) + 10)
    while probability > 0 and last < pairs:
        place = last + np.cumsum(
            np.minimum(rng.geometric(probability, draws), pairs + 1)
        )  # huge gaps would leave 64 bits
        last = int(place[-1])
        pre, post = np.divmod(place[: np.searchsorted(place, pairs)], n - 1)
        found_pre.append(pre.astype(np.int32))
        found_post.append((post + (post >= pre)).astype(np.int32))
    return np.concatenate(found_pre), np.concatenate(found_post)
