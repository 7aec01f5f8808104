"""Kernel quality and generalisation rank: how many directions the states of many inputs span."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from neurolsm.errors import refuse
from neurolsm.program.spikes import Spikes

CUTOFF = 0.01  # of the largest singular value


def state_rank(states: ArrayLike, cutoff: float = CUTOFF) -> int:
    """Rank of the states of m inputs: singular values above ``cutoff`` times the largest.

        r = #{k : s_k > cutoff s_1},   s the singular values of the matrix [m, N];   0 <= r <= min(m, N)

    Of m different inputs it is the kernel quality, the higher the better; of m noisy versions of few inputs (``jittered``)
    the generalisation rank, the lower the better. With a cut-off at rounding error both are full for any noisy liquid and say
    nothing; so the cut-off is part of the measure, and only values of one cut-off compare.

    Args:
        states: [m, N].
        cutoff: 0 to below 1.

    Source: Legenstein and Maass, Neural Networks 20 (2007), section 4; the cut-off is ours.
    """
    matrix = np.asarray(states, np.float64)
    if matrix.ndim != 2 or not np.isfinite(matrix).all():
        refuse("state_rank", "states", matrix.shape, "must be finite numbers [m, N]", "Give one row per input")
    if not 0 <= cutoff < 1:
        refuse("state_rank", "cutoff", cutoff, "must be at least 0 and below 1", "Take 0.01")
    values = np.linalg.svd(matrix, compute_uv=False)
    return int((values > cutoff * values[0]).sum()) if values.size else 0


def jittered(inputs: Spikes, copies: int, sd: float, seed: int = 0) -> Spikes:
    """``copies`` of each sample whose spikes have moved by a normal deviate of ``sd`` steps, within the sample."""
    if copies < 1 or not sd >= 0:
        refuse("jittered", "copies, sd", (copies, sd), "must be at least 1 and at least 0", "Take 10 and 4")
    rng = np.random.default_rng([seed, 17])
    events = []
    for sample in range(len(inputs)):
        steps, units = inputs.events(sample)
        for _ in range(copies):
            moved = np.rint(steps + rng.normal(0, sd, steps.size)).astype(np.int64)
            events.append((np.clip(moved, 0, int(inputs.steps[sample]) - 1), units))
    return Spikes.from_events(events, inputs.steps.repeat(copies).tolist(), inputs.units)
