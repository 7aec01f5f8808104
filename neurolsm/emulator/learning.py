"""One learning step in compiled code: only traces that are used and synapses that an event touched are visited."""

# mypy: ignore-errors
from __future__ import annotations

import numba as nb
import numpy as np

from neurolsm.compiled import compiled
from neurolsm.emulator.changes import asleep, change_general, change_separable, sides, silent_skipped
from neurolsm.emulator.codes import (
    DECIMATE,
    EPOCH,
    HAS_U,
    HAS_X0,
    HAS_Y0,
    OWN_STREAM,
    U_NEEDS_THIRD,
)  # fmt: skip
from neurolsm.emulator.traces import decay, record
from neurolsm.emulator.update import INNER, OWNING
from neurolsm.emulator.vector import LANES, copy, silence

i64, u64 = np.int64, np.uint64


@compiled(**INNER)
def addressed(p, third, i):
    """Whether a third factor speaks to target ``i``."""
    for name in range(3):
        if p.third[2 + name] and third[name, i] != 0:
            return True
    return False


@compiled(**INNER)
def few(p, third):
    """Whether third factors speak to so few targets that their synapses are better visited target by target."""
    total, found = 0, 0
    for i in range(p.span[0], p.span[1]):
        if p.back_ptr[i + 1] > p.back_ptr[i]:
            total += 1
            found += i64(addressed(p, third, i))
    return 4 * found < total


@compiled(**INNER)
def below(p):
    """Whether a tag lies at -257, below the accumulator: every epoch clips it, whatever happens."""
    if p.series[3] > p.series[2]:
        for s in range(p.tag1.size):
            if p.tag1[s] < -256:
                return True
    return False


@compiled(**INNER)
def everything(p):
    """List all synapses, and their sources; how many there are."""
    for j in range(p.tx.size):
        for s in range(p.ptr[j], p.ptr[j + 1]):
            p.synapse[s] = s
            p.source[s] = j
    return p.post.size


@nb.njit(forceinline=True, **INNER)
def add(synapse, source, m, s, j):
    """Write down synapse ``s`` of source ``j``; how many there are now."""
    synapse[m] = s
    source[m] = j
    return m + u64(1)


@compiled(**INNER)
def touched(p, timed, third):
    """List the synapses that a product may change in this step, each once, and their sources; how many there are."""
    has_x0, has_y0 = p.flags[HAS_X0], p.flags[HAS_Y0]
    x1, x2, tx, ty, ptr = p.x[0], p.x[1], p.tx, p.ty, p.ptr
    back_ptr, back_synapse, back_pre = p.back_ptr, p.back_synapse, p.back_pre
    synapse, source, m = p.synapse, p.source, u64(0)
    by_target = timed and p.flags[U_NEEDS_THIRD] and not has_x0 and not has_y0 and few(p, third)
    skipped = silent_skipped(p)
    for block in range(0, 0 if by_target else tx.size, LANES):
        stop = min(block + LANES, tx.size)
        if (skipped or not timed) and asleep(p, block, stop):
            continue
        for j in range(u64(block), u64(stop)):
            wanted = timed
            if tx[j] > 0:
                wanted = timed or has_x0
            elif skipped and x1[j] == 0 and x2[j] == 0:
                wanted = False
            if wanted:
                for s in range(u64(ptr[j]), u64(ptr[j + u64(1)])):
                    m = add(synapse, source, m, s, j)
    if by_target or (has_y0 and not timed):
        for i in range(u64(p.span[0]), u64(p.span[1])):
            if addressed(p, third, i) if by_target else ty[i] > 0:
                for k in range(u64(back_ptr[i]), u64(back_ptr[i + u64(1)])):
                    j = u64(back_pre[k])
                    if by_target or not (has_x0 and tx[j] > 0):
                        m = add(synapse, source, m, u64(back_synapse[k]), j)
    return i64(m)


@compiled(**INNER)
def follow(p, clock, row, pre, post, third, any_third):
    """The traces after the step ``clock`` (1-based); whether it is the last one of an epoch, in which synapses may change.

    ``pre`` and ``post`` are those that fired; ``third`` [3, n] holds the y traces set from outside.
    """
    epoch = p.flags[EPOCH]
    within = (clock - 1) % epoch + 1
    record(p, p.tx, p.x, i64(0), pre, within)
    record(p, p.ty, p.y, i64(2), post, within)
    for name in range(3):
        if p.third[2 + name] and (any_third or p.stale[0]):
            copy(third[name], p.y[name])
    p.stale[0] = any_third
    if clock % epoch:
        return False
    x_draw = 0.0 if p.flags[OWN_STREAM] else p.draws[0, row]
    y_draw = 0.0 if p.flags[OWN_STREAM] else p.draws[1, row]
    decay(p, p.x, i64(0), p.tx, pre, p.x_history, x_draw, clock, any_third)
    decay(p, p.y, i64(2), p.ty, post, p.y_history, y_draw, clock, any_third)
    return True


@compiled(**INNER)
def is_timed(p, clock, any_third):
    """Whether products that wait for no spike may change synapses now; and the u<k> of the rule."""
    u = i64((clock // p.flags[EPOCH]) % (i64(1) << p.flags[DECIMATE]) == 0)
    return p.flags[HAS_U] and u and (any_third or not p.flags[U_NEEDS_THIRD]), u


@compiled(**INNER)
def learn_separable(p, clock, row, pre, post, third, any_third):
    """The learning step of a projection whose rule is separable and whose epoch is one step; arguments as in ``follow``."""
    follow(p, clock, row, pre, post, third, any_third)
    timed, _ = is_timed(p, clock, any_third)
    if timed or p.flags[HAS_X0] or p.flags[HAS_Y0]:
        count = touched(p, timed, third)
        if count:
            sides(p, i64(timed), p.y_history, any_third, p.of_source, p.of_target)
            change_separable(p, count, row, clock)
    for k in range(pre.size):
        p.tx[pre[k]] = 0
    for k in range(post.size):
        p.ty[post[k]] = 0


@compiled(**OWNING)
def learn_general(p, clock, row, pre, post, third, any_third):
    """The learning step of any other projection."""
    if not follow(p, clock, row, pre, post, third, any_third):
        return
    timed, u = is_timed(p, clock, any_third)
    count = i64(0)
    if below(p):
        count = everything(p)
    elif timed or p.flags[HAS_X0] or p.flags[HAS_Y0]:
        count = touched(p, timed, third)
    if count:
        change_general(p, count, u, row, clock, p.x_history, p.y_history, any_third)
    silence(p.tx)
    silence(p.ty)
