"""Short-term plasticity at the spikes of a step: what each synapse delivers, and what it remembers.

    u <- U + u (1 - U) exp(-age / facilitation),   R <- 1 + (R - 1) exp(-age / recovery)
    delivered: weight u R,   then R <- R - u R

with the age of the source in steps. Between spikes only the age moves.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.program import Projection
from neurolsm.program.short_term import LONG_AGO, ShortTermState


def deliver_dynamic(
    projection: Projection, memory: ShortTermState, sources: NDArray[Any], pending: NDArray[np.float64]
) -> None:
    """Add what the firing ``sources`` send to ``pending``; every source grows one step older."""
    constants = projection.short_term
    assert constants is not None
    memory.age[:] = np.minimum(memory.age + 1, LONG_AGO)
    for source in sources:
        s = slice(projection.indptr[source], projection.indptr[source + 1])
        age = float(memory.age[source])
        use = constants.use[s]
        u = use + memory.spent[s] * (1 - use) * np.exp(-age / constants.facilitation[s])
        left = 1 + (memory.left[s] - 1) * np.exp(-age / constants.recovery[s])
        np.add.at(pending, (projection.delay[s], projection.post[s]), projection.weight[s] * u * left)
        memory.spent[s] = u
        memory.left[s] = left - u * left
        memory.age[source] = 0
