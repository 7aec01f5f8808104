"""The kernel for short-term plasticity, in float64: the static one, with synapses that remember."""

# mypy: ignore-errors
from __future__ import annotations

import numpy as np

from neurolsm.compiled import compiled
from neurolsm.emulator.kernel import grow
from neurolsm.emulator.lending import lent
from neurolsm.emulator.update import FLAGS, INNER, adapt, lif, lift
from neurolsm.emulator.vector import copy
from neurolsm.program.short_term import LONG_AGO


@compiled(**INNER)
def send(pending, sources, table):
    """All synapses of ``sources``; ``pending`` [slots, n] starts with the next step."""
    indptr, post, delay, weight, use, recovery, facilitation, spent, left, age = table
    for j in range(age.size):
        age[j] = min(age[j] + 1, LONG_AGO)
    events = 0
    for j in sources:
        events += indptr[j + 1] - indptr[j]
        for s in range(indptr[j], indptr[j + 1]):
            u = use[s] + spent[s] * (1 - use[s]) * np.exp(-age[j] / facilitation[s])
            r = 1 + (left[s] - 1) * np.exp(-age[j] / recovery[s])
            pending[delay[s], post[s]] += weight[s] * u * r
            spent[s] = u
            left[s] = r - u * r
        age[j] = 0
    return events


@compiled(**INNER)
def forget(table):
    """The memory of a new sample."""
    table[7][:] = 0
    table[8][:] = 1
    table[9][:] = LONG_AGO


@compiled(**FLAGS)
def run(
    indptr, unit, offsets, first, last, carry, inputs, recurrent,
    du, dv, bias, vth, refractory, theta_step, theta_decay,
    u, v, held, theta, pending, u_final, v_final, u_trace, v_trace, counts, synops,
):  # fmt: skip
    """Samples ``first`` to ``last`` -> all spiking neurons in order, as in the static kernel.

    ``inputs`` and ``recurrent`` are the tables of ``neurolsm.emulator.short_term``. ``pending`` [slots, n]: row 0 is the input of the
    next step.
    """
    n = u.size
    indptr, unit, offsets = lent((indptr, unit, offsets))
    threshold = vth.copy()
    fired = np.empty(4 * n + 64, np.int32)
    total = 0
    for b in range(first, last):
        if not carry:
            u[:] = 0
            v[:] = 0
            held[:] = 0
            theta[:] = 0
            pending[:] = 0
            forget(inputs)
            forget(recurrent)
        synops[b] = 0
        for row in range(offsets[b], offsets[b + 1]):
            now = pending[0].copy()
            pending[:-1] = pending[1:].copy()
            pending[-1] = 0
            lif(u, v, now, bias, du, dv, False)
            adapt(v, held, theta, vth, threshold, theta_decay)
            fired = grow(fired, total + n + 1)
            start = total
            for i in range(n):
                if v[i] > threshold[i]:
                    fired[total] = i
                    total += 1
                    v[i] = 0
                    held[i] = refractory[i]
                    theta[i] = lift(theta[i], theta_step[i])
            counts[row] = total - start
            synops[b] += send(pending, unit[indptr[row] : indptr[row + 1]], inputs)
            synops[b] += send(pending, fired[start:total], recurrent)
            if u_trace.shape[0] > 0:
                copy(u, u_trace[row])
            if v_trace.shape[0] > 0:
                copy(v, v_trace[row])
        copy(u, u_final[b])
        copy(v, v_final[b])
    return fired[:total]
