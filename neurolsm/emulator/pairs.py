"""Rules of pairs of spikes: one product where the source fires, read from a trace of the target, one the other way round.

With Lava's stream all synapses of a step round up at the same remainder, so that

    w <- clip(floor((128 w + v + 128 - up) / 128)) = clip(w + k),   k = floor((v + 128 - up) / 128),

an integer that depends on one neuron alone. Only where source and target fire together do both products meet in the accumulator,
in the order of the rule; there the product of the target's spike is added to all synapses of a row, but for the others it is 0.

Where the target fires, the weight is not touched. Between two spikes of a source nobody reads the weights of its synapses, all
that happens to them comes from spikes of the targets, and goes one way, so that the limits may wait:

    clip(clip(w + k1) + k2) = clip(w + k1 + k2)   for k1, k2 of one sign.

A word a target holds what a spike of its sources adds, v, and the steps in which it fired; words a source (one a binary digit of k)
hold the steps in which k was not 0. When the source fires, the bits that both have are counted, a synapse after the other as they lie
in memory, and the sum is added.
"""

# mypy: ignore-errors
from __future__ import annotations

import numba as nb
import numpy as np

from neurolsm.compiled import compiled
from neurolsm.emulator.clip import clip
from neurolsm.emulator.codes import HIGH, LINEAR, LOW, MAX, MIN, RISE, SCALE, SIGN, START, SWAPPED, X, Y
from neurolsm.emulator.traces import look_up
from neurolsm.emulator.update import INNER
from neurolsm.emulator.vector import AHEAD, LINE, ones, prefetch

i16, i32, i64, u16, u32, u64 = np.int16, np.int32, np.int64, np.uint16, np.uint32, np.uint64
STEP = 16  # low bits of a target's word: twice v, plus 1 where it fires in this step; the others are times
TIMES = 48  # steps that a word remembers
TURN = 12  # steps after which the oldest are forgotten
STEP_BITS = u64((1 << STEP) - 1)
HALF = u64(16)


@nb.njit(forceinline=True, **INNER)
def twice_worth(p, trace, out):
    """Twice v of each target, from its trace."""
    if p.flags[LINEAR]:
        start, rise = i16(p.flags[START]), i16(p.flags[RISE])
        for i in range(trace.size):
            out[i] = i16(start + i16(trace[i] * rise))
    else:
        for i in range(trace.size):
            out[i] = i16(p.worth[0, u32(trace[i])] << i32(1))


@nb.njit(forceinline=True, **INNER)
def steps_of(p, trace, up, out, sign):
    """``sign`` times the step of weights k by a spike of the target, of each source, from its trace."""
    worth, step = p.worth[1], p.step
    for x in range(128):
        step[x] = i32(i32(worth[x] + i32(128 - up)) >> i32(7))
    look_up(step, i32(p.rise[0]), i32(i32(128 - up) << i32(9)), trace, out, sign)


@compiled(**INNER)
def any_bit(x):
    """All values, or-ed."""
    found = i16(0)
    for j in range(x.size):
        found |= x[j]
    return found


@nb.njit(forceinline=True, **INNER)
def prefetch_row(p, j):
    """Ask for the synapses of source ``j``."""
    first, last, narrow = u32(p.ptr[j]), u32(p.ptr[j + u32(1)]), p.target.size > 0
    for s in range(first, last, LINE // 2):
        prefetch(p.weight, s)
        prefetch(p.post, s)
        if narrow:
            prefetch(p.target, s)
        else:
            prefetch(p.post, s + LINE // 4)


@nb.njit(forceinline=True, **INNER)
def collect_row(p, j, begin, length, at):
    """Write into ``p.news`` from ``at`` on, for each synapse of source ``j``: the low bits of its target's word in the low half, the sum
    of k that waits in the high one, for two stores would take twice the time. Returns whether any may wait."""
    posts, word, owed, news = p.post, p.word, p.owed, p.news
    units, twos = owed[0, j], owed[1, j]
    if twos != 0:
        for s in range(length):
            found = word[u32(posts[begin + s])]
            waits = ones(found & units) + (ones(found & twos) << u64(1))
            news[at + s] = u32((waits << HALF) | (found & STEP_BITS))
    elif units != 0:
        for s in range(length):
            found = word[u32(posts[begin + s])]
            news[at + s] = u32((ones(found & units) << HALF) | (found & STEP_BITS))
    else:
        for s in range(length):
            news[at + s] = u32(word[u32(posts[begin + s])] & STEP_BITS)
    some = units | twos
    for digit in range(2, owed.shape[0]):
        times = owed[digit, j]
        if times != 0:
            some |= times
            for s in range(length):
                news[at + s] += u32(ones(word[u32(posts[begin + s])] & times) << u64(16 + digit))
    if some != 0:
        for digit in range(owed.shape[0]):
            owed[digit, j] = 0
    return some != 0


@nb.njit(forceinline=True, **INNER)
def waiting(new):
    """The sum of k that waits, see ``collect_row``."""
    return i32(new >> u32(16))


@nb.njit(forceinline=True, **INNER)
def worth(new):
    """What a spike of the source adds, v."""
    return i32(i32(new << u32(16)) >> i32(17))


@nb.njit(forceinline=True, **INNER)
def together(new, value):
    """``value`` where the target fires in this step, else 0."""
    return i32(value & i32(-i32(new & u32(1))))


@compiled(**INNER)
def settle(p, times):
    """Bring the weights of all sources up to date that owe anything from one of ``times``."""
    weight, low, high, sign = p.weight, i32(p.flags[MIN]), i32(p.flags[MAX]), i32(p.flags[SIGN])
    for j in range(p.owed.shape[1]):
        some = u64(0)
        for digit in range(p.owed.shape[0]):
            some |= p.owed[digit, j]
        if some & times:
            begin = u32(p.ptr[j])
            length = u32(u32(p.ptr[j + 1]) - begin)
            collect_row(p, u32(j), begin, length, u32(0))
            for s in range(length):
                w = i32(i32(weight[begin + s]) + i32(waiting(p.news[s]) * sign))
                weight[begin + s] = i16(clip(w, low, high))


@compiled(**INNER)
def note(owed, step, digit, time):
    """Set ``time`` for all neurons whose step has this binary digit."""
    mask = i16(1 << digit)
    for j in range(step.size):
        owed[j] |= time if (step[j] & mask) != 0 else u64(0)


@nb.njit(forceinline=True, **INNER)
def pair_step(ring, base, n, p, pre, post, row, since):
    """Deliver the synapses from ``pre`` and update their weights; note what those onto ``post`` owe. Returns events.

    ``since``: steps since the words of ``p`` were empty.
    """
    weight, target, ptr, rest = p.weight, p.target, p.ptr, i32(128 - i32(p.up[row]))
    low, high, width, sign = i32(p.flags[MIN]), i32(p.flags[MAX]), u32(n), i32(p.flags[SIGN])
    scale = i32(p.flags[SCALE])
    posts, delay, rule_y, rule_x = p.post, p.delay, p.flags[Y], p.flags[X]
    word, owed, news, now = p.word, p.owed, p.news, p.now
    swapped, span, events = p.flags[SWAPPED] == 1, u32(p.now.size), i64(0)
    moves, meets = rule_y >= 0, rule_y >= 0 and rule_x >= 0 and post.size > 0
    x, y = p.x[max(rule_x, 0)], p.y[max(rule_y, 0)]
    if since % TURN == 0:
        old = u64((1 << TURN) - 1) << u64(STEP + since % TIMES)
        settle(p, old)
        for i in range(word.size):
            word[i] &= ~old
    if pre.size and moves:
        twice_worth(p, y, p.dx)
        if meets:
            for k in range(post.size):
                p.dx[u32(post[k])] |= i16(1)
        for i in range(word.size):
            word[i] = (word[i] & ~STEP_BITS) | u64(u16(p.dx[i]))
    begin, length, owes = u32(0), u32(0), False
    for k in range(pre.size + 1):
        # Rows are read as vectors one source later than they are written one by one: reading at once would wait for the stores.
        before, fan_out, owed_before = begin, length, owes
        here, there = u32(k & 1) * span, u32((k + 1) & 1) * span
        if k < pre.size:
            j = u32(pre[k])
            begin = u32(ptr[j])
            length = u32(u32(ptr[j + u32(1)]) - begin)
            events += i64(length)
            if k + AHEAD < pre.size:
                prefetch_row(p, u32(pre[k + AHEAD]))
            owes = collect_row(p, j, begin, length, here)
        if k == 0:
            continue
        if meets:
            of_target = p.worth[1, u32(x[u32(pre[k - 1])])]
            for s in range(fan_out):
                new = news[there + s]
                w = clip(i32(i32(weight[before + s]) + i32(waiting(new) * sign)), low, high)
                now[s] = i32(w * scale)
                one, other = worth(new), together(new, of_target)
                first, second = (other, one) if swapped else (one, other)
                acc = clip(i32(i32(w << i32(7)) + first), i32(LOW), i32(HIGH))
                acc = clip(i32(acc + second), i32(LOW), i32(HIGH))
                weight[before + s] = i16(clip(i32(i32(acc + rest) >> i32(7)), low, high))
        elif moves:
            for s in range(fan_out):
                new = news[there + s]
                w = clip(i32(i32(weight[before + s]) + i32(waiting(new) * sign)), low, high)
                now[s] = i32(w * scale)
                weight[before + s] = i16(clip(i32(w + i32(i32(worth(new) + rest) >> i32(7))), low, high))
        elif owed_before:
            for s in range(fan_out):
                w = clip(i32(i32(weight[before + s]) + i32(waiting(news[there + s]) * sign)), low, high)
                now[s] = i32(w * scale)
                weight[before + s] = i16(w)
        else:
            for s in range(fan_out):
                now[s] = i32(weight[before + s]) * scale
        if target.size:
            for s in range(fan_out):
                ring[base + u32(target[before + s])] += now[s]
        else:
            for s in range(fan_out):
                ring[base + delay[before + s] * width + u32(posts[before + s])] += now[s]
    if rule_x >= 0 and post.size:
        steps_of(p, x, i32(p.up[row]), p.dy, i16(sign))
        if meets:
            for k in range(pre.size):
                p.dy[u32(pre[k])] = 0
        digits, time = any_bit(p.dy), u64(1) << u64(STEP + since % TIMES)
        if digits != 0:
            for digit in range(owed.shape[0]):
                if (digits >> digit) & 1:
                    note(owed[digit], p.dy, digit, time)
            for k in range(post.size):
                word[u32(post[k])] |= time
    return events
