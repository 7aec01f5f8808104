"""One learning step in compiled code: only traces that are used and synapses that an event touched are visited.

A rule is separable if every product is (something of the source) times (something of the target): then both are worked out
once a neuron, and a synapse costs a multiplication and a shift a product. Rules that read the weight or write tags take the
general way, one product and factor after the other.
"""

# mypy: ignore-errors
from __future__ import annotations

import numba as nb
import numpy as np

from neurolsm.emulator.update import FLAGS

i64, u32 = np.int64, np.uint32
LOW, HIGH = -32769, 32767  # the accumulator, see neurolsm.semantics.learning
X0, Y0, W, T, D, C = 5, 6, 7, 8, 9, 10  # codes of factors after the five traces, see plastic_tables.VARIABLES
# places in ``flags``, see plastic_tables.FLAGS
(
    FROM_INPUT,
    EXP,
    EPOCH,
    DECIMATE,
    MIN,
    MAX,
    OWN_STREAM,
    SEED,
    HAS_X0,
    HAS_Y0,
    HAS_U,
    U_NEEDS_X,
    U_NEEDS_THIRD,
    SEPARABLE,
) = range(14)


@nb.njit(cache=True, **FLAGS)
def mix(seed, clock, index):
    """See neurolsm.semantics.streams.mix."""
    x = u32((seed * 0x9E3779B1 + clock * 0x85EBCA77) & 0xFFFFFFFF) ^ u32(u32(index) * u32(0xC2B2AE3D))
    x = u32(u32(x ^ (x >> u32(15))) * u32(0x2C1B3C6D))
    x = u32(u32(x ^ (x >> u32(12))) * u32(0x297A2D39))
    return u32(x ^ (x >> u32(15)))


@nb.njit(cache=True, **FLAGS)
def round_up_at(p, s, row, clock):
    """The accumulator modulo 128 at which synapse ``s`` rounds up."""
    return i64(mix(p.flags[SEED], clock, s * 8) >> u32(25)) + 1 if p.flags[OWN_STREAM] else p.up[row]


@nb.njit(cache=True, **FLAGS)
def clip(x, low, high):
    return min(max(x, low), high)


# ---------------------------------------------------------------- traces


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
        for j in range(size):
            value = i64(values[name, j])
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


@nb.njit(cache=True, **FLAGS)
def trace_value(p, code, t, j, hx, hy, any_third):
    """A trace at step t of the epoch."""
    if code < 2:
        return i64(p.x[code, j]) if p.flags[EPOCH] == 1 else (hx[t, code, j] if p.used[code] else i64(0))
    if p.third[code] and not any_third:
        return i64(0)
    if p.flags[EPOCH] == 1 and not p.third[code]:
        return i64(p.y[code - 2, j])
    return hy[t, code - 2, j] if p.used[code] else i64(0)


# ---------------------------------------------------------------- separable rules


@nb.njit(cache=True, **FLAGS)
def sides(p, u, hx, hy, any_third, a, b):
    """For each product, what the source and what the target contribute: a [products, sources], b [products, n].

    In an epoch of several steps a trace is read when the dependency's own neuron fired, so only t_epoch = 1 comes here.
    """
    for k in range(p.series[1]):
        dependency = p.products[k, 0]
        gate = u if dependency == 2 else 1
        for j in range(p.tx.size):
            a[k, j] = p.products[k, 1] * gate if dependency != 0 or p.tx[j] > 0 else 0
        for i in range(p.ty.size):
            b[k, i] = 1 if dependency != 1 or p.ty[i] > 0 else 0
        for f in range(p.products[k, 4]):
            at = 5 + 4 * f
            code, constant, bound = p.products[k, at], p.products[k, at + 1], i64(1) << p.products[k, at + 3]
            if code < 2 or code == X0 or code == C:
                for j in range(p.tx.size):
                    x = constant
                    if code < 2:
                        x += p.x[code, j]
                    elif code == X0:
                        x += i64(p.tx[j] > 0)
                    a[k, j] *= clip(x, -bound, bound - 1)
            else:
                for i in range(p.ty.size):
                    y = constant + (i64(p.ty[i] > 0) if code == Y0 else trace_value(p, code, 1, i, hx, hy, any_third))
                    b[k, i] *= clip(y, -bound, bound - 1)


@nb.njit(cache=True, **FLAGS)
def change_separable(p, s, pre, post, row, clock, a, b):
    acc = i64(p.weight[s]) << 7
    for k in range(p.series[1]):
        value = ((a[k, pre] * b[k, post]) >> p.products[k, 2]) << p.products[k, 3]
        acc = clip(acc + clip(value, LOW, HIGH), LOW, HIGH)
    if p.flags[MIN] == 0:
        acc = max(acc, 0)
    elif p.flags[MAX] == 0:
        acc = min(acc, 0)
    if acc & 127:
        acc += i64((acc & 127) >= round_up_at(p, s, row, clock)) << 7
    p.weight[s] = clip(acc >> 7, p.flags[MIN], p.flags[MAX])


# ---------------------------------------------------------------- all other rules


@nb.njit(cache=True, **FLAGS)
def series(products, first, last, acc, x0, y0, u, factors):
    """The accumulator after products first .. last - 1; ``factors`` holds the variables of this synapse by gate and code."""
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
            value *= clip(x, -bound, bound - 1)
        value = (value >> products[k, 2]) << products[k, 3]
        acc = clip(acc + clip(value, LOW, HIGH), LOW, HIGH)
    return acc


@nb.njit(cache=True, **FLAGS)
def change_general(p, s, pre, post, u, row, clock, hx, hy, any_third, factors):
    """Update weight and tags of synapse ``s``."""
    tx, ty = i64(p.tx[pre]), i64(p.ty[post])
    x0, y0 = i64(tx > 0), i64(ty > 0)
    for d in range(3):
        t = tx if d == 0 else (ty if d == 1 else p.flags[EPOCH])
        for code in range(5):
            if p.used[code]:
                factors[d, code] = trace_value(p, code, t, pre if code < 2 else post, hx, hy, any_third)
        factors[d, X0] = x0
        factors[d, Y0] = y0
        factors[d, W] = p.weight[s]
        factors[d, T] = p.tag1[s]
        factors[d, D] = p.tag2[s]
    up = round_up_at(p, s, row, clock)
    w, d2, t1 = i64(p.weight[s]), i64(p.tag2[s]), i64(p.tag1[s])
    if p.series[1] > p.series[0]:
        acc = series(p.products, p.series[0], p.series[1], w << 7, x0, y0, u, factors)
        if p.flags[MIN] == 0:
            acc = max(acc, 0)
        elif p.flags[MAX] == 0:
            acc = min(acc, 0)
        p.weight[s] = clip((acc >> 7) + i64((acc & 127) >= up), p.flags[MIN], p.flags[MAX])
    if p.series[2] > p.series[1]:
        acc = max(series(p.products, p.series[1], p.series[2], d2 << 7, x0, y0, u, factors), 0)
        p.tag2[s] = clip((acc >> 7) + i64((acc & 127) >= up), 0, 255)
    if p.series[3] > p.series[2]:
        acc = series(p.products, p.series[2], p.series[3], t1 << 7, x0, y0, u, factors)
        p.tag1[s] = clip((acc >> 7) + i64((acc & 127) >= up), -257, 255)


# ---------------------------------------------------------------- the step


@nb.njit(cache=True, **FLAGS)
def change(p, s, pre, post, u, row, clock, hx, hy, any_third, factors, a, b):
    if p.flags[SEPARABLE] and p.flags[EPOCH] == 1:
        change_separable(p, s, pre, post, row, clock, a, b)
    else:
        change_general(p, s, pre, post, u, row, clock, hx, hy, any_third, factors)


@nb.njit(cache=True, **FLAGS)
def learn(p, clock, row, pre, post, third, any_third, hx, hy, a, b):
    """The learning step ``clock`` (1-based) of one projection.

    ``pre`` and ``post`` are those that fired; ``third`` [3, n] holds the y traces set from outside; ``hx``, ``hy``, ``a``
    and ``b`` are scratch space.
    """
    epoch = p.flags[EPOCH]
    within = (clock - 1) % epoch + 1
    record(p, p.tx, p.x, 0, pre, within)
    record(p, p.ty, p.y, 2, post, within)
    for name in range(3):
        if p.third[2 + name] and (any_third or p.stale[0]):
            p.y[name] = third[name]
    p.stale[0] = any_third
    if clock % epoch:
        return
    x_draw = 0.0 if p.flags[OWN_STREAM] else p.draws[0, row]
    y_draw = 0.0 if p.flags[OWN_STREAM] else p.draws[1, row]
    decay(p, p.x, 0, p.tx, pre, hx, x_draw, clock, any_third)
    decay(p, p.y, 2, p.ty, post, hy, y_draw, clock, any_third)
    factors = np.zeros((3, 11), np.int64)
    u = i64((clock // epoch) % (i64(1) << p.flags[DECIMATE]) == 0)
    timed = p.flags[HAS_U] and u and (any_third or not p.flags[U_NEEDS_THIRD])
    if (
        p.flags[SEPARABLE]
        and epoch == 1
        and (timed or (p.flags[HAS_X0] and pre.size) or (p.flags[HAS_Y0] and post.size))
    ):
        sides(p, i64(timed), hx, hy, any_third, a, b)
    if timed:
        for j in range(p.tx.size):
            if (
                epoch == 1
                and p.tx[j] == 0
                and p.flags[U_NEEDS_X]
                and not p.flags[HAS_Y0]
                and p.x[0, j] == 0
                and p.x[1, j] == 0
            ):
                continue
            for s in range(p.ptr[j], p.ptr[j + 1]):
                change(p, s, j, p.post[s], u, row, clock, hx, hy, any_third, factors, a, b)
    else:
        if p.flags[HAS_X0]:
            for j in range(p.tx.size):
                if p.tx[j] > 0:
                    for s in range(p.ptr[j], p.ptr[j + 1]):
                        change(p, s, j, p.post[s], 0, row, clock, hx, hy, any_third, factors, a, b)
        if p.flags[HAS_Y0]:
            for i in range(p.ty.size):
                if p.ty[i] > 0:
                    for k in range(p.back_ptr[i], p.back_ptr[i + 1]):
                        if not (p.flags[HAS_X0] and p.tx[p.back_pre[k]] > 0):
                            change(
                                p, p.back_synapse[k], p.back_pre[k], i, 0, row, clock, hx, hy, any_third, factors, a, b
                            )
    if epoch == 1:
        for k in range(pre.size):
            p.tx[pre[k]] = 0
        for k in range(post.size):
            p.ty[post[k]] = 0
    else:
        p.tx[:] = 0
        p.ty[:] = 0
