"""One learning step in compiled code: only traces that are used and synapses that an event touched are visited."""

# mypy: ignore-errors
from __future__ import annotations

import numba as nb
import numpy as np

from neurolsm.emulator.update import FLAGS

i64, u32 = np.int64, np.uint32
LOW, HIGH = -32769, 32767  # the accumulator, see neurolsm.semantics.learning
X0, Y0, W, T, D, C = 5, 6, 7, 8, 9, 10  # codes of factors after the five traces, see plastic_tables.VARIABLES


@nb.njit(cache=True, **FLAGS)
def mix(seed, clock, index):
    """See neurolsm.semantics.streams.mix."""
    x = u32((seed * 0x9E3779B1 + clock * 0x85EBCA77) & 0xFFFFFFFF) ^ u32(u32(index) * u32(0xC2B2AE3D))
    x = u32(u32(x ^ (x >> u32(15))) * u32(0x2C1B3C6D))
    x = u32(u32(x ^ (x >> u32(12))) * u32(0x297A2D39))
    return u32(x ^ (x >> u32(15)))


@nb.njit(cache=True, **FLAGS)
def series(products, first, last, acc, x0, y0, u, factors):
    """The accumulator after products first .. last - 1; ``factors`` holds the variables of this synapse by code and time."""
    for k in range(first, last):
        dependency = products[k, 0]
        gate = x0 if dependency == 0 else (y0 if dependency == 1 else u)
        if gate == 0:
            continue
        value = products[k, 1]
        for f in range(products[k, 4]):
            at = 5 + 4 * f
            code = products[k, at]
            x = products[k, at + 1] + (0 if code == C else factors[dependency, code])
            if products[k, at + 2]:
                x = i64(1) if x > 0 else (i64(-1) if x < 0 else i64(0))
            bound = i64(1) << products[k, at + 3]
            value *= min(max(x, -bound), bound - 1)
        value = (value >> products[k, 2]) << products[k, 3]
        acc = min(max(acc + min(max(value, LOW), HIGH), LOW), HIGH)
    return acc


@nb.njit(cache=True, **FLAGS)
def change(p, s, pre, post, u, hx, hy, row, clock, factors):
    """Update weight and tags of synapse ``s``."""
    epoch = p.flags[2]
    tx, ty = i64(p.tx[pre]), i64(p.ty[post])
    x0, y0 = i64(tx > 0), i64(ty > 0)
    for d in range(3):
        t = tx if d == 0 else (ty if d == 1 else epoch)
        factors[d, 0] = hx[t, 0, pre]
        factors[d, 1] = hx[t, 1, pre]
        factors[d, 2] = hy[t, 0, post]
        factors[d, 3] = hy[t, 1, post]
        factors[d, 4] = hy[t, 2, post]
        factors[d, X0] = x0
        factors[d, Y0] = y0
        factors[d, W] = p.weight[s]
        factors[d, T] = p.tag1[s]
        factors[d, D] = p.tag2[s]
    up = i64(mix(p.flags[7], clock, s * 8) >> u32(25)) + 1 if p.flags[6] else p.up[row]
    w, d2, t1 = i64(p.weight[s]), i64(p.tag2[s]), i64(p.tag1[s])
    if p.series[1] > p.series[0]:
        acc = series(p.products, p.series[0], p.series[1], w << 7, x0, y0, u, factors)
        if p.flags[4] == 0:
            acc = max(acc, 0)
        elif p.flags[5] == 0:
            acc = min(acc, 0)
        p.weight[s] = min(max((acc >> 7) + i64((acc & 127) >= up), p.flags[4]), p.flags[5])
    if p.series[2] > p.series[1]:
        acc = max(series(p.products, p.series[1], p.series[2], d2 << 7, x0, y0, u, factors), 0)
        p.tag2[s] = min(max((acc >> 7) + i64((acc & 127) >= up), 0), 255)
    if p.series[3] > p.series[2]:
        acc = series(p.products, p.series[2], p.series[3], t1 << 7, x0, y0, u, factors)
        p.tag1[s] = min(max((acc >> 7) + i64((acc & 127) >= up), -257), 255)


@nb.njit(cache=True, **FLAGS)
def record(p, last, values, first, fired, count, within):
    """Note who fired in this step; an earlier spike of the same epoch adds its impulse at once."""
    for k in range(count):
        j = fired[k]
        if last[j] > 0:
            for name in range(values.shape[0]):
                values[name, j] = min(max(values[name, j] + p.impulse[first + name], 0), 127)
        last[j] = within


@nb.njit(cache=True, **FLAGS)
def decay(p, values, first, last, history, draw, clock):
    """Histories of the traces over the epoch [t_epoch + 1, traces, size]; afterwards ``values`` are the last ones."""
    size, epoch = values.shape[1], p.flags[2]
    following = np.empty(256, np.int64)
    for name in range(values.shape[0]):
        code = first + name
        if not p.used[code]:
            continue
        if not p.flags[6]:
            for k in range(256):
                following[k] = p.whole[code, k] + i64(draw < p.fraction[code, k])
        for j in range(size):
            history[0, name, j] = values[name, j]
        for t in range(1, epoch + 1):
            for j in range(size):
                before = history[t - 1, name, j] + 128
                if p.flags[6]:
                    number = i64(mix(p.flags[7], clock, j * 8 + 1 + code)) / 4294967296.0
                    value = p.whole[code, before] + i64(number < p.fraction[code, before])
                else:
                    value = following[before]
                if last[j] == t:
                    value = min(max(value + p.impulse[code], 0), 127)
                history[t, name, j] = value
        if not p.third[code]:
            for j in range(size):
                values[name, j] = history[epoch, name, j]


@nb.njit(cache=True, **FLAGS)
def learn(p, clock, row, pre, n_pre, post, n_post, third, any_third, hx, hy):
    """The learning step ``clock`` (1-based) of one projection. ``third`` [3, n] holds the y traces set from outside."""
    epoch = p.flags[2]
    within = (clock - 1) % epoch + 1
    record(p, p.tx, p.x, 0, pre, n_pre, within)
    record(p, p.ty, p.y, 2, post, n_post, within)
    for name in range(3):
        if p.third[2 + name]:
            for j in range(p.y.shape[1]):
                p.y[name, j] = third[name, j]
    if clock % epoch:
        return
    x_draw = 0.0 if p.flags[6] else p.draws[0, row]
    y_draw = 0.0 if p.flags[6] else p.draws[1, row]
    decay(p, p.x, 0, p.tx, hx, x_draw, clock)
    decay(p, p.y, 2, p.ty, hy, y_draw, clock)
    factors = np.zeros((3, 11), np.int64)
    u = i64((clock // epoch) % (i64(1) << p.flags[3]) == 0)
    if p.flags[10] and u and (any_third or not p.flags[12]):
        for j in range(p.tx.size):
            if p.tx[j] == 0 and p.flags[11] and not p.flags[9] and hx[epoch, 0, j] == 0 and hx[epoch, 1, j] == 0:
                continue
            for s in range(p.ptr[j], p.ptr[j + 1]):
                change(p, s, j, p.post[s], u, hx, hy, row, clock, factors)
    else:
        if p.flags[8]:
            for j in range(p.tx.size):
                if p.tx[j] > 0:
                    for s in range(p.ptr[j], p.ptr[j + 1]):
                        change(p, s, j, p.post[s], 0, hx, hy, row, clock, factors)
        if p.flags[9]:
            for i in range(p.ty.size):
                if p.ty[i] > 0:
                    for k in range(p.back_ptr[i], p.back_ptr[i + 1]):
                        if not (p.flags[8] and p.tx[p.back_pre[k]] > 0):
                            change(p, p.back_synapse[k], p.back_pre[k], i, 0, hx, hy, row, clock, factors)
    p.tx[:] = 0
    p.ty[:] = 0
