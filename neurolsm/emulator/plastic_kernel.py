"""The plastic kernel: as the static one, plus plastic projections, third factors and intrinsic plasticity."""

# mypy: ignore-errors
from __future__ import annotations

import numba as nb
import numpy as np

from neurolsm.compiled import compiled
from neurolsm.emulator.addresses import call, call_step
from neurolsm.emulator.clip import clip
from neurolsm.emulator.kernel import deliver, grow
from neurolsm.emulator.learners import BEGIN, COUNT, END, STEP, TABLES
from neurolsm.emulator.lending import lent
from neurolsm.emulator.rows import move_up
from neurolsm.emulator.spans import ADAPT, HOLD, advance, hold
from neurolsm.emulator.update import FLAGS, INNER, adapt, lift
from neurolsm.emulator.vector import collect, copy, silence
from neurolsm.program.plasticity import NO_TARGET

u32, i64 = np.uint32, np.int64


@compiled(**INNER)
def third_factors(modulators, values, v, third):
    """Set the y traces of this step in ``third`` [3, n]."""
    for m in range(modulators.shape[0]):
        silence(third[modulators[m, 0], modulators[m, 1] : modulators[m, 2]])
    for m in range(modulators.shape[0]):
        name, start, stop, kind, channel, target_exp, shift = modulators[m]
        if kind != 1:
            for i in range(start, stop):
                third[name, i] = values[channel + kind // 2 * (i - start)]
        elif values[channel]:
            for k in range(stop - start):
                target = i64(values[channel + 1 + k])
                error = ((target << target_exp) - i64(v[start + k])) >> shift
                third[name, start + k] = 0 if target == NO_TARGET else clip(error, -128, 127)


@compiled(**INNER)
def speaks(values):
    """Whether any of ``values`` is not 0."""
    for k in range(values.size):
        if values[k] != 0:
            return True
    return False


@nb.njit(forceinline=True, **INNER)
def wipe(third):
    """Set all third factors to 0."""
    for name in range(3):
        silence(third[name])


@nb.njit(forceinline=True, **INNER)
def share(change, unit):
    """change / unit without its fraction, towards 0."""
    return change // unit if change >= 0 else -(-change // unit)


@compiled(**INNER)
def excite(rules, clock, fired, count, own, calibrated, bias_mant, bias_exp, bias, vth, threshold):
    """Intrinsic plasticity at the end of a step."""
    for r in range(rules.shape[0]):
        start, stop, period, target, bias_step, vth_step, bias_low, bias_high, vth_low, vth_high, calibration = rules[r]
        for k in range(fired.size):
            if start <= fired[k] < stop:
                count[fired[k]] += 1
        if clock % period:
            continue
        for i in range(start, stop):
            unit = i64(1)
            if calibration == 0:
                excess = i64(count[i] > target) - i64(count[i] < target)
            elif calibrated[i] < calibration:
                own[i] += count[i]
                calibrated[i] += 1
                count[i] = 0
                continue
            else:
                unit = max(i64(own[i]), calibration)
                excess = clip(i64(count[i]) * calibration - i64(own[i]), -unit, unit)
            bias_mant[i] = clip(bias_mant[i] - share(excess * bias_step, unit), bias_low, bias_high)
            vth[i] = clip(vth[i] + share(excess * vth_step, unit), vth_low, vth_high)
            bias[i] = bias_mant[i] << bias_exp[i]
            threshold[i] = vth[i] << 6
            count[i] = 0


@compiled(**FLAGS)
def run(
    indptr, unit, offsets, graded_row, graded_value, carry, clock, since, settled,
    in_ptr, in_target, in_weight, ptr, target, weight, learners, modulators, intrinsic,
    du, dv, bias_mant, bias_exp, vth, count, own, calibrated, refractory, theta_step, theta_decay, spans, full,
    slots, wide, fired, space, third, u, v, held, theta, ring, u_final, v_final, u_trace, v_trace, counts, synops,
):  # fmt: skip
    """All samples in order -> all spiking neurons in order.

    ``learners``: see ``Learners.calls``. ``intrinsic``: None instead of no rule: then the code for them is not compiled. ``since``: steps that
    tables of pairs have gone through already; ``settled``: whether their weights are up to date at the end, and not only once somebody reads them. ``wide``: input that comes later than in the next step is on its way
    to the first so many neurons alone. ``spans`` and ``full`` as in spans. ``fired`` is space for the result, replaced if it is too short;
    ``space`` [3, n] and ``third`` [3, n] are scratch. The second half of ``ring`` is 0 when the function starts and when it ends.
    """
    n = u.size
    indptr, unit, offsets, graded_row, graded_value, in_ptr, in_target, in_weight, ptr, target, weight = lent(
        (indptr, unit, offsets, graded_row, graded_value, in_ptr, in_target, in_weight, ptr, target, weight)
    )
    modulators, spans, du, dv, bias_mant, bias_exp, vth, refractory, theta_step, theta_decay = lent(
        (modulators, spans, du, dv, bias_mant, bias_exp, vth, refractory, theta_step, theta_decay)
    )
    count, own, calibrated, learners = lent((count, own, calibrated, learners))
    space, third, u, v, held, theta, ring, u_final, v_final, u_trace, v_trace, counts, synops = lent(
        (space, third, u, v, held, theta, ring, u_final, v_final, u_trace, v_trace, counts, synops)
    )
    bias, base_threshold, threshold = space[0], space[1], space[2]
    for i in range(n):
        bias[i] = bias_mant[i] << bias_exp[i]
        threshold[i] = base_threshold[i] = vth[i] << 6
    limit = threshold if full == ADAPT else base_threshold
    wipe(third)
    any_third = False
    total, g = i64(0), i64(0)
    for b in range(offsets.size - 1):
        if not carry:
            silence(u)
            silence(v)
            silence(held)
            silence(theta)
            silence(ring[: slots * n])
            for k in range(learners.shape[0]):
                call(learners[k, BEGIN], learners[k, TABLES], learners[k, COUNT])
        events = i64(0)
        r = i64(0)
        for row in range(offsets[b], offsets[b + 1]):
            advance(spans, u, v, ring[r * n : (r + 1) * n], bias, du, dv)
            if full == ADAPT:
                adapt(v, held, theta, base_threshold, threshold, theta_decay)
            elif full == HOLD:
                hold(v, held)
            fired = grow(fired, total + n + 1)
            end = collect(v, limit, fired, total)
            counts[row] = end - total
            spikes, channels = fired[total:end], unit[indptr[row] : indptr[row + 1]]
            for k in range(spikes.size):
                j = u32(spikes[k])
                v[j] = 0
                if full:
                    held[j] = refractory[j]
                    theta[j] = lift(theta[j], theta_step[j])
            total = end
            r += 1
            base = u32(r * n)
            events += deliver(ring, base, spikes, ptr, target, weight)
            events += deliver(ring, base, channels, in_ptr, in_target, in_weight)
            before, any_third = any_third, False
            if g < graded_row.size and graded_row[g] == row:
                values = graded_value[g]
                any_third = modulators.shape[0] > 0 and speaks(values)
                g += 1
                if any_third:
                    third_factors(modulators, values, v, third)
            if before and not any_third:
                wipe(third)
            clock += 1
            for k in range(learners.shape[0]):
                events += call_step(
                    learners[k, STEP], learners[k, TABLES], learners[k, COUNT],
                    ring, base, n, clock, row, since + row - offsets[0], channels, spikes, third, any_third,
                )  # fmt: skip
            if intrinsic is not None:
                rules = lent((intrinsic,))[0]
                excite(rules, clock, spikes, count, own, calibrated, bias_mant, bias_exp, bias, vth, base_threshold)
            if u_trace.shape[0] > 0:
                copy(u, u_trace[row])
            if v_trace.shape[0] > 0:
                copy(v, v_trace[row])
            if r == slots:
                move_up(ring, r, n, slots, wide)
                r = i64(0)
        move_up(ring, r, n, slots, wide)
        synops[b] = events
        copy(u, u_final[b])
        copy(v, v_final[b])
    if settled:
        for k in range(learners.shape[0]):
            if learners[k, END]:
                call(learners[k, END], learners[k, TABLES], learners[k, COUNT])
    return fired[:total]
