"""Rules that write tags or read weights and tags, in epochs of one step: which rows of synapses change in it.

A product is (something of the source) (something of the target) (something of the synapse). The first two are worked out once a
neuron, as for separable rules; the rest is done by rows, see tagged_rows.

A tag of -257 lies below the accumulator, so that the next epoch clips it, whatever happens: then every synapse is visited.
"""

# mypy: ignore-errors
from __future__ import annotations

import numba as nb
import numpy as np

from neurolsm.compiled import compiled
from neurolsm.emulator.changes import asleep, silent_skipped
from neurolsm.emulator.codes import HAS_X0, HAS_Y0, OWN_STREAM, ROW, U_NEEDS_THIRD, X0, Y0, C, W
from neurolsm.emulator.eligibility import learn_eligible
from neurolsm.emulator.learning import addressed, few, follow, is_timed
from neurolsm.emulator.tagged_rows import CALM, CHANGES, MOVES, NONE, OTHER, SYNAPSE, TAG1, UP, change_row, limited
from neurolsm.emulator.update import INNER
from neurolsm.emulator.vector import LANES, prefetch

i32, i64, u32, u64 = np.int32, np.int64, np.uint32, np.uint64


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
        prefetch(p.small, p.back_synapse[k])
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
        place = i64(0) if target == 0 else i64(CHANGES - target)  # weight, first tag, second tag
        for k in range(p.series[target], p.series[target + 1]):
            live[k] = NONE
            if is_live(p, k, u, pre, post, any_third):
                live[k] = MOVES if parts(p, k, any_third) else CALM
                wants[place] = wants[CHANGES + place] = True
                for f in range(p.products[k, 4]):
                    code = p.products[k, 5 + 4 * f]
                    if W <= code < C:
                        wants[code - W] = True
    if deep:
        wants[TAG1] = wants[CHANGES + TAG1] = True
    if not p.flags[OWN_STREAM]:
        for s in range(ROW):
            p.space[UP + s] = i32(p.up[row])


@compiled(**INNER)
def learn_rows(p, clock, row, pre, post, third, any_third, timed, u, deep):
    """What a step does to the synapses, in rows."""
    has_x0, has_y0 = p.flags[HAS_X0] != 0, p.flags[HAS_Y0] != 0
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


@compiled(**INNER)
def learn_tagged(p, clock, row, pre, post, third, any_third):
    """The learning step of a projection whose rule reads or writes synapses; arguments as in ``learning.follow``."""
    follow(p, clock, row, pre, post, third, any_third)
    timed, u = is_timed(p, clock, any_third)
    has_x0, has_y0 = p.flags[HAS_X0] != 0, p.flags[HAS_Y0] != 0
    deep = p.deep[0] and p.series[3] > p.series[2]
    if deep or timed or (has_x0 and pre.size) or (has_y0 and post.size):
        p.deep[0] = False
        if p.eligible.size and not deep and p.up[row] < 128:
            learn_eligible(p, row, pre, post, timed, any_third)
        else:
            learn_rows(p, clock, row, pre, post, third, any_third, timed, u, deep)
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
