"""Rules that write tags or read weights and tags, in epochs of one step: a row of synapses at a time.

A product is (something of the source) (something of the target) (something of the synapse). The first two are worked out once a
neuron, as for separable rules. A row holds synapses of one source, or of one target, for which its part is one number; the other
neuron's is looked up. Each product takes loops over the row, which the compiler turns into vectors: 32 bits hold whatever fits ``BITS``.

A tag of -257 lies below the accumulator, so that the next epoch clips it, whatever happens: then every synapse is visited.
"""

# mypy: ignore-errors
from __future__ import annotations

import numba as nb
import numpy as np

from neurolsm.compiled import compiled
from neurolsm.emulator.changes import asleep, round_up_at, silent_skipped
from neurolsm.emulator.codes import (
    HAS_X0,
    HAS_Y0,
    HIGH,
    LOW,
    MAX,
    MIN,
    OWN_STREAM,
    ROW,
    SEED,
    U_NEEDS_THIRD,
    X0,
    Y0,
    C,
    W,
)  # fmt: skip
from neurolsm.emulator.learning import addressed, few, follow, is_timed
from neurolsm.emulator.traces import clip
from neurolsm.emulator.update import INNER
from neurolsm.emulator.vector import LANES, prefetch

i16, i32, i64, u32, u64 = np.int16, np.int32, np.int64, np.uint32, np.uint64
# Where numbers of a row lie in ``PlasticTable.space``: the other neuron; weight, first and second tag of before; the accumulator, a
# product; the remainder at which each rounds up; the synapse.
OTHER, OLD, SUM, VALUE, UP, SYNAPSE = 0, ROW, 4 * ROW, 5 * ROW, 6 * ROW, 7 * ROW
NONE, CALM, MOVES = (
    0,
    1,
    2,
)  # in ``PlasticTable.live``: a product that is 0 everywhere; without, and with a part of the target


@nb.njit(forceinline=True, **INNER)
def limited(x, constant, sign, bits):
    """A factor: the sum, or its sign, within its bits."""
    y = i32(x + constant)
    if sign:
        y = i32(i32(y > 0) - i32(y < 0))
    bound = i32(i32(1) << bits)
    return i32(min(max(y, i32(-bound)), i32(bound - i32(1))))


@nb.njit(forceinline=True, **INNER)
def is_live(p, k, u, pre, post, any_third):
    """Whether product ``k`` can differ from 0 in this step."""
    products = p.products
    gate = products[k, 0]
    if (gate == 0 and pre.size == 0) or (gate == 1 and post.size == 0) or (gate == 2 and u == 0):
        return False
    for f in range(products[k, 4]):
        code = products[k, 5 + 4 * f]
        if code < 5 and p.third[code] and products[k, 6 + 4 * f] == 0 and not any_third:
            return False
    return True


@compiled(**INNER)
def parts(p, k, any_third):
    """What each source and each target contribute to product ``k``; whether a target contributes anything but 1."""
    products, a, b = p.products, p.of_source[k], p.of_target[k]
    mantissa, first, stop = i32(products[k, 1]), p.span[0], p.span[1]
    for j in range(a.size):
        a[j] = mantissa if products[k, 0] != 0 or p.tx[j] > 0 else i32(0)
    for i in range(u64(first), u64(stop)):
        b[i] = i32(products[k, 0] != 1 or p.ty[i] > 0)
    moves = products[k, 0] == 1
    for f in range(products[k, 4]):
        at = 5 + 4 * f
        code, constant, sign, bits = (
            products[k, at],
            i32(products[k, at + 1]),
            products[k, at + 2] != 0,
            i32(products[k, at + 3]),
        )
        if code == C:
            value = limited(i32(0), constant, sign, bits)
            for j in range(a.size):
                a[j] = i32(a[j] * value)
        elif code < 2:
            x = p.x[code]
            for j in range(a.size):
                a[j] = i32(a[j] * limited(i32(x[j]), constant, sign, bits))
        elif code == X0:
            for j in range(a.size):
                a[j] = i32(a[j] * limited(i32(p.tx[j] > 0), constant, sign, bits))
        elif code < 5 and p.third[code]:
            outside = p.y_history[1, code - 2]
            for i in range(u64(first), u64(stop)):
                b[i] = i32(b[i] * limited(i32(outside[i]) if any_third else i32(0), constant, sign, bits))
            moves = True
        elif code < 5:
            y = p.y[code - 2]
            for i in range(u64(first), u64(stop)):
                b[i] = i32(b[i] * limited(i32(y[i]), constant, sign, bits))
            moves = True
        elif code == Y0:
            for i in range(u64(first), u64(stop)):
                b[i] = i32(b[i] * limited(i32(p.ty[i] > 0), constant, sign, bits))
            moves = True
    return moves


@compiled(**INNER)
def accumulate(p, target, own, at, others, of_row, length, deep):
    """The accumulator after the products of ``target`` (0 weight, 1 second tag, 2 first tag), over one row.

    ``own[k, at]`` is the part of the neuron to which the row belongs, ``others[k]`` those of the neurons on the other side. ``of_row``:
    the row belongs to a source, and products without a part of the target look nothing up.
    """
    space, products = p.space, p.products
    for k in range(p.series[target], p.series[target + 1]):
        scale = i32(own[k, at])
        if p.live[k] == NONE or scale == 0:
            if deep:
                for s in range(length):
                    space[SUM + s] = clip(space[SUM + s], i32(LOW), i32(HIGH))
            continue
        if of_row and p.live[k] == CALM:
            for s in range(length):
                space[VALUE + s] = scale
        else:
            for s in range(length):
                space[VALUE + s] = i32(scale * others[k, u32(space[OTHER + s])])
        for f in range(products[k, 4]):
            place = 5 + 4 * f
            code = products[k, place]
            if W <= code < C:
                constant, sign, bits = (
                    i32(products[k, place + 1]),
                    products[k, place + 2] != 0,
                    i32(products[k, place + 3]),
                )
                old = u32(OLD + (code - W) * ROW)
                if sign:
                    for s in range(length):
                        space[VALUE + s] = i32(space[VALUE + s] * limited(space[old + s], constant, True, bits))
                else:
                    for s in range(length):
                        space[VALUE + s] = i32(space[VALUE + s] * limited(space[old + s], constant, False, bits))
        right, times = i32(i32(products[k, 2]) & i32(31)), i32(i32(1) << i32(products[k, 3]))
        for s in range(length):
            value = clip(i32(i32(space[VALUE + s] >> right) * times), i32(LOW), i32(HIGH))
            space[SUM + s] = clip(i32(space[SUM + s] + value), i32(LOW), i32(HIGH))


@nb.njit(forceinline=True, **INNER)
def begin(p, old, length):
    """The accumulator before the first product."""
    space = p.space
    for s in range(length):
        space[SUM + s] = i32(space[old + s] << i32(7))


@nb.njit(forceinline=True, **INNER)
def rounded(p, length, least, most, low, high):
    """The accumulator within ``least`` and ``most``, rounded, and clipped to what ``low`` to ``high`` holds: into ``VALUE``."""
    space = p.space
    for s in range(length):
        acc = clip(space[SUM + s], least, most)
        space[VALUE + s] = clip(i32(i32(acc >> i32(7)) + i32(i32(acc & i32(127)) >= space[UP + s])), low, high)


@nb.njit(forceinline=True, **INNER)
def put(p, values, scattered, first, length):
    """``VALUE`` into the synapses of the row."""
    space = p.space
    if scattered:
        for s in range(length):
            values[u32(space[SYNAPSE + s])] = i16(space[VALUE + s])
    else:
        for s in range(length):
            values[first + s] = i16(space[VALUE + s])


@nb.njit(forceinline=True, **INNER)
def take(p, values, scattered, first, length, old):
    """The numbers of before."""
    space = p.space
    if scattered:
        for s in range(length):
            space[old + s] = i32(values[u32(space[SYNAPSE + s])])
    else:
        for s in range(length):
            space[old + s] = i32(values[first + s])


@compiled(**INNER)
def change_row(p, scattered, first, own, at, others, length, clock, deep):
    """Update ``length`` synapses: from ``first`` on, or where ``SYNAPSE`` says. ``OTHER`` holds their other neurons."""
    space, wants = p.space, p.wants
    low, high = i32(p.flags[MIN]), i32(p.flags[MAX])
    first, length = u32(first), u32(length)
    if wants[0]:
        take(p, p.weight, scattered, first, length, OLD)
    if wants[1]:
        take(p, p.tag1, scattered, first, length, OLD + ROW)
    if wants[2]:
        take(p, p.tag2, scattered, first, length, OLD + 2 * ROW)
    if p.flags[OWN_STREAM]:
        seed = p.flags[SEED]
        for s in range(length):
            synapse = i64(space[SYNAPSE + s]) if scattered else i64(first + s)
            space[UP + s] = i32(round_up_at(seed, synapse, clock))
    if wants[3]:
        begin(p, OLD, length)
        accumulate(p, 0, own, at, others, not scattered, length, deep)
        rounded(p, length, i32(0) if low == 0 else i32(LOW), i32(0) if high == 0 else i32(HIGH), low, high)
        put(p, p.weight, scattered, first, length)
        reach = i64(0)
        for s in range(length):
            post = i64(at) if scattered else i64(space[OTHER + s])
            reach = max(reach, post + 1 if space[VALUE + s] != 0 else i64(0))
        p.reach[0] = max(p.reach[0], reach)
    if wants[5]:
        begin(p, OLD + 2 * ROW, length)
        accumulate(p, 1, own, at, others, not scattered, length, deep)
        rounded(p, length, i32(0), i32(HIGH), i32(0), i32(255))
        put(p, p.tag2, scattered, first, length)
    if wants[4]:
        begin(p, OLD + ROW, length)
        accumulate(p, 2, own, at, others, not scattered, length, deep)
        rounded(p, length, i32(LOW), i32(HIGH), i32(-257), i32(255))
        put(p, p.tag1, scattered, first, length)
        least = i32(0)
        for s in range(length):
            least = min(least, space[VALUE + s])
        if least < -256:
            p.deep[0] = True


@compiled(**INNER)
def change_source(p, j, clock, deep):
    """Update all synapses of source ``j``."""
    for first in range(p.ptr[j], p.ptr[j + 1], ROW):
        length = min(p.ptr[j + 1] - first, ROW)
        start = u32(first)
        for s in range(u32(length)):
            p.space[OTHER + s] = i32(p.post[start + s])
        change_row(p, False, first, p.of_source, j, p.of_target, length, clock, deep)


@compiled(**INNER)
def change_target(p, i, spared, clock):
    """Update the synapses onto target ``i``; ``spared``: but those of sources that fired."""
    space, length = p.space, 0
    for k in range(p.back_ptr[i], p.back_ptr[i + 1]):
        source = i64(p.back_pre[k])
        if spared and p.tx[source] > 0:
            continue
        space[OTHER + length] = i32(source)
        space[SYNAPSE + length] = i32(p.back_synapse[k])
        prefetch(p.weight, p.back_synapse[k])  # the synapses of one target lie far apart
        length += 1
        if length == ROW:
            change_row(p, True, 0, p.of_target, i, p.of_source, length, clock, False)
            length = 0
    if length:
        change_row(p, True, 0, p.of_target, i, p.of_source, length, clock, False)


@compiled(**INNER)
def prepare(p, u, row, pre, post, any_third, deep):
    """Everything of this step that no synapse decides."""
    wants, live = p.wants, p.live
    for k in range(wants.size):
        wants[k] = False
    for target in range(3):
        place = i64(0) if target == 0 else i64(3 - target)  # weight, first tag, second tag
        for k in range(p.series[target], p.series[target + 1]):
            live[k] = NONE
            if is_live(p, k, u, pre, post, any_third):
                live[k] = MOVES if parts(p, k, any_third) else CALM
                wants[place] = wants[3 + place] = True
                for f in range(p.products[k, 4]):
                    code = p.products[k, 5 + 4 * f]
                    if W <= code < C:
                        wants[code - W] = True
    if deep:
        wants[1] = wants[4] = True
    if not p.flags[OWN_STREAM]:
        for s in range(ROW):
            p.space[UP + s] = i32(p.up[row])


@compiled(**INNER)
def learn_tagged(p, clock, row, pre, post, third, any_third):
    """The learning step of a projection whose rule reads or writes synapses; arguments as in ``learning.follow``."""
    follow(p, clock, row, pre, post, third, any_third)
    timed, u = is_timed(p, clock, any_third)
    has_x0, has_y0 = p.flags[HAS_X0] != 0, p.flags[HAS_Y0] != 0
    deep = p.deep[0] and p.series[3] > p.series[2]
    if deep or timed or (has_x0 and pre.size) or (has_y0 and post.size):
        p.deep[0] = False
        prepare(p, u, row, pre, post, any_third, deep)
        if deep:
            for j in range(p.tx.size):
                change_source(p, j, clock, True)
        elif timed and p.flags[U_NEEDS_THIRD] and not has_x0 and not has_y0 and few(p, third):
            for i in range(p.span[0], p.span[1]):
                if addressed(p, third, i):
                    change_target(p, i, False, clock)
        elif timed:
            change_awake(p, has_x0, clock)
        else:
            if has_x0:
                for k in range(pre.size):
                    change_source(p, pre[k], clock, False)
            if has_y0:
                for k in range(post.size):
                    change_target(p, post[k], has_x0, clock)
    for k in range(pre.size):
        p.tx[pre[k]] = 0
    for k in range(post.size):
        p.ty[post[k]] = 0


@compiled(**INNER)
def change_awake(p, has_x0, clock):
    """Update the synapses of all sources but those that cannot change one."""
    skipped = silent_skipped(p)
    for block in range(0, p.tx.size, LANES):
        stop = min(block + LANES, p.tx.size)
        if skipped and asleep(p, block, stop):
            continue
        for j in range(block, stop):
            if p.tx[j] > 0 or not (skipped and p.x[0, j] == 0 and p.x[1, j] == 0):
                change_source(p, j, clock, False)
