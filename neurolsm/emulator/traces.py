"""Traces in compiled code, and the random numbers of a stream of their own."""

# mypy: ignore-errors
from __future__ import annotations

import numba as nb
import numpy as np

from neurolsm.compiled import compiled
from neurolsm.emulator.clip import clip
from neurolsm.emulator.codes import EPOCH, OWN_STREAM, SEED
from neurolsm.emulator.update import INNER
from neurolsm.emulator.vector import LANES, silence

i16, i32, i64, u32, u64 = np.int16, np.int32, np.int64, np.uint32, np.uint64


@compiled(**INNER)
def mix(seed, clock, index):
    """See neurolsm.program.streams.mix."""
    x = u32((seed * 0x9E3779B1 + clock * 0x85EBCA77) & 0xFFFFFFFF) ^ u32(u32(index) * u32(0xC2B2AE3D))
    x = u32(u32(x ^ (x >> u32(15))) * u32(0x2C1B3C6D))
    x = u32(u32(x ^ (x >> u32(12))) * u32(0x297A2D39))
    return u32(x ^ (x >> u32(15)))


@compiled(**INNER)
def record(p, last, values, first, fired, within):
    """Note who fired in this step; an earlier spike of the same epoch adds its impulse at once."""
    for k in range(fired.size):
        j = fired[k]
        if last[j] > 0:
            for name in range(values.shape[0]):
                values[name, j] = clip(values[name, j] + p.impulse[first + name], 0, 127)
        last[j] = within


@compiled(**INNER)
def straight(table, slope, start):
    """Whether ``table[k] = (k slope + start) >> 16`` for all k = 0..127: then a vector of sums takes the place of look-ups."""
    wrong = i32(0)
    for k in range(128):
        wrong |= i32(table[k]) ^ (i32(i32(k) * slope + start) >> i32(16))
    return wrong == 0


@compiled(**INNER)
def look_up(table, slope, start, x, out, scale):
    """``out = scale table[x]``, by sums where the table is a straight line rounded down."""
    if straight(table, slope, start):
        for j in range(x.size):
            out[j] = i16((i32(i32(x[j]) * slope + start) >> i32(16)) * scale)
    else:
        for j in range(x.size):
            out[j] = table[u32(x[j])] * scale


@compiled(**INNER)
def fall(table, slope, start, x):
    """As ``look_up``, in place."""
    if straight(table, slope, start):
        for j in range(x.size):
            x[j] = i16(i32(i32(x[j]) * slope + start) >> i32(16))
    else:
        for j in range(x.size):
            x[j] = table[u32(x[j])]


@nb.njit(forceinline=True, **INNER)
def decay_once(p, values, first, fired, draw):
    """Traces after one step, for rules whose every trace comes from spikes and whose epoch is one step (Lava's stream)."""
    for name in range(values.shape[0]):
        if p.used[first + name]:
            fall_and_rise(p, values[name], first + name, fired, draw)


@nb.njit(forceinline=True, **INNER)
def fall_and_rise(p, trace, code, fired, draw):
    """One trace after one step.

    A trace k falls to the whole part of k d, plus 1 if the rest exceeds the number drawn: a line, but for rare ties.
    """
    following = p.step
    if not p.kept[code]:
        for k in range(128):
            following[k] = p.whole[code, 128 + k] + i64(draw < p.fraction[code, 128 + k])
        fall(following, i32(p.slope[code]), i32(65536.0 * (1.0 - draw)), trace)
    for k in range(fired.size):
        j = u32(fired[k])
        trace[j] = clip(trace[j] + p.impulse[code], 0, 127)


@nb.njit(forceinline=True, **INNER)
def nothing(values, last, first, stop):
    """Whether units ``first`` to ``stop`` - 1 did not fire and have traces of 0."""
    found = i16(0)
    for j in range(u64(first), u64(stop)):
        found = i16(found | i16(values[j] | last[j]))
    return found == 0


@compiled(**INNER)
def decay(p, values, first, last, fired, history, draw, clock, any_third):
    """Histories of the traces over the epoch [t_epoch + 1, traces, size]; afterwards ``values`` are the last ones.

    A trace that never decays changes where somebody fired; third factors matter for the targets of the projection alone, and only
    those that are not 0.
    """
    size, epoch, following = values.shape[1], p.flags[EPOCH], p.step
    for name in range(values.shape[0]):
        code = first + name
        if not p.used[code] or (p.third[code] and not any_third):
            continue
        if epoch == 1 and p.kept[code]:
            for k in range(fired.size):
                values[name, fired[k]] = clip(values[name, fired[k]] + p.impulse[code], 0, 127)
            continue
        if epoch == 1 and not p.flags[OWN_STREAM] and not p.third[code]:
            fall_and_rise(p, values[name], code, fired, draw)  # nobody reads such a history
            continue
        if not p.flags[OWN_STREAM]:
            for k in range(256):
                following[k] = i16(p.whole[code, k] + i64(draw < p.fraction[code, k]))
        trace, told = values[name], history[1, name]
        brief = epoch == 1 and not p.third[code]  # nobody reads such a history
        low, high = (p.span[0], p.span[1]) if p.third[code] else (i64(0), size)
        for block in range(low, high, LANES):
            stop = min(block + LANES, high)
            if epoch == 1 and nothing(trace, last, block, stop):
                if not brief:
                    silence(told[block:stop])
                continue  # nothing stays nothing, and most units are silent
            for j in range(u64(block), u64(stop)):
                value = i64(values[name, j])
                history[0, name, j] = value
                for t in range(1, epoch + 1):
                    before = value + 128
                    if p.flags[OWN_STREAM]:
                        number = i64(mix(p.flags[SEED], clock, i64(j) * 8 + 1 + code)) / 4294967296.0
                        value = p.whole[code, before] + i64(number < p.fraction[code, before])
                    else:
                        value = i64(following[before])
                    if last[j] == t:
                        value = clip(value + p.impulse[code], 0, 127)
                    history[t, name, j] = value
                if not p.third[code]:
                    values[name, j] = value
