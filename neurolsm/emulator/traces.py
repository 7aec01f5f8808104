"""Traces in compiled code, and the random numbers of a stream of their own."""

# mypy: ignore-errors
from __future__ import annotations

import numba as nb
import numpy as np

from neurolsm.emulator.codes import EPOCH, OWN_STREAM, SEED
from neurolsm.emulator.update import FLAGS

i64, u32 = np.int64, np.uint32


@nb.njit(cache=True, **FLAGS)
def mix(seed, clock, index):
    """See neurolsm.semantics.streams.mix."""
    x = u32((seed * 0x9E3779B1 + clock * 0x85EBCA77) & 0xFFFFFFFF) ^ u32(u32(index) * u32(0xC2B2AE3D))
    x = u32(u32(x ^ (x >> u32(15))) * u32(0x2C1B3C6D))
    x = u32(u32(x ^ (x >> u32(12))) * u32(0x297A2D39))
    return u32(x ^ (x >> u32(15)))


@nb.njit(cache=True, **FLAGS)
def clip(x, low, high):
    return min(max(x, low), high)


@nb.njit(cache=True, **FLAGS)
def record(p, last, values, first, fired, within):
    """Note who fired in this step; an earlier spike of the same epoch adds its impulse at once."""
    for k in range(fired.size):
        j = fired[k]
        if last[j] > 0:
            for name in range(values.shape[0]):
                values[name, j] = clip(values[name, j] + p.impulse[first + name], 0, 127)
        last[j] = within


@nb.njit(cache=True, **FLAGS)
def decay_once(p, values, first, fired, draw):
    """Traces after one step, for rules whose every trace comes from spikes and whose epoch is one step (Lava's stream)."""
    following = np.empty(128, np.int16)
    for name in range(values.shape[0]):
        code = first + name
        if not p.used[code]:
            continue
        trace = values[name]
        if not p.kept[code]:
            for k in range(128):
                following[k] = p.whole[code, 128 + k] + i64(draw < p.fraction[code, 128 + k])
            for j in range(trace.size):
                trace[j] = following[u32(trace[j])]
        for k in range(fired.size):
            j = u32(fired[k])
            trace[j] = clip(trace[j] + p.impulse[code], 0, 127)


@nb.njit(cache=True, **FLAGS)
def decay(p, values, first, last, fired, history, draw, clock, any_third):
    """Histories of the traces over the epoch [t_epoch + 1, traces, size]; afterwards ``values`` are the last ones.

    A trace that never decays changes where somebody fired; of third factors only those that are not 0 matter.
    """
    size, epoch = values.shape[1], p.flags[EPOCH]
    following = np.empty(256, np.int64)
    for name in range(values.shape[0]):
        code = first + name
        if not p.used[code] or (p.third[code] and not any_third):
            continue
        if epoch == 1 and p.kept[code]:
            for k in range(fired.size):
                values[name, fired[k]] = clip(values[name, fired[k]] + p.impulse[code], 0, 127)
            continue
        if not p.flags[OWN_STREAM]:
            for k in range(256):
                following[k] = p.whole[code, k] + i64(draw < p.fraction[code, k])
        brief = epoch == 1 and not p.third[code]  # nobody reads such a history
        for j in range(size):
            value = i64(values[name, j])
            if brief and value == 0 and last[j] == 0:
                continue  # nothing stays nothing, and most neurons are silent
            history[0, name, j] = value
            for t in range(1, epoch + 1):
                before = value + 128
                if p.flags[OWN_STREAM]:
                    number = i64(mix(p.flags[SEED], clock, j * 8 + 1 + code)) / 4294967296.0
                    value = p.whole[code, before] + i64(number < p.fraction[code, before])
                else:
                    value = following[before]
                if last[j] == t:
                    value = clip(value + p.impulse[code], 0, 127)
                history[t, name, j] = value
            if not p.third[code]:
                values[name, j] = value
