"""Controls without a liquid, under the same readout: the last k characters, and a random layer on them."""

# mypy: ignore-errors
from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurolsm.compiled import compiled
from neurolsm.random import stream
from neurolsm_models.language.states import States
from neurolsm_models.language.text import Symbols


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
    weight /= np.arange(1, count + 1, dtype=np.float32)[:, None, None]
    unit = strongest(weight, symbols, active)
    return States(np.arange(symbols.size + 1) * active, unit.ravel(), units)


def _before(symbols: Symbols, k: int) -> NDArray[np.int64]:
    return np.concatenate([np.zeros(k, np.int64), symbols[:-k].astype(np.int64)])


@compiled()
def strongest(weight, symbols, active):
    """The ``active`` units with the largest sums of ``weight`` [count, kinds, units] before each symbol, ascending, int32 [T, active]."""
    count, units = weight.shape[0], weight.shape[2]
    found = np.empty((symbols.size, active), np.int32)
    sums, best, who = np.empty(units, np.float32), np.empty(active, np.float32), np.empty(active, np.int32)
    for t in range(symbols.size):
        sums[:] = 0
        for k in range(min(count, t)):
            row = weight[k, symbols[t - k - 1]]
            for i in range(units):
                sums[i] += row[i]
        for i in range(active):
            best[i], who[i] = sums[i], i
        low = best.argmin()
        for i in range(active, units):
            if sums[i] > best[low]:
                best[low], who[low] = sums[i], i
                low = best.argmin()
        found[t] = np.sort(who)
    return found
