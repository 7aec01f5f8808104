"""Delivery of spikes: a spike at step t over a synapse of delay k is input at step t + 1 + k."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.program import Projection


def arrive(pending: NDArray[Any]) -> NDArray[Any]:
    """Take the input of this step from ``pending`` [slots, N] and move the rest one step nearer."""
    now = pending[0].copy()
    pending[:-1] = pending[1:]
    pending[-1] = 0
    return now


def deliver(projection: Projection, sources: NDArray[Any], pending: NDArray[Any]) -> int:
    """Add what the firing ``sources`` send to ``pending``; returns the number of synaptic events."""
    events, effective = 0, projection.effective
    for source in sources:
        synapses = slice(projection.indptr[source], projection.indptr[source + 1])
        np.add.at(pending, (projection.delay[synapses], projection.post[synapses]), effective[synapses])
        events += synapses.stop - synapses.start
    return int(events)
