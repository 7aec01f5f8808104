"""The plastic kernel: as the static one, plus plastic projections, third factors and intrinsic plasticity."""

# mypy: ignore-errors
from __future__ import annotations

import numba as nb
import numpy as np

from neurolsm.emulator.kernel import grow
from neurolsm.emulator.learning import learn
from neurolsm.emulator.update import FLAGS, adapt, lif, lift
from neurolsm.plasticity import NO_TARGET

u32, i64 = np.uint32, np.int64


@nb.njit(cache=True, **FLAGS)
def third_factors(modulators, values, v, third):
    """Set the y traces of this step in ``third`` [3, n]; returns whether any is not 0."""
    third[:] = 0
    found = False
    for m in range(modulators.shape[0]):
        name, start, stop, kind, channel, target_exp, shift = modulators[m]
        if kind == 0:
            third[name, start:stop] = values[channel]
        elif kind == 2:
            third[name, start:stop] = values[channel : channel + stop - start]
        elif values[channel]:
            for k in range(stop - start):
                target = i64(values[channel + 1 + k])
                error = ((target << target_exp) - i64(v[start + k])) >> shift
                third[name, start + k] = 0 if target == NO_TARGET else min(max(error, -128), 127)
        found = True
    return found


@nb.njit(cache=True, **FLAGS)
def excite(rules, clock, fired, count, bias_mant, bias_exp, bias, vth, threshold):
    """Intrinsic plasticity at the end of a step."""
    for r in range(rules.shape[0]):
        start, stop, period, target, bias_step, vth_step, bias_low, bias_high, vth_low, vth_high = rules[r]
        for k in range(fired.size):
            if start <= fired[k] < stop:
                count[fired[k]] += 1
        if clock % period:
            continue
        for i in range(start, stop):
            excess = i64(count[i] > target) - i64(count[i] < target)
            bias_mant[i] = min(max(bias_mant[i] - excess * bias_step, bias_low), bias_high)
            vth[i] = min(max(vth[i] + excess * vth_step, vth_low), vth_high)
            bias[i] = bias_mant[i] << bias_exp[i]
            threshold[i] = vth[i] << 6
            count[i] = 0


@nb.njit(cache=True, **FLAGS)
def run(
    indptr, unit, offsets, graded_row, graded_value, carry, clock,
    in_ptr, in_target, in_weight, ptr, target, weight, plastic, modulators, intrinsic,
    du, dv, bias_mant, bias_exp, vth, count, refractory, theta_step, theta_decay, scalar, full,
    slots, u, v, held, theta, ring, u_final, v_final, u_trace, v_trace, counts, synops,
):  # fmt: skip
    """All samples in order -> all spiking neurons in order. ``plastic`` is a tuple of ``PlasticTable``."""
    n = u.size
    size = u32(slots * n)
    fired = np.empty(4 * n + 64, np.int32)
    bias = bias_mant << bias_exp
    base_threshold = vth << 6
    threshold = base_threshold.copy()
    third = np.zeros((3, n), np.int64)
    silent = np.zeros(max(1, graded_value.shape[1]), np.int16)
    longest, widest = 1, max(n, in_ptr.size - 1)
    for k in range(len(plastic)):
        longest = max(longest, plastic[k].flags[2])
    hx, hy = np.zeros((longest + 1, 2, widest), np.int64), np.zeros((longest + 1, 3, n), np.int64)
    products = 1
    for k in range(len(plastic)):
        products = max(products, plastic[k].series[1])
    of_source, of_target = np.zeros((products, widest), np.int64), np.zeros((products, n), np.int64)
    total = 0
    g = 0
    for b in range(offsets.size - 1):
        if not carry:
            u[:] = 0
            v[:] = 0
            held[:] = 0
            theta[:] = 0
            ring[:] = 0
            for k in range(len(plastic)):
                p = plastic[k]
                for name in range(2):
                    if p.reset[name]:
                        p.x[name] = 0
                for name in range(3):
                    if p.reset[2 + name]:
                        p.y[name] = 0
        steps = offsets[b + 1] - offsets[b]
        events = i64(0)
        for t in range(steps):
            row = offsets[b] + t
            start = u32(t % slots) * u32(n)
            lif(u, v, ring[start : start + n], bias, du, dv, scalar)
            if full:
                adapt(v, held, theta, base_threshold, threshold, theta_decay)
            else:
                threshold[:] = base_threshold
            fired = grow(fired, total + n + 1)
            end = total
            for i in range(n):
                fired[end] = i
                end += 1 if v[i] > threshold[i] else 0
            counts[row] = end - total
            base = u32(((t + 1) % slots) * n)
            for k in range(total, end):
                j = u32(fired[k])
                v[j] = 0
                if full:
                    held[j] = refractory[j]
                    theta[j] = lift(theta[j], theta_step[j])
                events += i64(ptr[j + u32(1)]) - i64(ptr[j])
                for s in range(ptr[j], ptr[j + u32(1)]):
                    x = base + target[s]
                    if x >= size:
                        x -= size
                    ring[x] += weight[s]
            for k in range(indptr[row], indptr[row + 1]):
                j = u32(unit[k])
                events += i64(in_ptr[j + u32(1)]) - i64(in_ptr[j])
                for s in range(in_ptr[j], in_ptr[j + u32(1)]):
                    x = base + in_target[s]
                    if x >= size:
                        x -= size
                    ring[x] += in_weight[s]
            values = silent
            if g < graded_row.size and graded_row[g] == row:
                values = graded_value[g]
                g += 1
            any_third = third_factors(modulators, values, v, third) and values.any()
            clock += 1
            for k in range(len(plastic)):
                p = plastic[k]
                heard = unit[indptr[row] : indptr[row + 1]] if p.flags[0] else fired[total:end]
                for q in range(heard.size):
                    j = heard[q]
                    events += p.ptr[j + 1] - p.ptr[j]
                    for s in range(p.ptr[j], p.ptr[j + 1]):
                        x = base + p.target[s]
                        if x >= size:
                            x -= size
                        ring[x] += i64(p.weight[s]) << p.flags[1]
                learn(p, clock, row, heard, fired[total:end], third, any_third, hx, hy, of_source, of_target)
            excite(intrinsic, clock, fired[total:end], count, bias_mant, bias_exp, bias, vth, base_threshold)
            total = end
            if u_trace.shape[0] > 0:
                u_trace[row] = u
            if v_trace.shape[0] > 0:
                v_trace[row] = v
        shift = (steps % slots) * n
        if shift > 0:
            ring[:] = np.concatenate((ring[shift:], ring[:shift]))
        synops[b] = events
        u_final[b] = u
        v_final[b] = v
    return fired[:total]
