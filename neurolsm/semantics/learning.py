"""One learning step of one projection: traces, then sums of products, then one stochastic rounding.

    trace <- floor(exp(-1 / tau) trace) + (random < fraction), plus the impulse if the neuron fired, at most 127
    acc   <- 128 w;  for each product in order:  m = dependency * factors * mantissa, shifted to 15 bits, times 2^(exponent + 7)
             acc <- clip(acc + clip(m))
    w     <- acc / 128, rounded up or down at random, clipped to the range of the sign mode

A spike at step t is delivered with the weight before the update of step t. Traces and dependencies follow the spikes of the
neurons themselves, at both ends: a synaptic delay moves what is delivered, and not what a rule sees. In an epoch of several steps
the last spike counts for dependencies, and earlier ones add their impulse at once.

m is cut downward where the factors and the mantissa are wider than 15 bits together, so it is less than the formula's by half a
unit of the cut in the mean, 2^exponent / 2 weight steps, whatever its sign. A trace is cut to 0..127 when its own neuron fires, a
third factor too: one below 0 is 0 for the products of a step in which the target fires.

A sample that is not carried on begins with the traces of ``reset`` at 0, and with no spike time on a side that has such a trace
(``Plasticity.forgotten``): no spike of an unfinished epoch pairs with one of the next sample. The clock is never reset: epochs, u<k>
and periods of intrinsic plasticity are counted over all samples that were learned, so the first epoch of a sample may be the rest
of one that began before it.

Source: lava/magma/core/model/py/connection.py and learning/learning_rule_applier.py, fixed point, of Lava 0.10.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.program import Projection
from neurolsm.program.decay import ACC_HIGH, ACC_LOW, TABLE_ZERO, TAG_RANGES, WEIGHT_RANGE, decay_table
from neurolsm.program.plasticity import TRACE_MAX, WIDTHS, Plasticity, Product
from neurolsm.program.state import PlasticState
from neurolsm.program.streams import trace_numbers, weight_thresholds


def clip(values: Any, low: int, high: int) -> NDArray[Any]:
    """``np.clip``, which takes longer to look at such limits than at most of these arrays."""
    return np.minimum(np.maximum(values, low), high)


def decay_trace(values: NDArray[Any], tau: float, numbers: NDArray[np.float64]) -> NDArray[np.int64]:
    whole, fraction = decay_table(tau)
    index = values.astype(np.int64) + TABLE_ZERO
    return whole[index] + (numbers < fraction[index])


def learn(
    projection: Projection,
    state: PlasticState,
    clock: int,
    pre: NDArray[np.bool_],
    post: NDArray[np.bool_],
    third: dict[str, NDArray[np.int64]],
) -> None:
    """Advance the learning state of a projection by the step ``clock`` (1-based).

    Args:
        projection: a plastic projection; its pattern of synapses never changes.
        state: changed in place.
        pre, post: who fired in this step [sources], [n].
        third: values of the y traces that are set from outside [n].
    """  # fmt: skip
    rule = projection.plasticity
    assert rule is not None
    within = (clock - 1) % rule.t_epoch + 1
    for fired, last, names in ((pre, state.tx, ("x1", "x2")), (post, state.ty, ("y1", "y2", "y3"))):
        again = fired & (last > 0)
        for name in names:
            values = getattr(state, name)
            values[again] = clip(values[again] + rule.trace(name).impulse, 0, TRACE_MAX)
        last[fired] = within
    for name in rule.third:
        getattr(state, name)[:] = third[name]
    if clock % rule.t_epoch:
        return
    history = {name: _history(rule, name, state, clock) for name in ("x1", "x2", "y1", "y2", "y3")}
    for name, values in history.items():
        if name not in rule.third:
            getattr(state, name)[:] = values[-1]
    _apply(projection, rule, state, history, clock)
    state.tx[:] = 0
    state.ty[:] = 0


def _history(rule: Plasticity, name: str, state: PlasticState, clock: int) -> NDArray[np.int64]:
    """Values of a trace after 0 .. t_epoch steps of the epoch that ends now."""
    spec, last = rule.trace(name), state.tx if name[0] == "x" else state.ty
    values = [getattr(state, name).astype(np.int64)]
    if not (spec.impulse or values[0].any()):  # nothing raises it, and 0 stays 0
        return np.zeros((rule.t_epoch + 1, last.size), np.int64)
    numbers = trace_numbers(rule, name, clock, last.size)
    for t in range(1, rule.t_epoch + 1):
        value = decay_trace(values[-1], spec.tau, numbers)
        now = last == t
        value[now] = clip(value[now] + spec.impulse, 0, TRACE_MAX)
        values.append(value)
    return np.stack(values)


def _apply(
    projection: Projection, rule: Plasticity, state: PlasticState, history: dict[str, NDArray[np.int64]], clock: int
) -> None:
    pre, post = projection.pre, projection.post
    u = int((clock // rule.t_epoch) % (1 << rule.decimate) == 0)
    gate = {"x0": (state.tx > 0)[pre], "y0": (state.ty > 0)[post], "u": np.full(pre.size, u)}
    when = {"x0": state.tx[pre], "y0": state.ty[post], "u": np.full(pre.size, rule.t_epoch)}
    old = {"w": state.weight.astype(np.int64), "t": state.tag1.astype(np.int64), "d": state.tag2.astype(np.int64)}
    up = weight_thresholds(rule, clock, pre.size)

    def factor(name: str, dependency: str) -> NDArray[Any]:
        if name in old:
            return old[name]
        if name in gate:
            return gate[name].astype(np.int64)
        return history[name][when[dependency], pre if name[0] == "x" else post]

    for products, name, target, limits in (
        (rule.dw, "w", state.weight, WEIGHT_RANGE[projection.sign_mode]),
        (rule.dd, "d", state.tag2, TAG_RANGES["d"]),
        (rule.dt, "t", state.tag1, TAG_RANGES["t"]),
    ):
        if not products:
            continue
        acc = old[name] << 7
        for product in products:
            acc = clip(acc + _product(product, gate[product.dependency], factor), ACC_LOW, ACC_HIGH)
        if name == "w" and projection.sign_mode == "excitatory":
            acc = np.maximum(acc, 0)
        if name == "d" or (name == "w" and projection.sign_mode == "inhibitory"):
            acc = np.minimum(acc, 0) if name == "w" else np.maximum(acc, 0)
        target[:] = clip((acc >> 7) + ((acc & 127) >= up), *limits)


def _product(product: Product, gate: NDArray[Any], factor: Any) -> NDArray[np.int64]:
    value = gate.astype(np.int64) * product.mantissa
    for f in product.factors:
        bits = WIDTHS[f.variable]
        x = f.constant if f.variable == "c" else factor(f.variable, product.dependency) + f.constant
        x = np.sign(x) if f.sign else x
        value = value * clip(x, -(1 << bits), (1 << bits) - 1)
    value = (value >> product.shift_right) << product.shift_left
    return clip(value, ACC_LOW, ACC_HIGH)
