"""The static kernel: update all neurons, collect who fired, deliver their synapses; a step at a time."""

# mypy: ignore-errors
from __future__ import annotations

import numba as nb
import numpy as np

from neurolsm.emulator.update import FLAGS, adapt, lif, lift

u32 = np.uint32


@nb.njit(cache=True, **FLAGS)
def grow(buffer, needed):
    """``buffer``, or a copy at least twice as long if it cannot hold ``needed`` entries."""
    if needed <= buffer.size:
        return buffer
    longer = np.empty(max(2 * buffer.size, needed), buffer.dtype)
    longer[: buffer.size] = buffer
    return longer


@nb.njit(cache=True, **FLAGS)
def run(
    indptr,
    unit,
    offsets,
    first,
    last,
    carry,
    in_ptr,
    in_target,
    in_weight,
    ptr,
    target,
    weight,
    du,
    dv,
    bias,
    vth,
    refractory,
    theta_step,
    theta_decay,
    scalar,
    full,
    slots,
    u,
    v,
    held,
    theta,
    ring,
    u_final,
    v_final,
    u_trace,
    v_trace,
    counts,
    synops,
):
    """Samples ``first`` to ``last`` -> all spiking neurons in order; ``counts[row]`` is how many fired in that row.

    ``ring`` [slots * n] holds the input of the coming steps; row 0 is the next step when the function starts and when it
    ends. With ``full`` false, refractory periods and adaptive thresholds are skipped.
    """
    n = u.size
    size = u32(slots * n)
    fired = np.empty(4 * n + 64, np.int32)
    threshold = vth.copy()
    total = 0
    for b in range(first, last):
        if not carry:
            u[:] = 0
            v[:] = 0
            held[:] = 0
            theta[:] = 0
            ring[:] = 0
        steps = offsets[b + 1] - offsets[b]
        events = 0
        for t in range(steps):
            row = offsets[b] + t
            start = u32(t % slots) * u32(n)
            lif(u, v, ring[start : start + n], bias, du, dv, scalar)
            if full:
                adapt(v, held, theta, vth, threshold, theta_decay)
            fired = grow(fired, total + n + 1)
            end = total
            for i in range(n):
                fired[end] = i
                end += 1 if v[i] > threshold[i] else 0
            counts[row] = end - total
            base = u32(((t + 1) % slots) * n)
            for k in range(total, end):
                j = u32(fired[k])
                v[j] = 0
                if full:
                    held[j] = refractory[j]
                    theta[j] = lift(theta[j], theta_step[j])
                events += np.int64(ptr[j + u32(1)]) - np.int64(ptr[j])
                for s in range(ptr[j], ptr[j + u32(1)]):
                    x = base + target[s]
                    if x >= size:
                        x -= size
                    ring[x] += weight[s]
            total = end
            for k in range(indptr[row], indptr[row + 1]):
                j = u32(unit[k])
                events += np.int64(in_ptr[j + u32(1)]) - np.int64(in_ptr[j])
                for s in range(in_ptr[j], in_ptr[j + u32(1)]):
                    x = base + in_target[s]
                    if x >= size:
                        x -= size
                    ring[x] += in_weight[s]
            if u_trace.shape[0] > 0:
                u_trace[row] = u
            if v_trace.shape[0] > 0:
                v_trace[row] = v
        shift = (steps % slots) * n
        if shift > 0:
            ring[:] = np.concatenate((ring[shift:], ring[:shift]))
        synops[b] = events
        u_final[b] = u
        v_final[b] = v
    return fired[:total]
