"""The plain C++ kernels that learn (plain_learning.cpp), called on a Program whose recurrent synapses all have one rule.

For neurons that share their time constants and threshold, and for the products of ``STDP`` and ``RewardSTDP``.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from compiled_cpp import library, pointer
from numpy.typing import NDArray

from neurolsm.program import Program
from neurolsm.program.decay import WEIGHT_RANGE, decay_table
from neurolsm.program.graded import Graded
from neurolsm.program.plasticity import LAVA, Factor
from neurolsm.program.plasticity import Product as Term
from neurolsm.program.spikes import Spikes
from neurolsm.program.streams import round_up_at, trace_draws


class Lif(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int32) for name in ("ku", "kv", "threshold")]


class Net(ctypes.Structure):
    _fields_ = [
        ("n", ctypes.c_int32), ("slots", ctypes.c_int32),
        *[(name, ctypes.c_void_p) for name in (
            "ptr", "post", "target", "back_ptr", "back_synapse", "back_pre", "in_ptr", "in_target", "in_weight", "bias",
        )],
        ("lif", Lif),
    ]  # fmt: skip


class Decay(ctypes.Structure):
    _fields_ = [("whole", ctypes.c_void_p), ("fraction", ctypes.c_void_p)]


class Product(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int32) for name in ("mantissa", "right", "left")]


class Rule(ctypes.Structure):
    _fields_ = [
        *[(name, Product) for name in ("minus", "plus", "fade", "reward")],
        *[(name, Decay) for name in ("x", "y", "third")],
        *[(name, ctypes.c_int32) for name in ("impulse", "every", "low", "high")],
    ]  # fmt: skip


class Draws(ctypes.Structure):
    _fields_ = [(name, ctypes.c_void_p) for name in ("x", "y", "up")]


class Learned(NamedTuple):
    """Spike counts [samples, n], and weights and tags [synapses] at the end."""

    count: NDArray[np.int32]
    weight: NDArray[np.int16]
    tag: NDArray[np.int16]


def prepare(program: Program, inputs: Spikes, graded: Graded | None = None) -> Callable[[], Learned]:
    """What has to be timed: a function that learns from all samples, from the Program's weights on."""
    recurrent, feed = program.projections
    rule, p, n = recurrent.plasticity, program.neurons, program.n
    assert rule is not None and rule.stream == LAVA and rule.t_epoch == 1 and recurrent.weight_exp == 0
    order = np.argsort(recurrent.post, kind="stable")
    kept: list[NDArray[Any]] = []

    def at(array: NDArray[Any], kind: Any) -> ctypes.c_void_p:
        kept.append(np.ascontiguousarray(array, kind))
        return pointer(kept[-1])

    def decay(name: str) -> Decay:
        whole, fraction = decay_table(rule.trace(name).tau)
        return Decay(at(whole, np.int32), at(fraction, np.float64))

    net = Net(
        n, program.max_delay + 2, at(recurrent.indptr, np.int64), at(recurrent.post, np.int32),
        at(recurrent.delay.astype(np.int32) * n + recurrent.post, np.int32),
        at(np.concatenate([[0], np.cumsum(np.bincount(recurrent.post, minlength=n))]), np.int64),
        at(order, np.int32), at(recurrent.pre[order], np.int32),
        at(feed.indptr, np.int64), at(feed.post, np.int32), at(feed.effective, np.int32), at(p.bias, np.int32),
        Lif(4095 - int(p.du[0]), 4096 - int(p.dv[0]), int(p.vth[0]) << 6),
    )  # fmt: skip
    tags = bool(rule.dt)
    minus, plus, *fade = (_product(term) for term in (rule.dt if tags else rule.dw))
    _check_products(rule.dt if tags else rule.dw, rule.dw if tags else ())
    given = Rule(
        minus, plus, *(fade + [_product(rule.dw[0])] if tags else [Product(), Product()]),
        decay("x1"), decay("y1"), decay("y2"), rule.x1.impulse, 1 << rule.decimate, *WEIGHT_RANGE[recurrent.sign_mode],
    )  # fmt: skip
    rows, unit = at(inputs.indptr, np.int64), at(inputs.unit, np.int32)
    steps, samples = int(inputs.steps[0]), len(inputs)
    reward = np.zeros(steps * samples, np.int32)
    if graded is not None:
        reward[graded.row] = graded.value[:, 0]
    run = library("plain_learning").batch

    def call() -> Learned:
        x, y = map(np.ascontiguousarray, trace_draws(rule, 0, steps * samples))
        up = round_up_at(rule, 0, steps * samples).astype(np.int32)
        found = Learned(
            np.zeros((samples, n), np.int32), recurrent.weight.astype(np.int16), np.zeros(recurrent.size, np.int16)
        )
        run(
            rows, unit, samples, steps, ctypes.byref(net), ctypes.byref(given), ctypes.byref(Draws(*map(pointer, (x, y, up)))),
            pointer(reward), pointer(found.weight), pointer(found.tag) if tags else None, pointer(found.count),
        )  # fmt: skip
        return found

    call.arrays = kept  # type: ignore[attr-defined]  # kept alive
    return call


def _product(term: Term) -> Product:
    return Product(term.mantissa, term.shift_right, term.shift_left)


def _check_products(pairs: tuple[Term, ...], reward: tuple[Term, ...]) -> None:
    """The kernels know these products and no others."""
    found = [(term.dependency, term.factors) for term in (*pairs, *reward)]
    known = [("x0", (Factor("y1"),)), ("y0", (Factor("x1"),))]
    if reward:
        known += [("u", (Factor("t"),)), ("u", (Factor("t"), Factor("y2")))]
    if found != known:
        raise SystemExit(f"plain_learning.cpp does not know {found}")
