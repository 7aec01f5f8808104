"""Rules of pairs of spikes: one product where the source fires, read from a trace of the target, one the other way round.

With Lava's stream all synapses of a step round up at the same remainder, so that

    w <- clip(floor((128 w + v + 128 - up) / 128)) = clip(w + floor((v + 128 - up) / 128)),

an integer that depends on one neuron alone: it is looked up once a neuron, and a synapse costs an addition and two limits. Only
where source and target fire together do both products meet in the accumulator, in the order of the rule.
"""

# mypy: ignore-errors
from __future__ import annotations

import numba as nb
import numpy as np

from neurolsm.emulator.codes import EXP, HIGH, LOW, MAX, MIN
from neurolsm.emulator.traces import clip
from neurolsm.emulator.update import FLAGS
from neurolsm.emulator.vector import LANES, lowest, odd

i16, i32, i64, u32, u64 = np.int16, np.int32, np.int64, np.uint32, np.uint64
MIDDLE = 640  # place of weight 0 in the table of limits: |weight| + |step| stays below


@nb.njit(cache=True, **FLAGS)
def steps_of(worth, trace, up, out, scale):
    """``scale`` times the weight step of each neuron, from its trace; returns whether any is not 0."""
    step = np.empty(worth.size, np.int16)
    for x in range(worth.size):
        step[x] = i32(i32(worth[x] + i32(128 - up)) >> i32(7)) * scale
    some = i16(0)
    for j in range(trace.size):
        found = step[u32(trace[j])]
        out[j] = found
        some |= found
    return some != 0


@nb.njit(cache=True, **FLAGS)
def copy(x, y):
    for i in range(x.size):
        y[i] = x[i]


@nb.njit(cache=True, **FLAGS)
def together(weight, first, second, up, low, high):
    """The weight after a step in which source and target fired: both products, one after the other."""
    acc = clip(clip((i64(weight) << 7) + first, LOW, HIGH) + second, LOW, HIGH)
    return clip((acc + 128 - up) >> 7, low, high)


@nb.njit(cache=True, **FLAGS)
def pair_step(ring, base, n, p, pre, post, row, dx, dy, row_steps):
    """Deliver the synapses from ``pre``, then update the weights of these and of all synapses onto ``post``; returns events.

    Scratch space: int16 ``dx`` holds twice the weight step of each target, plus 1 where source and target fire together, and this
    for every row of delay that ``p.target`` can point to; ``dy`` the weight step of each source; ``row_steps`` [2] the entries
    of ``dx`` for the synapses of one source, 64 more than the largest fan-out.
    """
    weight, target, ptr, up = p.weight, p.target, p.ptr, i32(p.up[row])
    low, high, exp, width = i16(p.flags[MIN]), i16(p.flags[MAX]), i32(p.flags[EXP]), u32(n)
    posts, delay, rule_y, rule_x = p.post, p.delay, p.pair[0], p.pair[1]
    worth, swapped = p.worth, p.pair[2] == 1
    events, moves, meets = i64(0), False, rule_y >= 0 and rule_x >= 0 and post.size > 0
    x, y = p.x[max(rule_x, 0)], p.y[max(rule_y, 0)]
    if pre.size:
        if rule_y >= 0:
            moves = steps_of(worth[0], y, up, dx[:n], i16(2))
            if meets:
                for k in range(post.size):
                    dx[u32(post[k])] = 1
        else:
            dx[:n] = 0
        for later in range(n, dx.size, n):
            copy(dx[:n], dx[later : later + n])
    begin, length = u32(0), u32(0)
    for k in range(pre.size + 1):
        # Steps are read as vectors one source later than they are written one by one: reading at once would wait for the stores.
        before, fan_out, steps = begin, length, row_steps[(k + 1) & 1]
        if k < pre.size:
            j, found = u32(pre[k]), row_steps[k & 1]
            begin = u32(ptr[j])
            length = u32(u32(ptr[j + u32(1)]) - begin)
            events += i64(length)
            if target.size:
                for s in range(length):
                    place = u32(target[begin + s])
                    found[s] = dx[place]
                    ring[base + place] += i32(weight[begin + s]) << exp
            else:
                for s in range(length):
                    i = u32(posts[begin + s])
                    found[s] = dx[i]
                    ring[base + delay[begin + s] * width + i] += i32(weight[begin + s]) << exp
        if k and moves:
            for s in range(fan_out):
                weight[before + s] = min(max(i16(weight[before + s] + i16(steps[s] >> i16(1))), low), high)
        if k and meets:
            steps[fan_out : fan_out + u32(LANES)] = 0
            for block in range(u32(0), fan_out, u32(LANES)):
                bits = odd(steps, block)
                while bits != 0:
                    both = u32(before + block + u32(lowest(bits)))
                    hit = u32(target[both]) % width if target.size else u32(posts[both])
                    of_source, of_target = i64(worth[0, u32(y[hit])]), i64(worth[1, u32(x[u32(pre[k - 1])])])
                    if swapped:
                        of_source, of_target = of_target, of_source
                    weight[both] = together(weight[both], of_source, of_target, up, low, high)
                    bits &= bits - u64(1)
    if rule_x >= 0 and post.size and steps_of(worth[1], x, up, dy[: x.size], i16(1)):
        if meets:
            for k in range(pre.size):
                dy[u32(pre[k])] = 0
        back_ptr, back_synapse, back_pre, limit = p.back_ptr, p.back_synapse, p.back_pre, p.limit
        for k in range(post.size):
            neuron = u32(post[k])
            for q in range(u32(back_ptr[neuron]), u32(back_ptr[neuron + u32(1)])):
                at = u32(back_synapse[q])
                weight[at] = limit[u32(i32(weight[at]) + i32(dy[u32(back_pre[q])]) + MIDDLE)]
    return events
