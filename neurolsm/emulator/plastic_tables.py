"""Plastic projections laid out for the kernel: synapses by source and by target, rules and traces as plain arrays.

Rules of pairs of spikes have a table of their own, see pair_tables.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurolsm.compiled import compiled
from neurolsm.emulator.codes import BITS, EPOCH, NARROW, ROWS, SEPARABLE, SPACE
from neurolsm.emulator.eligible import eligible
from neurolsm.emulator.tables import target_type
from neurolsm.emulator.update import FLAGS as KERNEL
from neurolsm.program import INPUT, Program, Projection
from neurolsm.program.decay import WEIGHT_RANGE, decay_table
from neurolsm.program.plasticity import LAVA, TRACES, WIDTHS, Plasticity, Product
from neurolsm.program.state import PlasticState
from neurolsm.program.streams import round_up_at, trace_draws

VARIABLES = ("x1", "x2", "y1", "y2", "y3", "x0", "y0", "w", "t", "d", "c")
DEPENDENCIES = ("x0", "y0", "u")
FACTORS = 5  # a product of six would be wider than 31 bits
HEAD = 5  # dependency, mantissa, shift right, shift left, number of factors


class PlasticTable(NamedTuple):
    """One plastic projection. All fields are arrays, so that every projection has one type for the compiler."""

    flags: NDArray[np.int64]  # see ``FLAGS``
    ptr: NDArray[np.int64]
    delay: NDArray[np.uint8]
    post: NDArray[Any]  # uint16 where 16 bits hold targets, else int32, that of the program
    span: NDArray[np.int64]  # [2] first target, and one after the last
    back_ptr: NDArray[np.int64]
    back_synapse: NDArray[np.uint32]
    back_pre: NDArray[Any]  # uint16 or uint32
    weight: NDArray[np.int16]
    reach: NDArray[np.int64]  # [1] targets from this one on have no weight but 0
    small: NDArray[np.int8]  # the weights of a projection in rows, and a row of 0; see rows
    fits: NDArray[np.bool_]  # [1] whether these are all of them
    tag1: NDArray[np.int16]
    tag2: NDArray[np.int16]
    x: NDArray[np.int16]  # [2, sources]
    y: NDArray[np.int16]  # [3, n]
    tx: NDArray[np.int16]
    ty: NDArray[np.int16]
    products: NDArray[np.int64]
    series: NDArray[np.int64]  # first product of dw, dd, dt, and the end
    whole: NDArray[np.int64]  # [5, 256] decayed trace, rounded down
    fraction: NDArray[np.float64]  # [5, 256]
    impulse: NDArray[np.int64]  # [5]
    used: NDArray[np.bool_]  # [5] traces that a product reads or a spike raises
    third: NDArray[np.bool_]  # [5] set from outside
    reset: NDArray[np.bool_]  # [5]
    kept: NDArray[np.bool_]  # [5] never decays
    slope: NDArray[np.int64]  # [5] what a step leaves of a trace, in 65536ths
    step: NDArray[np.int16]  # scratch [256]
    stale: NDArray[np.bool_]  # [1] whether the y traces may still hold an old third factor
    x_history: NDArray[np.int64]  # scratch [t_epoch + 1, 2, sources]
    y_history: NDArray[np.int64]  # scratch [t_epoch + 1, 3, n]
    of_source: NDArray[Any]  # scratch [products, sources], 64 bits for separable rules, else 32
    of_target: NDArray[Any]  # scratch [products, n]
    live: NDArray[np.int8]  # scratch [products], see tagged
    wants: NDArray[np.bool_]  # [6] whether weight, first and second tag are read in this step; whether they change
    eligible: NDArray[np.int64]  # [4] see eligible
    deep: NDArray[np.bool_]  # [1] whether a first tag may lie below the accumulator
    space: NDArray[np.int32]  # scratch for a row of synapses, see tagged
    synapse: NDArray[np.uint32]  # scratch [synapses]: those of a step, but for rules of tagged, see learning
    source: NDArray[np.uint32]  # scratch [synapses]: of each of these
    draws: NDArray[np.float64]  # [2, rows] numbers for x and y traces (lava stream)
    up: NDArray[np.int64]  # [rows] rounding thresholds of weights (lava stream)


FLAGS = ("from_input", "low", "high", "exp", "t_epoch", "decimate", "synapse_stream", "seed", "has_x0", "has_y0", "has_u",
         "u_needs_x", "u_needs_third", "separable", "rows", "tags", "narrow")  # fmt: skip


class Layout:
    """The part of a ``PlasticTable`` that never changes, made once for a projection."""

    def __init__(self, projection: Projection, program: Program) -> None:
        rule = projection.plasticity
        assert rule is not None
        self.rule, n = rule, program.n
        self.ptr = projection.indptr
        self.delay = projection.delay
        narrow = target_type(program, program.n) is np.uint16
        self.post = projection.post.astype(np.uint16) if narrow else projection.post
        self.span = np.array(
            [projection.post.min(), projection.post.max() + 1] if projection.size else [0, 0], np.int64
        )
        order = np.argsort(projection.post, kind="stable")
        self.back_synapse = order.astype(np.uint32)
        few = narrow and program.n_inputs <= 1 << 16  # the same for all projections
        self.back_pre = projection.pre[order].astype(np.uint16 if few else np.uint32)
        self.back_ptr = np.concatenate([[0], np.cumsum(np.bincount(projection.post, minlength=n))]).astype(np.int64)
        self.flags = _flags(projection, rule)
        self.products = np.array([_row(p) for p in rule.dw + rule.dd + rule.dt], np.int64).reshape(
            -1, HEAD + 4 * FACTORS
        )
        self.series = np.cumsum([0, len(rule.dw), len(rule.dd), len(rule.dt)])
        self.third = np.array([name in rule.third for name in TRACES])
        self.traces = trace_tables(rule)
        self.tagged = is_tagged(self.flags)
        self.eligible = eligible(rule)
        self._seen: tuple[NDArray[np.int16], dict[str, NDArray[Any]]] | None = None

    def seen(self, weight: NDArray[np.int16]) -> dict[str, NDArray[Any]]:
        """What a ``PlasticTable`` holds of these weights, which nobody but the kernel changes: looked at once."""
        if self._seen is None or self._seen[0] is not weight:
            rows = bool(self.flags[ROWS]) and not self.eligible.size  # these change all weights at once
            fits = rows and -128 <= weight.min(initial=0) and weight.max(initial=0) <= 127
            self._seen = weight, {
                "reach": np.array([beyond(weight, self.post)], np.int64),
                "small": _bytes(weight, int(np.diff(self.ptr).max(initial=0))) if fits else np.zeros(0, np.int8),
                "fits": np.array([fits]),
            }  # fmt: skip
        return self._seen[1]

    @property
    def nbytes(self) -> int:
        """Bytes of the tables made for the synapses; those of the program are shared."""
        own = self.post.nbytes if self.post.dtype == np.uint16 else 0
        own += self._seen[1]["small"].nbytes if self._seen else 0
        return own + self.back_ptr.nbytes + self.back_synapse.nbytes + self.back_pre.nbytes

    def table(self, state: PlasticState, clock: int, rows: int) -> PlasticTable:
        """With the state to change in place and the random numbers of the coming ``rows`` steps."""
        draws, up = random_numbers(self.rule, clock, rows)
        n, sources, steps, products = state.ty.size, state.tx.size, self.rule.t_epoch + 1, len(self.rule.products)
        part = np.int32 if self.tagged else np.int64
        return PlasticTable(
            flags=self.flags, ptr=self.ptr, delay=self.delay, post=self.post, span=self.span, back_ptr=self.back_ptr,
            back_synapse=self.back_synapse, back_pre=self.back_pre,
            weight=state.weight, **self.seen(state.weight), tag1=state.tag1, tag2=state.tag2,
            x=np.stack([state.x1, state.x2]), y=np.stack([state.y1, state.y2, state.y3]), tx=state.tx, ty=state.ty,
            products=self.products, series=self.series, third=self.third, stale=np.ones(1, bool), **self.traces,
            x_history=np.zeros((steps, 2, sources), np.int64), y_history=np.zeros((steps, 3, n), np.int64),
            of_source=np.zeros((products, sources), part), of_target=np.zeros((products, n), part),
            live=np.zeros(products, np.int8), wants=np.zeros(6, bool), eligible=self.eligible, deep=np.array([state.tag1.min(initial=0) < -256]),
            space=np.zeros(SPACE if self.tagged else 0, np.int32),
            synapse=np.empty(0 if self.tagged else state.weight.size, np.uint32),
            source=np.empty(0 if self.tagged else state.weight.size, np.uint32),
            step=np.zeros(256, np.int16), draws=draws, up=up,
        )  # fmt: skip


def _bytes(weight: NDArray[np.int16], longest: int) -> NDArray[np.int8]:
    """The weights, and behind them a row of 0."""
    small = np.zeros(weight.size + longest, np.int8)
    small[: weight.size] = weight
    return small


def trace_tables(rule: Plasticity) -> dict[str, NDArray[Any]]:
    """What a step does to the traces of a rule, as ``PlasticTable`` and ``PairTable`` hold it."""
    tables = [decay_table(rule.trace(name).tau) for name in TRACES]
    read = {f.variable for p in rule.products for f in p.factors}
    return {
        "whole": np.array([t[0] for t in tables]),
        "fraction": np.array([t[1] for t in tables]),
        "impulse": np.array([rule.trace(name).impulse for name in TRACES]),
        "used": np.array([name in read or bool(rule.trace(name).impulse) for name in TRACES]),
        "slope": np.array([round(65536 * math.exp(-1 / t.tau)) if t.tau else 0 for t in map(rule.trace, TRACES)]),
        "kept": np.array([name not in rule.third and rule.trace(name).tau == np.inf for name in TRACES]),
        "reset": np.array([name in rule.reset for name in TRACES]),
    }


def random_numbers(rule: Plasticity, clock: int, rows: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Numbers for traces [2, rows] and rounding thresholds of weights [rows]; none where synapses have streams of their own."""
    if rule.stream != LAVA:
        return np.zeros((2, 0)), np.zeros(0, np.int64)
    return np.stack(trace_draws(rule, clock, rows)), round_up_at(rule, clock, rows)


def keep_traces(table: Any, state: PlasticState) -> None:
    """Copy the traces, which either kind of table holds as two stacked arrays, back into the state."""
    state.x1[:], state.x2[:] = table.x
    state.y1[:], state.y2[:], state.y3[:] = table.y


def is_tagged(flags: NDArray[np.int64]) -> bool:
    """Whether the rule is one for ``tagged``: epochs of one step, products of at most ``BITS``, and not separable."""
    return bool(flags[EPOCH] == 1 and flags[NARROW] and not flags[SEPARABLE])


def _flags(projection: Projection, rule: Plasticity) -> NDArray[np.int64]:
    low, high = WEIGHT_RANGE[projection.sign_mode]
    has = {d: any(p.dependency == d for p in rule.products) for d in DEPENDENCIES}
    timed = [p for p in rule.products if p.dependency == "u"]

    def bare(p: Product, names: tuple[str, ...]) -> bool:
        return any(f.variable in names and not f.constant for f in p.factors)

    values: dict[str, Any] = {
        "from_input": projection.source == INPUT, "low": low, "high": high, "exp": projection.weight_exp,
        "t_epoch": rule.t_epoch, "decimate": rule.decimate, "synapse_stream": rule.stream != LAVA, "seed": rule.seed,
        "has_x0": has["x0"], "has_y0": has["y0"], "has_u": has["u"],
        "u_needs_x": all(bare(p, ("x1", "x2")) for p in timed),
        "separable": all(f.variable[0] in "xyc" and not f.sign for p in rule.products for f in p.factors) and not rule.dt + rule.dd,
        "u_needs_third": bool(rule.third) and all(bare(p, rule.third) for p in timed), "rows": in_rows(projection),
        "tags": bool(rule.dt + rule.dd) or any(f.variable in "td" for p in rule.products for f in p.factors),
        "narrow": all(p.bits <= BITS for p in rule.products),
    }  # fmt: skip
    return np.array([int(values[name]) for name in FLAGS], np.int64)


@compiled(**KERNEL)
def beyond(weight, post):  # type: ignore[no-untyped-def]
    """The first target from which on all weights are 0."""
    end = np.int64(0)
    for s in range(weight.size):
        end = max(end, np.int64(post[s]) + 1 if weight[s] != 0 else np.int64(0))
    return end


def in_rows(projection: Projection) -> bool:
    """Whether the targets of each source follow each other without a gap, and its synapses have one delay."""
    within = np.ones(max(projection.size - 1, 0), bool)  # one source has both this synapse and the next
    ends = projection.indptr[1:-1]
    within[ends[(ends > 0) & (ends < projection.size)] - 1] = False
    next_to = np.diff(projection.post) == 1
    return bool((next_to & (np.diff(projection.delay) == 0))[within].all())


def _row(product: Product) -> list[int]:
    row = [
        DEPENDENCIES.index(product.dependency),
        product.mantissa,
        product.shift_right,
        product.shift_left,
        len(product.factors),
    ]
    for f in product.factors:
        row += [VARIABLES.index(f.variable), f.constant, int(f.sign), WIDTHS[f.variable]]
    return row + [0] * (HEAD + 4 * FACTORS - len(row))
