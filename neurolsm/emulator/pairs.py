"""Rules of pairs of spikes: one product where the source fires, read from a trace of the target, one the other way round.

With Lava's stream all synapses of a step round up at the same remainder, so that

    w <- clip(floor((128 w + v + 128 - up) / 128)) = clip(w + floor((v + 128 - up) / 128)),

an integer that depends on one neuron alone: it is worked out once a neuron, and a synapse costs an addition and two limits. Only
where source and target fire together do both products meet in the accumulator, in the order of the rule.
"""

# mypy: ignore-errors
from __future__ import annotations

import numba as nb
import numpy as np

from neurolsm.emulator.codes import HIGH, LOW, MAX, MIN
from neurolsm.emulator.traces import clip
from neurolsm.emulator.update import FLAGS

i32, i64, u32 = np.int32, np.int64, np.uint32
SPACE = 1024  # synapses of sources and targets that fire together, to be treated at a time


@nb.njit(cache=True, **FLAGS)
def value(p, k, trace):
    """What product ``k`` adds to the accumulator at this value of its trace."""
    bound = i32(1 << p[k, 8])
    size = i32(p[k, 1]) * min(max(i32(trace) + i32(p[k, 6]), i32(-bound)), i32(bound - 1))
    return i32(min(max((i64(size) >> p[k, 2]) << p[k, 3], LOW), HIGH))


@nb.njit(cache=True, **FLAGS)
def steps_of(products, k, trace, up, out):
    """Twice the weight step of each neuron, from its trace."""
    mantissa, constant, bound = i32(products[k, 1]), i32(products[k, 6]), i32(1 << products[k, 8])
    right, left, add = i32(products[k, 2]), i32(products[k, 3]), i32(128 - up)
    for j in range(out.size):
        size = i32(mantissa * min(max(i32(i32(trace[j]) + constant), i32(-bound)), i32(bound - 1)))
        total = min(max(i32(i32(size >> right) << left), i32(LOW)), i32(HIGH))
        out[j] = i32(i32(total + add) >> 7) << 1


@nb.njit(cache=True, **FLAGS)
def together(p, kx, ky, w, x, y, up):
    """The weight after a step in which source and target fired, their traces being x and y."""
    acc = i64(w) << 7
    for k in range(2):
        acc = clip(acc + (value(p.products, k, y) if k == kx else value(p.products, k, x)), LOW, HIGH)
    return clip((acc + 128 - up) >> 7, p.flags[MIN], p.flags[MAX])


@nb.njit(cache=True, **FLAGS)
def meet(p, kx, ky, synapses, sources, up):
    """Both products, for synapses whose source and target fired."""
    x, y = p.x[p.products[ky, 5]], p.y[p.products[kx, 5] - 2]
    for k in range(synapses.size):
        s = synapses[k]
        p.weight[s] = together(p, kx, ky, p.weight[s], x[u32(sources[k])], y[u32(p.post[s])], up)


@nb.njit(cache=True, **FLAGS)
def change_pairs(p, pre, post, row, dx, dy, synapses, sources):
    """Update the weights of all synapses from ``pre`` and onto ``post``.

    Scratch space: int16 ``dx`` [n] and ``dy`` [sources], twice the weight step of each neuron, plus 1 in ``dx`` where source and
    target may have fired together, so that such synapses are put aside without a branch; uint32 ``synapses`` and ``sources`` for
    them, ``SPACE`` more than the largest fan-out.
    """
    kx, ky = -1, -1
    for k in range(p.series[1]):
        if p.products[k, 0] == 0:
            kx = k
        else:
            ky = k
    weight, targets, ptr, up = p.weight, p.post, p.ptr, p.up[row]
    low, high = i32(p.flags[MIN]), i32(p.flags[MAX])
    if ky >= 0 and post.size:
        back_ptr, back_synapse, back_pre = p.back_ptr, p.back_synapse, p.back_pre
        steps_of(p.products, ky, p.x[p.products[ky, 5]], up, dy[: p.tx.size])
        if kx >= 0:
            for k in range(pre.size):
                dy[u32(pre[k])] = 0
        for k in range(post.size):
            i = u32(post[k])
            for q in range(u32(back_ptr[i]), u32(back_ptr[i + u32(1)])):
                s = back_synapse[q]
                weight[s] = min(max(i32(i32(weight[s]) + (i32(dy[u32(back_pre[q])]) >> 1)), low), high)
    if kx >= 0 and pre.size:
        steps_of(p.products, kx, p.y[p.products[kx, 5] - 2], up, dx[: p.ty.size])
        if ky >= 0:
            for k in range(post.size):
                dx[u32(post[k])] = 1
        m = named = 0
        for k in range(pre.size):
            j = u32(pre[k])
            for s in range(u32(ptr[j]), u32(ptr[j + u32(1)])):
                step = i32(dx[u32(targets[s])])
                weight[s] = min(max(i32(i32(weight[s]) + (step >> 1)), low), high)
                synapses[m] = s
                m += step & 1
            sources[named:m] = j
            named = m
            if m >= SPACE:
                meet(p, kx, ky, synapses[:m], sources[:m], up)
                m = named = 0
        meet(p, kx, ky, synapses[:m], sources[:m], up)
