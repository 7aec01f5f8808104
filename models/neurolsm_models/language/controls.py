"""Controls without a liquid, under the same readout: the last k characters, and a random layer on them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurolsm.random import stream
from neurolsm_models.language.states import States
from neurolsm_models.language.text import Symbols

BLOCK = 2048  # characters worked on at a time


def last_characters(symbols: Symbols, count: int, kinds: int) -> States:
    """Before each character, one unit for each of the ``count`` characters before it, place by place (one-hot)."""
    unit = np.concatenate([_before(symbols, k) + (k - 1) * kinds for k in range(1, count + 1)])
    known = np.concatenate([np.arange(symbols.size) >= k for k in range(1, count + 1)])
    at = np.tile(np.arange(symbols.size), count)[known]
    order = np.argsort(at, kind="stable")
    indptr = np.concatenate([[0], np.cumsum(np.bincount(at, minlength=symbols.size))])
    return States(indptr, unit[known][order].astype(np.int32), count * kinds)


def random_layer(symbols: Symbols, count: int, kinds: int, units: int, active: int, seed: int) -> States:
    """Binary units that see the last ``count`` characters through Gaussian weights; the ``active`` strongest fire.

    As many units, and as many of them at a time, as the liquid has, but no time, no recurrence and no growth.
    """
    weight = stream(seed, "language/random layer").standard_normal((count, kinds, units)).astype(np.float32)
    found = []
    for start in range(0, symbols.size, BLOCK):
        stop = min(start + BLOCK, symbols.size)
        sums = np.zeros((stop - start, units), np.float32)
        for k in range(1, count + 1):
            seen = slice(max(start, k), stop)
            sums[seen.start - start :] += weight[k - 1, symbols[seen.start - k : stop - k]] / np.float32(k)
        found.append(np.argpartition(sums, units - active, axis=1)[:, units - active :].astype(np.int32))
    unit = np.concatenate(found)
    return States(np.arange(symbols.size + 1) * active, unit.ravel(), units)


def _before(symbols: Symbols, k: int) -> NDArray[np.int64]:
    return np.concatenate([np.zeros(k, np.int64), symbols[:-k].astype(np.int64)])
