"""One row of synapses of a rule that writes tags or reads weights and tags: its products, in vectors.

A row holds synapses of one source, or of one target, for which its part is one number; the other neuron's is looked up. Each product
takes loops over the row, which the compiler turns into vectors: 32 bits hold whatever fits ``BITS``.
"""

# mypy: ignore-errors
from __future__ import annotations

import numba as nb
import numpy as np

from neurolsm.compiled import compiled
from neurolsm.emulator.changes import round_up_at
from neurolsm.emulator.clip import clip
from neurolsm.emulator.codes import HIGH, LOW, MAX, MIN, OWN_STREAM, ROW, SEED, C, W
from neurolsm.emulator.rows import keep_small
from neurolsm.emulator.update import INNER
from neurolsm.emulator.vector import shifted

i16, i32, i64, u32 = np.int16, np.int32, np.int64, np.uint32
# Where numbers of a row lie in ``PlasticTable.space``: the other neuron; weight, first and second tag of before; the accumulator, a
# product; the remainder at which each rounds up; the synapse.
OTHER, OLD, SUM, VALUE, UP, SYNAPSE = 0, ROW, 4 * ROW, 5 * ROW, 6 * ROW, 7 * ROW
# In ``PlasticTable.live``: a product that is 0 everywhere; without, and with a part of the target.
NONE, CALM, MOVES = range(3)
WEIGHT, TAG1, TAG2, CHANGES = range(4)  # in ``PlasticTable.wants``: what is read; from ``CHANGES`` on, what changes


@nb.njit(forceinline=True, **INNER)
def limited(x, constant, sign, bits):
    """A factor: the sum, or its sign, within its bits."""
    y = i32(x + constant)
    if sign:
        y = i32(i32(y > 0) - i32(y < 0))
    bound = i32(i32(1) << bits)
    return clip(y, i32(-bound), i32(bound - i32(1)))


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
            value = clip(i32(shifted(space[VALUE + s], right) * times), i32(LOW), i32(HIGH))
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
    if wants[WEIGHT]:
        take(p, p.weight, scattered, first, length, OLD)
    if wants[TAG1]:
        take(p, p.tag1, scattered, first, length, OLD + ROW)
    if wants[TAG2]:
        take(p, p.tag2, scattered, first, length, OLD + 2 * ROW)
    if p.flags[OWN_STREAM]:
        seed = p.flags[SEED]
        for s in range(length):
            synapse = i64(space[SYNAPSE + s]) if scattered else i64(first + s)
            space[UP + s] = i32(round_up_at(seed, synapse, clock))
    if wants[CHANGES + WEIGHT]:
        begin(p, OLD, length)
        accumulate(p, 0, own, at, others, not scattered, length, deep)
        rounded(p, length, i32(0) if low == 0 else i32(LOW), i32(0) if high == 0 else i32(HIGH), low, high)
        put(p, p.weight, scattered, first, length)
        reach = i64(0)
        for s in range(length):
            post = i64(at) if scattered else i64(space[OTHER + s])
            reach = max(reach, post + 1 if space[VALUE + s] != 0 else i64(0))
        p.reach[0] = max(p.reach[0], reach)
        if p.fits[0]:
            for s in range(length):
                keep_small(p, u32(space[SYNAPSE + s]) if scattered else u32(first + s), i64(space[VALUE + s]))
    if wants[CHANGES + TAG2]:
        begin(p, OLD + 2 * ROW, length)
        accumulate(p, 1, own, at, others, not scattered, length, deep)
        rounded(p, length, i32(0), i32(HIGH), i32(0), i32(255))
        put(p, p.tag2, scattered, first, length)
    if wants[CHANGES + TAG1]:
        begin(p, OLD + ROW, length)
        accumulate(p, 2, own, at, others, not scattered, length, deep)
        rounded(p, length, i32(LOW), i32(HIGH), i32(-257), i32(255))
        put(p, p.tag1, scattered, first, length)
        least = i32(0)
        for s in range(length):
            least = min(least, space[VALUE + s])
        if least < -256:
            p.deep[0] = True
