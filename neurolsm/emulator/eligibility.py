"""Rules whose tag is written by pairs of spikes and fades, and is paid out by a third factor: reward-modulated STDP.

    dt = (source fires) f(y) + (target fires) g(x) + (every 2^k steps) h(t),    dw = (every 2^k steps) c t (third factor)

Where all synapses of a step round up at the same remainder ``up``, one product v alone does

    t <- clip(floor((128 t + v + 128 - up) / 128)) = clip(t + k),   k = floor((v + 128 - up) / 128),

and k depends on the source alone where only the target fires, and on the tag alone where nobody does. So a synapse onto a target that
fires costs an addition, and fading is a pass over all tags as they lie in memory, 16 bits each, which asks for no neuron. Where it
meets spikes, the products share the accumulator: those synapses go first, ``DONE`` marks what has its new tag, and the pass takes the
mark away. Payments come before the tags of the same step, for a product reads what was there at its beginning.

A tag of -257 lies below the accumulator and is clipped by every product, also by one that is 0. It comes about where the accumulator is
at its least and all that is left is rounded down, at a remainder of 128: such steps, and those with such a tag, are those of ``tagged``.
"""

# mypy: ignore-errors
from __future__ import annotations

import numba as nb
import numpy as np

from neurolsm.compiled import compiled
from neurolsm.emulator.clip import clip
from neurolsm.emulator.codes import HIGH, LOW, MAX, MIN, ROW
from neurolsm.emulator.update import INNER
from neurolsm.emulator.vector import shifted

i16, i32, i64, u32 = np.int16, np.int32, np.int64, np.uint32
DONE = 2048  # added to a new tag; tags are -257..255
BY_SOURCE, BY_TARGET, FADES, THIRD = range(4)  # in ``PlasticTable.eligible``, see there


@nb.njit(forceinline=True, **INNER)
def constants(p, k):
    """Those of product ``k``, which has one factor: what ``worth`` takes. A loop that wrote to memory would read them again."""
    products = p.products
    return (
        i32(products[k, 1]),
        i32(products[k, 6]),
        i32(i32(1) << i32(products[k, 8])),
        i32(i32(products[k, 2]) & i32(31)),
        i32(i32(1) << i32(products[k, 3])),
    )


@nb.njit(forceinline=True, **INNER)
def worth(product, x):
    """What a product adds where its factor is ``x``."""
    mantissa, constant, bound, right, times = product
    value = i32(mantissa * clip(i32(x + constant), i32(-bound), i32(bound - i32(1))))
    return clip(i32(shifted(value, right) * times), i32(LOW), i32(HIGH))


@nb.njit(forceinline=True, **INNER)
def fading(p):
    """What ``faded`` takes."""
    products, k = p.products, p.eligible[FADES]
    if k < 0:
        return i16(0), i16(0)
    return i16(products[k, 1] * (1 << products[k, 3])), i16(products[k, 2] & 15)


@nb.njit(forceinline=True, **INNER)
def faded(fades, t):
    """What fading adds to a tag, which neither leaves 16 bits nor is clipped: see eligible."""
    return shifted(i16(i16(t) * fades[0]), fades[1])


@nb.njit(forceinline=True, **INNER)
def rounded(acc, rest, low, high):
    """The accumulator as a weight or a tag; ``rest`` is 128 - up. What exceeds its limits exceeds those of the result, too."""
    return clip(i32(i32(acc + rest) >> i32(7)), low, high)


@nb.njit(forceinline=True, **INNER)
def alike(x, first, stop):
    """Whether the numbers ``first`` to ``stop`` - 1 are the same."""
    differs = i64(0)
    for i in range(u32(first), u32(stop)):
        differs |= x[i] ^ x[first]
    return differs == 0


@compiled(**INNER)
def pay(p, rest):
    """Weights, by the tags of before and the third factors of the targets."""
    weight, tag, post, space, low, high = p.weight, p.tag1, p.post, p.space, i32(p.flags[MIN]), i32(p.flags[MAX])
    products, third = p.products, p.y_history[1, p.eligible[THIRD]]
    least, most = i32(0) if low == 0 else i32(LOW), i32(0) if high == 0 else i32(HIGH)
    mantissa, right, times = i32(products[0, 1]), i32(i32(products[0, 2]) & i32(31)), i32(i32(1) << i32(products[0, 3]))
    same = alike(third, p.span[0], p.span[1])  # one reward for all, as is usual: no target has to be looked up
    if same:
        for s in range(ROW):
            space[s] = i32(mantissa * i32(third[p.span[0]]))
    for begin in range(0, weight.size, ROW):
        first, length = u32(begin), u32(min(weight.size - begin, ROW))
        if not same:
            for s in range(length):
                space[s] = i32(mantissa * i32(third[u32(post[first + s])]))
        for s in range(length):
            value = clip(i32(shifted(i32(space[s] * i32(tag[first + s])), right) * times), i32(LOW), i32(HIGH))
            acc = clip(i32(i32(i32(weight[first + s]) << i32(7)) + value), i32(LOW), i32(HIGH))
            weight[first + s] = i16(rounded(clip(acc, least, most), rest, low, high))
    p.reach[0] = max(p.reach[0], p.span[1])


@compiled(**INNER)
def write_block(p, first, length, at, other, rest, fades):
    """Tags of synapses of one source that fires; ``space`` holds from ``at`` on twice what it adds to each, plus 1 where the target fires
    and adds ``other``."""
    tag, space = p.tag1, p.space
    if fades:
        how = fading(p)
        for s in range(length):
            new, t = space[at + s], tag[first + s]
            acc = clip(i32(i32(i32(t) << i32(7)) + i32(new >> i32(1))), i32(LOW), i32(HIGH))
            acc = clip(i32(acc + i32(other & i32(-i32(new & i32(1))))), i32(LOW), i32(HIGH))
            tag[first + s] = i16(rounded(i32(acc + i32(faded(how, t))), rest, i32(-256), i32(255)) + i32(DONE))
    else:
        for s in range(length):
            new, t = space[at + s], tag[first + s]
            acc = clip(i32(i32(i32(t) << i32(7)) + i32(new >> i32(1))), i32(LOW), i32(HIGH))
            acc = i32(acc + i32(other & i32(-i32(new & i32(1)))))
            tag[first + s] = i16(rounded(acc, rest, i32(-256), i32(255)))


@compiled(**INNER)
def write_rows(p, pre, fired, rest, fades):
    """Tags of the synapses from the sources that fire, of which some go to targets that ``fired``."""
    by_source, by_target = p.eligible[BY_SOURCE], p.eligible[BY_TARGET]
    post, space, of_target, x = p.post, p.space, p.of_target[0], p.x[0]
    product, y = constants(p, by_source), p.y[p.products[by_source, 5] - 2]
    for i in range(u32(p.span[0]), u32(p.span[1])):
        of_target[i] = i32(worth(product, i32(y[i])) << i32(1))
    if by_target >= 0:
        product, x = constants(p, by_target), p.x[p.products[by_target, 5]]
        for k in range(fired.size):
            of_target[u32(fired[k])] |= i32(1)
    # A row is read as vectors one block later than it is written one by one: reading at once would wait for the stores.
    before, size, here, other = u32(0), u32(0), u32(0), i32(0)
    for k in range(pre.size):
        j = u32(pre[k])
        for at in range(p.ptr[j], p.ptr[j + u32(1)], ROW):
            first, length = u32(at), u32(min(p.ptr[j + u32(1)] - at, ROW))
            for s in range(length):
                space[here + s] = of_target[u32(post[first + s])]
            here = u32(u32(ROW) - here)
            write_block(p, before, size, here, other, rest, fades)
            before, size, other = first, length, worth(product, i32(x[j]))
    write_block(p, before, size, u32(u32(ROW) - here), other, rest, fades)


@compiled(**INNER)
def write_columns(p, pre, post, rest, fades):
    """Tags of the synapses onto the targets that fire, from sources whose rows were not written."""
    by_target, of_source, tag = p.eligible[BY_TARGET], p.of_source[0], p.tag1
    product, x, synapse, source = constants(p, by_target), p.x[p.products[by_target, 5]], p.back_synapse, p.back_pre
    if fades:
        how = fading(p)
        for j in range(x.size):
            of_source[j] = worth(product, i32(x[j]))
        for k in range(post.size):
            i = u32(post[k])
            for m in range(u32(p.back_ptr[i]), u32(p.back_ptr[i + u32(1)])):
                t = tag[synapse[m]]
                acc = clip(i32(i32(i32(t) << i32(7)) + of_source[u32(source[m])]), i32(LOW), i32(HIGH))
                new = i32(rounded(i32(acc + i32(faded(how, t))), rest, i32(-256), i32(255)) + i32(DONE))
                tag[synapse[m]] = t if t > 255 else i16(new)
        return
    for j in range(x.size):
        of_source[j] = i32(i32(worth(product, i32(x[j])) + rest) >> i32(7))
    if p.eligible[BY_SOURCE] >= 0:
        for k in range(pre.size):
            of_source[u32(pre[k])] = 0
    for k in range(post.size):
        i = u32(post[k])
        for m in range(u32(p.back_ptr[i]), u32(p.back_ptr[i + u32(1)])):
            tag[synapse[m]] = i16(clip(i32(i32(tag[synapse[m]]) + of_source[u32(source[m])]), i32(-256), i32(255)))


@compiled(**INNER)
def fade(p, rest):
    """All tags that have no new one yet."""
    tag, how, remains = p.tag1, fading(p), i16(rest)
    for s in range(tag.size):
        t = tag[s]
        new = i16(t + shifted(i16(faded(how, t) + remains), i16(7)))
        tag[s] = i16(t - i16(DONE)) if t > 255 else new


@compiled(**INNER)
def learn_eligible(p, row, pre, post, timed, any_third):
    """What a step does to tags and weights; ``timed``: tags fade, and pay where there is a third factor."""
    rest = i32(128 - p.up[row])
    fades = timed and p.eligible[FADES] >= 0
    if timed and any_third:
        pay(p, rest)
    if p.eligible[BY_SOURCE] >= 0 and pre.size:
        write_rows(p, pre, post, rest, fades)
    if p.eligible[BY_TARGET] >= 0 and post.size:
        write_columns(p, pre, post, rest, fades)
    if fades:
        fade(p, rest)
