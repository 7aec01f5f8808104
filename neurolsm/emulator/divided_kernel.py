"""The neurons of one share of a network in one step: update them, collect who fired; their synapses are delivered elsewhere."""

# mypy: ignore-errors
from __future__ import annotations

import numpy as np

from neurolsm.compiled import compiled
from neurolsm.emulator.update import FLAGS, adapt, lif, lift
from neurolsm.emulator.vector import collect

u32 = np.uint32


@compiled(**FLAGS)
def fire(
    row, du, dv, bias, vth, threshold, refractory, theta_step, theta_decay, scalar, full, u, v, held, theta, first, fired,
):  # fmt: skip
    """One step with the input ``row``, which is cleared; returns how many fired. ``fired`` [neurons] begins with their indices,
    counted from ``first``. What the others are, see ``kernel.run``."""
    lif(u, v, row, bias, du, dv, scalar)
    if full:
        adapt(v, held, theta, vth, threshold, theta_decay)
    end = collect(v, threshold, fired, 0)
    for k in range(end):
        j = u32(fired[k])
        v[j] = 0
        if full:
            held[j] = refractory[j]
            theta[j] = lift(theta[j], theta_step[j])
        fired[k] += first
    return end
