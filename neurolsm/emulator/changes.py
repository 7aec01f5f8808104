"""What learning does to a list of synapses, in compiled code.

A rule is separable if every product is (something of the source) times (something of the target): then both are worked out
once a neuron, and a synapse costs a multiplication and a shift a product. Rules that read the weight or write tags take the
general way, one product and factor after the other.
"""

# mypy: ignore-errors
from __future__ import annotations

import numba as nb
import numpy as np

from neurolsm.compiled import compiled
from neurolsm.emulator.clip import clip
from neurolsm.emulator.codes import (
    EPOCH,
    HAS_U,
    HAS_X0,
    HAS_Y0,
    HIGH,
    LOW,
    MAX,
    MIN,
    OWN_STREAM,
    SEED,
    TAGS,
    U_NEEDS_X,
    X0,
    Y0,
    C,
    D,
    T,
    W,
)  # fmt: skip
from neurolsm.emulator.rows import keep_small
from neurolsm.emulator.traces import mix
from neurolsm.emulator.update import INNER, OWNING
from neurolsm.emulator.vector import LANES, prefetch, silence

i16, i64, u32, u64 = np.int16, np.int64, np.uint32, np.uint64
FAR = 16  # synapses ahead that are asked for


@compiled(**INNER)
def round_up_at(seed, s, clock):
    """The accumulator modulo 128 at which synapse ``s`` rounds up, in the stream of its own."""
    return i64(mix(seed, clock, s * 8) >> u32(25)) + 1


@nb.njit(forceinline=True, **INNER)
def silent_skipped(p):
    """Whether a source that neither fired nor has a trace cannot change a synapse, unless its target fires."""
    return p.flags[EPOCH] == 1 and p.flags[U_NEEDS_X] == 1 and p.flags[HAS_Y0] == 0


@nb.njit(forceinline=True, **INNER)
def asleep(p, first, stop):
    """Whether the sources ``first`` to ``stop`` - 1 neither fired nor have a trace."""
    x1, x2, last = p.x[0], p.x[1], p.tx
    found = i16(0)
    for j in range(u64(first), u64(stop)):
        found = i16(found | i16(i16(x1[j] | x2[j]) | last[j]))
    return found == 0


# ---------------------------------------------------------------- separable rules


@compiled(**INNER)
def sides(p, u, hy, any_third, a, b):
    """For each product, what the source and what the target contribute: a [products, sources], b [products, n].

    In an epoch of several steps a trace is read when the dependency's own neuron fired, so only t_epoch = 1 comes here.
    """
    skipped = silent_skipped(p)
    for k in range(p.series[1]):
        for block in range(0, p.tx.size, LANES):
            stop = min(block + LANES, p.tx.size)
            if skipped and asleep(p, block, stop):
                # All its products have the trace as a factor, and a target may ask for any source.
                silence(a[k, block:stop])
            else:
                of_sources(p, k, u, a[k], block, stop)
        of_targets(p, k, hy, any_third, b[k], p.span[0], p.span[1])


@nb.njit(forceinline=True, **INNER)
def of_sources(p, k, u, a, first, stop):
    """What sources ``first`` to ``stop`` - 1 contribute to product ``k``."""
    products, last = p.products, p.tx
    gate = u if products[k, 0] == 2 else i64(1)
    for j in range(u64(first), u64(stop)):
        a[j] = products[k, 1] * gate if products[k, 0] != 0 or last[j] > 0 else 0
    for f in range(products[k, 4]):
        at = 5 + 4 * f
        code, constant, bound = products[k, at], products[k, at + 1], i64(1) << products[k, at + 3]
        if code < 2 or code == X0 or code == C:
            x = p.x[code if code < 2 else 0]
            for j in range(u64(first), u64(stop)):
                value = i64(x[j]) if code < 2 else (i64(last[j] > 0) if code == X0 else i64(0))
                a[j] *= clip(value + constant, -bound, bound - 1)


@nb.njit(forceinline=True, **INNER)
def of_targets(p, k, hy, any_third, b, first, stop):
    """What targets ``first`` to ``stop`` - 1 contribute to product ``k``."""
    products, last = p.products, p.ty
    for i in range(u64(first), u64(stop)):
        b[i] = 1 if products[k, 0] != 1 or last[i] > 0 else 0
    for f in range(products[k, 4]):
        at = 5 + 4 * f
        code, constant, bound = products[k, at], products[k, at + 1], i64(1) << products[k, at + 3]
        if not (code < 2 or code == X0 or code == C):
            name = code - 2 if code < 5 else 0
            y, outside, third = p.y[name], hy[1, name], code < 5 and p.third[code]
            for i in range(u64(first), u64(stop)):
                if third:
                    value = outside[i] if any_third else i64(0)
                else:
                    value = i64(last[i] > 0) if code == Y0 else i64(y[i])
                b[i] *= clip(value + constant, -bound, bound - 1)


@compiled(**INNER)
def change_separable(p, count, row, clock):
    """Update the weights of the first ``count`` synapses that are listed in ``p``."""
    weight, post, products, last = p.weight, p.post, p.products, p.series[1]
    synapse, pre, a, b = p.synapse, p.source, p.of_source, p.of_target
    low, high, own, seed = p.flags[MIN], p.flags[MAX], p.flags[OWN_STREAM], p.flags[SEED]
    up = i64(1) if own else p.up[row]
    for k in range(count):
        s, j = synapse[k], pre[k]
        i = post[s]
        acc = i64(weight[s]) << 7
        for n in range(last):
            value = ((a[n, j] * b[n, i]) >> products[n, 2]) << products[n, 3]
            acc = clip(acc + clip(value, LOW, HIGH), LOW, HIGH)
        if low == 0:
            acc = max(acc, 0)
        elif high == 0:
            acc = min(acc, 0)
        if acc & 127:
            acc += i64((acc & 127) >= (round_up_at(seed, s, clock) if own else up)) << 7
        weight[s] = clip(acc >> 7, low, high)
        keep_small(p, s, i64(weight[s]))
        if weight[s] != 0:
            p.reach[0] = max(p.reach[0], i64(i) + 1)


# ---------------------------------------------------------------- all other rules


@compiled(**INNER)
def series(products, first, last, acc, x0, y0, u, factors):
    """The accumulator after products first .. last - 1; ``factors`` holds the variables of this synapse by gate and code."""
    for k in range(first, last):
        dependency = products[k, 0]
        gate = x0 if dependency == 0 else (y0 if dependency == 1 else u)
        if gate == 0:
            acc = clip(acc, LOW, HIGH)  # a tag may lie below the accumulator
            continue
        value = products[k, 1]
        for f in range(products[k, 4]):
            at = 5 + 4 * f
            code = products[k, at]
            x = products[k, at + 1] + (0 if code == C else factors[dependency, code])
            if products[k, at + 2]:
                x = i64(1) if x > 0 else (i64(-1) if x < 0 else i64(0))
            bound = i64(1) << products[k, at + 3]
            value *= clip(x, -bound, bound - 1)
        value = (value >> products[k, 2]) << products[k, 3]
        acc = clip(acc + clip(value, LOW, HIGH), LOW, HIGH)
    return acc


@compiled(**OWNING)
def change_general(p, count, u, row, clock, hx, hy, any_third):
    """Update weights and tags of the first ``count`` synapses that are listed in ``p``."""
    synapse, source = p.synapse, p.source
    weight, tag1, tag2, targets, products = p.weight, p.tag1, p.tag2, p.post, p.products
    x, y, used, outside, tx, ty = p.x, p.y, p.used, p.third, p.tx, p.ty
    first, second, third, last = p.series[0], p.series[1], p.series[2], p.series[3]
    low, high, own, seed, epoch = p.flags[MIN], p.flags[MAX], p.flags[OWN_STREAM], p.flags[SEED], p.flags[EPOCH]
    has = (p.flags[HAS_X0], p.flags[HAS_Y0], p.flags[HAS_U])
    up = i64(1) if own else p.up[row]
    factors = np.zeros((3, 11), np.int64)
    tags = p.flags[TAGS]
    for k in range(count):
        if k + FAR < count:  # the synapses of one target lie far apart
            prefetch(weight, synapse[k + FAR])
            prefetch(targets, synapse[k + FAR])
        s, pre = synapse[k], source[k]
        post = targets[s]
        x0, y0 = i64(tx[pre] > 0), i64(ty[post] > 0)
        w, t1, d2 = i64(weight[s]), i64(0), i64(0)
        if tags:
            t1, d2 = i64(tag1[s]), i64(tag2[s])
        for d in range(3):
            if not has[d]:
                continue
            t = i64(tx[pre]) if d == 0 else (i64(ty[post]) if d == 1 else epoch)
            for code in range(2):
                if used[code]:
                    factors[d, code] = i64(x[code, pre]) if epoch == 1 else hx[t, code, pre]
            for code in range(2, 5):
                if used[code]:
                    if outside[code]:
                        factors[d, code] = hy[t, code - 2, post] if any_third else i64(0)
                    else:
                        factors[d, code] = i64(y[code - 2, post]) if epoch == 1 else hy[t, code - 2, post]
            factors[d, X0] = x0
            factors[d, Y0] = y0
            factors[d, W] = w
            factors[d, T] = t1
            factors[d, D] = d2
        if own:
            up = round_up_at(seed, s, clock)
        if second > first:
            acc = series(products, first, second, w << 7, x0, y0, u, factors)
            if low == 0:
                acc = max(acc, 0)
            elif high == 0:
                acc = min(acc, 0)
            weight[s] = clip((acc >> 7) + i64((acc & 127) >= up), low, high)
            keep_small(p, s, i64(weight[s]))
            if weight[s] != 0:
                p.reach[0] = max(p.reach[0], i64(post) + 1)
        if third > second:
            acc = max(series(products, second, third, d2 << 7, x0, y0, u, factors), 0)
            tag2[s] = clip((acc >> 7) + i64((acc & 127) >= up), 0, 255)
        if last > third:
            acc = series(products, third, last, t1 << 7, x0, y0, u, factors)
            tag1[s] = clip((acc >> 7) + i64((acc & 127) >= up), -257, 255)
