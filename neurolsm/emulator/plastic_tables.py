"""Plastic projections laid out for the kernel: synapses by source and by target, rules and traces as plain arrays."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurolsm.emulator.codes import HIGH, LOW
from neurolsm.emulator.tables import target_type
from neurolsm.emulator.vector import LANES
from neurolsm.plasticity import LAVA, SYNAPSE, TRACES, WIDTHS, Plasticity, Product
from neurolsm.program import INPUT, NEURON, Program, Projection
from neurolsm.semantics.learning import WEIGHT_RANGE, decay_table
from neurolsm.semantics.streams import round_up_at, trace_draws
from neurolsm.state import PlasticState

VARIABLES = ("x1", "x2", "y1", "y2", "y3", "x0", "y0", "w", "t", "d", "c")
DEPENDENCIES = ("x0", "y0", "u")
FACTORS = 5  # a product of six would be wider than 31 bits
HEAD = 5  # dependency, mantissa, shift right, shift left, number of factors


class PlasticTable(NamedTuple):
    """One plastic projection. All fields are arrays, so that every projection has one type for the compiler."""

    flags: NDArray[np.int64]  # from_input, exp, t_epoch, decimate, low, high, synapse stream, seed, see ``FLAGS``
    ptr: NDArray[np.int64]
    delay: NDArray[np.uint8]
    target: NDArray[Any]  # delay * n + post where 16 bits hold it, for rules of pairs, else nothing
    post: NDArray[Any]  # uint16 where 16 bits hold targets, else int32, that of the program
    back_ptr: NDArray[np.int64]
    back_synapse: NDArray[np.uint32]
    back_pre: NDArray[Any]  # uint16 or uint32
    weight: NDArray[np.int16]
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
    stale: NDArray[np.bool_]  # [1] whether the y traces may still hold an old third factor
    pair: NDArray[np.int64]  # [5] see ``_pair``
    worth: NDArray[np.int32]  # [2, 128] what the products of a rule of pairs add at each value of their traces
    slope: NDArray[np.int64]  # [5] what a step leaves of a trace, in 65536ths
    rise: NDArray[np.int64]  # [2] weight steps by one more of the trace, in 65536ths
    step: NDArray[np.int16]  # scratch [128]
    dx: NDArray[np.int16]  # scratch [n]: twice the step of weights by spikes of the source; 1 where both fire
    dy: NDArray[np.int16]  # scratch [sources]: step of weights by spikes of the target, without its sign
    word: NDArray[np.uint64]  # [n] when targets fired, and dx; see pairs
    owed: NDArray[np.uint64]  # [digits, sources] when steps had this binary digit, as far as weights wait for them
    news: NDArray[np.uint32]  # scratch [2 (longest row + 64)], see pairs
    now: NDArray[np.int32]  # scratch [longest row + 64]
    draws: NDArray[np.float64]  # [2, rows] numbers for x and y traces (lava stream)
    up: NDArray[np.int64]  # [rows] rounding thresholds of weights (lava stream)


FLAGS = ("from_input", "exp", "t_epoch", "decimate", "low", "high", "synapse_stream", "seed", "has_x0", "has_y0", "has_u",
         "u_needs_x", "u_needs_third", "separable", "pair")  # fmt: skip


class Layout:
    """The part of a ``PlasticTable`` that never changes, made once for a projection."""

    def __init__(self, projection: Projection, program: Program) -> None:
        rule = projection.plasticity
        assert rule is not None
        self.rule, n = rule, program.n
        self.ptr = projection.indptr
        self.delay = projection.delay
        narrow, pairs = target_type(program) is np.uint16, _is_pair(rule)
        self.post = projection.post.astype(np.uint16) if narrow else projection.post
        folded = projection.delay.astype(np.uint16) * np.uint16(n) + self.post if narrow and pairs else np.zeros(0)
        self.target = folded.astype(np.uint16 if narrow else np.uint32, copy=False)
        self.pair, self.worth, self.digits = _pair(rule, projection.weight_exp)
        order = np.argsort(projection.post, kind="stable") if not pairs else np.zeros(0, np.int64)
        self.back_synapse = order.astype(np.uint32)
        few = narrow and projection.indptr.size <= 1 << 16
        self.back_pre = (order if pairs else projection.pre[order]).astype(np.uint16 if few else np.uint32)
        ends = np.cumsum(np.bincount(projection.post, minlength=n)) if not pairs else np.zeros(0, np.int64)
        self.back_ptr = np.concatenate([[0], ends]).astype(np.int64)
        self.flags = _flags(projection, rule)
        self.products = np.array([_row(p) for p in rule.dw + rule.dd + rule.dt], np.int64).reshape(
            -1, HEAD + 4 * FACTORS
        )
        self.series = np.cumsum([0, len(rule.dw), len(rule.dd), len(rule.dt)])
        tables = [decay_table(rule.trace(name).tau) for name in TRACES]
        self.whole = np.array([t[0] for t in tables])
        self.fraction = np.array([t[1] for t in tables])
        self.impulse = np.array([rule.trace(name).impulse for name in TRACES])
        self.third = np.array([name in rule.third for name in TRACES])
        read = {f.variable for p in rule.products for f in p.factors}
        self.used = np.array([name in read or bool(rule.trace(name).impulse) for name in TRACES])
        self.kept = np.array([name not in rule.third and rule.trace(name).tau == np.inf for name in TRACES])
        self.reset = np.array([name in rule.reset for name in TRACES])
        self.slope = np.array([round(65536 * np.exp(-1 / t.tau)) if t.tau else 0 for t in map(rule.trace, TRACES)])
        self.rise = np.round(512 * (self.worth[:, 127] - self.worth[:, 0]) / 127).astype(np.int64)
        self.longest = int(np.diff(projection.indptr).max(initial=0))

    @property
    def nbytes(self) -> int:
        """Bytes of the tables made for the synapses; those of the program are shared."""
        own = self.post.nbytes if self.post.dtype == np.uint16 else 0
        return own + self.target.nbytes + self.back_ptr.nbytes + self.back_synapse.nbytes + self.back_pre.nbytes

    def table(self, state: PlasticState, clock: int, rows: int) -> PlasticTable:
        """With the state to change in place and the random numbers of the coming ``rows`` steps."""
        lava = self.rule.stream == LAVA
        draws = np.stack(trace_draws(self.rule, clock, rows)) if lava else np.zeros((2, 0))
        up = round_up_at(self.rule, clock, rows) if lava else np.zeros(0, np.int64)
        n, sources = state.ty.size, state.tx.size
        n, sources, longest = (n, sources, self.longest) if _is_pair(self.rule) else (0, 0, 0)
        return PlasticTable(
            self.flags, self.ptr, self.delay, self.target, self.post, self.back_ptr, self.back_synapse, self.back_pre,
            state.weight, state.tag1, state.tag2, np.stack([state.x1, state.x2]), np.stack([state.y1, state.y2, state.y3]),
            state.tx, state.ty, self.products, self.series, self.whole, self.fraction, self.impulse, self.used, self.third,
            self.reset, self.kept, np.ones(1, bool), self.pair, self.worth, self.slope, self.rise,
            np.zeros(128, np.int16), np.zeros(n, np.int16), np.zeros(sources, np.int16), np.zeros(n, np.uint64),
            np.zeros((self.digits, sources), np.uint64), np.zeros(2 * (longest + LANES), np.uint32),
            np.zeros(longest + LANES, np.int32),
            draws, up,
        )  # fmt: skip


def inert_table(program: Program) -> PlasticTable:
    """A projection without synapses, for programs in which only the excitability changes: the compiler wants one."""
    n = program.n
    nothing = Projection(
        "none", NEURON, "mixed", 0, np.zeros(n + 1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.int16),
        np.zeros(0, np.uint8), Plasticity(stream=SYNAPSE),
    )  # fmt: skip
    return Layout(nothing, program).table(PlasticState.initial(nothing, n, n), 0, 0)


def keep_traces(table: PlasticTable, state: PlasticState) -> None:
    """Copy the traces, which the table holds as two stacked arrays, back into the state."""
    state.x1[:], state.x2[:] = table.x
    state.y1[:], state.y2[:], state.y3[:] = table.y


def _flags(projection: Projection, rule: Plasticity) -> NDArray[np.int64]:
    low, high = WEIGHT_RANGE[projection.sign_mode]
    has = {d: any(p.dependency == d for p in rule.products) for d in DEPENDENCIES}
    timed = [p for p in rule.products if p.dependency == "u"]

    def bare(p: Product, names: tuple[str, ...]) -> bool:
        return any(f.variable in names and not f.constant for f in p.factors)

    values: dict[str, Any] = {
        "from_input": projection.source == INPUT, "exp": projection.weight_exp, "t_epoch": rule.t_epoch,
        "decimate": rule.decimate, "low": low, "high": high, "synapse_stream": rule.stream != LAVA, "seed": rule.seed,
        "has_x0": has["x0"], "has_y0": has["y0"], "has_u": has["u"],
        "u_needs_x": all(bare(p, ("x1", "x2")) for p in timed),
        "separable": all(f.variable[0] in "xyc" and not f.sign for p in rule.products for f in p.factors) and not rule.dt + rule.dd,
        "pair": _is_pair(rule),
        "u_needs_third": bool(rule.third) and all(bare(p, rule.third) for p in timed),
    }  # fmt: skip
    return np.array([int(values[name]) for name in FLAGS], np.int64)


def _is_pair(rule: Plasticity) -> bool:
    """At most one product for spikes of the source, read from one trace of the target, and one the other way round, of one sign."""
    sides = {"x0": ("y1", "y2", "y3"), "y0": ("x1", "x2")}
    alone = len({p.dependency for p in rule.dw}) == len(rule.dw)
    return (
        alone and not rule.dt + rule.dd and not rule.third and rule.t_epoch == 1 and rule.stream == LAVA
        and all(len(p.factors) == 1 and p.factors[0].variable in sides.get(p.dependency, ()) for p in rule.dw)
        and not any(f.sign for p in rule.dw for f in p.factors)
        and all((w := _worth(p)).min() >= 0 or w.max() <= 0 for p in rule.dw if p.dependency == "y0")
    )  # fmt: skip


def _worth(p: Product) -> NDArray[np.int64]:
    """What a product of one factor adds at the values 0..127 of its trace."""
    (factor,) = p.factors
    bound = 1 << WIDTHS[factor.variable]
    size = p.mantissa * np.clip(np.arange(128) + factor.constant, -bound, bound - 1)
    return np.clip((size >> p.shift_right) << p.shift_left, LOW, HIGH)


def _pair(rule: Plasticity, weight_exp: int) -> tuple[NDArray[np.int64], NDArray[np.int32], int]:
    """[traces of target and source in a rule of pairs, -1 for none; whether the source's comes first; the sign of its steps; what
    a weight of 1 adds to the input], its products at every value of these traces, and how many binary digits the steps by spikes
    of the target have, at least 2."""
    pair, worth = np.array([-1, -1, 0, 1, 1 << weight_exp]), np.zeros((2, 128), np.int32)
    for k, p in enumerate(rule.dw if _is_pair(rule) else ()):
        side = ("x0", "y0").index(p.dependency)
        pair[side] = int(p.factors[0].variable[1]) - 1
        worth[side] = _worth(p)
        if side == 1 and k == 0:
            pair[2] = 1
    pair[3] = -1 if worth[1].min() < 0 else 1
    largest = (int(abs(worth[1]).max()) + 127) // 128
    return pair, worth, max(2, largest.bit_length())


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
