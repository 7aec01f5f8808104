"""The static kernel: update all neurons, collect who fired, deliver their synapses; a step at a time.

Input on its way lies in ``ring``, one row of n sums a step. It has twice as many rows as the longest delay needs: the current
row moves down it, targets are ``delay * n + post`` from there, and no synapse has to ask whether it passed the end. After
``slots`` steps the second half, all that is still on its way, becomes the first.
"""

# mypy: ignore-errors
from __future__ import annotations

import numpy as np

from neurolsm.compiled import compiled
from neurolsm.emulator.lending import lent
from neurolsm.emulator.update import FLAGS, INNER, OWNING, adapt, lif, lift
from neurolsm.emulator.vector import AHEAD, FAR_AHEAD, LINE, collect, copy, prefetch

u32, i64 = np.uint32, np.int64


@compiled(**OWNING)
def grow(buffer, needed):
    """``buffer``, or a copy at least twice as long if it cannot hold ``needed`` entries."""
    if needed <= buffer.size:
        return buffer
    longer = np.empty(max(2 * buffer.size, needed), buffer.dtype)
    for i in range(buffer.size):
        longer[i] = buffer[i]
    return longer


@compiled(**FLAGS)
def deliver(ring, base, sources, ptr, target, weight):
    """Add all synapses of ``sources`` to the rows from ``base`` on; returns how many they are."""
    events = i64(0)
    targets, weights = (
        LINE // 2 if target.itemsize == 2 else LINE // 4,
        LINE // 2 if weight.itemsize == 2 else LINE // 8,
    )
    for k in range(sources.size):
        if k + FAR_AHEAD < sources.size:
            prefetch(ptr, sources[k + FAR_AHEAD])  # else the loops below, whose ends it says, wait for it
        if k + AHEAD < sources.size:
            j = u32(sources[k + AHEAD])
            for s in range(ptr[j], ptr[j + u32(1)], targets):
                prefetch(target, s)
            for s in range(ptr[j], ptr[j + u32(1)], weights):
                prefetch(weight, s)
        j = u32(sources[k])
        events += i64(ptr[j + u32(1)]) - i64(ptr[j])
        for s in range(ptr[j], ptr[j + u32(1)]):
            ring[base + target[s]] += weight[s]
    return events


@compiled(**INNER)
def turn(ring, rows, n):
    """Move the ring up by ``rows``, at most half of its length; what has arrived is dropped."""
    half = ring.size // 2
    if rows * n == half:  # in one pass, which a move between overlapping places cannot have
        first, second = ring[:half], ring[half:]
        for i in range(half):
            first[i] = second[i]
            second[i] = 0
    else:
        for i in range(half):
            ring[i] = ring[rows * n + i]
        ring[half:] = 0


@compiled(**FLAGS)
def run(
    indptr, unit, offsets, first, last, carry, in_ptr, in_target, in_weight, ptr, target, weight,
    du, dv, bias, vth, threshold, refractory, theta_step, theta_decay, scalar, full, slots, fired,
    u, v, held, theta, ring, u_final, v_final, u_trace, v_trace, counts, synops,
):  # fmt: skip
    """Samples ``first`` to ``last`` -> all spiking neurons in order; ``counts[row]`` is how many fired in that row.

    ``ring`` [2 * slots * n] holds the input of the coming steps; row 0 is the next step when the function starts and when it
    ends. With ``full`` false, refractory periods and adaptive thresholds are skipped. ``threshold`` [n] equals ``vth`` and is
    changed where thresholds adapt. ``fired`` is space for the result, replaced if it is too short.
    """
    n = u.size
    indptr, unit, offsets, in_ptr, in_target, in_weight, ptr, target, weight = lent(
        (indptr, unit, offsets, in_ptr, in_target, in_weight, ptr, target, weight)
    )
    du, dv, bias, vth, refractory, theta_step, theta_decay, threshold = lent(
        (du, dv, bias, vth, refractory, theta_step, theta_decay, threshold)
    )
    u, v, held, theta, ring, u_final, v_final, u_trace, v_trace, counts, synops = lent(
        (u, v, held, theta, ring, u_final, v_final, u_trace, v_trace, counts, synops)
    )
    total = i64(0)
    for b in range(first, last):
        if not carry:
            u[:] = 0
            v[:] = 0
            held[:] = 0
            theta[:] = 0
            ring[:] = 0
        events = i64(0)
        r = i64(0)
        for row in range(offsets[b], offsets[b + 1]):
            lif(u, v, ring[r * n : (r + 1) * n], bias, du, dv, scalar)
            if full:
                adapt(v, held, theta, vth, threshold, theta_decay)
            fired = grow(fired, total + n + 1)
            end = collect(v, threshold, fired, total)
            counts[row] = end - total
            spikes = fired[total:end]
            for k in range(spikes.size):
                j = u32(spikes[k])
                v[j] = 0
                if full:
                    held[j] = refractory[j]
                    theta[j] = lift(theta[j], theta_step[j])
            total = end
            r += 1
            base = u32(r * n)
            events += deliver(ring, base, spikes, ptr, target, weight)
            events += deliver(ring, base, unit[indptr[row] : indptr[row + 1]], in_ptr, in_target, in_weight)
            if u_trace.shape[0] > 0:
                copy(u, u_trace[row])
            if v_trace.shape[0] > 0:
                copy(v, v_trace[row])
            if r == slots:
                turn(ring, r, n)
                r = i64(0)
        if carry or b == last - 1:  # else the next sample clears it
            turn(ring, r, n)
        synops[b] = events
        copy(u, u_final[b])
        copy(v, v_final[b])
    return fired[:total]
