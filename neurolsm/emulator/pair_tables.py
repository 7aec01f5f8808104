"""Projections that learn by pairs of spikes, laid out for the kernel; what the arrays mean is explained in pairs."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurolsm.emulator.codes import HIGH, LOW
from neurolsm.emulator.plastic_tables import random_numbers, trace_tables
from neurolsm.emulator.tables import target_type
from neurolsm.emulator.vector import LANES
from neurolsm.program import INPUT, Program, Projection
from neurolsm.program.decay import WEIGHT_RANGE
from neurolsm.program.plasticity import LAVA, WIDTHS, Plasticity, Product
from neurolsm.program.state import PlasticState

WIDEST = 1 << 14  # twice of less, and 1 more, are 16 bits of a target's word; 128 is a weight of 1
SIDES = {"x0": ("y1", "y2", "y3"), "y0": ("x1", "x2")}


class PairTable(NamedTuple):
    """One projection. All fields are arrays, so that every projection has one type for the compiler."""

    flags: NDArray[np.int64]  # see ``_flags``
    ptr: NDArray[np.int64]
    delay: NDArray[np.uint8]
    target: NDArray[Any]  # delay * n + post where 16 bits hold it, else nothing
    post: NDArray[Any]  # uint16 where 16 bits hold targets, else int32, that of the program
    weight: NDArray[np.int16]
    x: NDArray[np.int16]  # [2, sources]
    y: NDArray[np.int16]  # [3, n]
    whole: NDArray[np.int64]  # [5, 256] decayed trace, rounded down
    fraction: NDArray[np.float64]  # [5, 256]
    impulse: NDArray[np.int64]  # [5]
    used: NDArray[np.bool_]  # [5] traces that a product reads or a spike raises
    reset: NDArray[np.bool_]  # [5]
    kept: NDArray[np.bool_]  # [5] never decays
    slope: NDArray[np.int64]  # [5] what a step leaves of a trace, in 65536ths
    worth: NDArray[np.int32]  # [2, 128] what the products add at each value of their traces
    rise: NDArray[np.int64]  # [1] weight steps of a spike of the target by one more of the source's trace, in 65536ths
    step: NDArray[np.int16]  # scratch [128]
    dx: NDArray[np.int16]  # scratch [n]: twice what spikes of the source add; 1 more where the target fires
    dy: NDArray[np.int16]  # scratch [sources]: step of weights by spikes of the target, without its sign
    word: NDArray[np.uint64]  # [n] when targets fired, and dx
    owed: NDArray[np.uint64]  # [digits, sources] when steps had this binary digit, as far as weights wait for them
    news: NDArray[np.uint32]  # scratch [2 (longest row + 64)]
    now: NDArray[np.int32]  # scratch [longest row + 64]
    draws: NDArray[np.float64]  # [2, rows] numbers for x and y traces
    up: NDArray[np.int64]  # [rows] rounding thresholds of weights


class PairLayout:
    """The part of a ``PairTable`` that never changes, made once for a projection."""

    def __init__(self, projection: Projection, program: Program) -> None:
        rule = projection.plasticity
        assert rule is not None and is_pair(rule)
        self.rule = rule
        self.ptr = projection.indptr
        self.delay = projection.delay
        narrow = target_type(program, program.n) is np.uint16
        self.post = projection.post.astype(np.uint16) if narrow else projection.post
        folded = projection.delay.astype(np.uint16) * np.uint16(program.n) + self.post if narrow else np.zeros(0)
        self.target = folded.astype(np.uint16 if narrow else np.uint32, copy=False)
        self.worth = np.zeros((2, 128), np.int32)
        for p in rule.dw:
            self.worth[tuple(SIDES).index(p.dependency)] = _worth(p)
        self.flags = _flags(projection, rule, self.worth)
        largest = (int(abs(self.worth[1]).max()) + 127) // 128
        self.digits = max(2, largest.bit_length())
        self.traces = trace_tables(rule)
        self.rise = np.round(512 * (self.worth[1:, 127] - self.worth[1:, 0]) / 127).astype(np.int64)
        self.longest = int(np.diff(projection.indptr).max(initial=0))

    @property
    def nbytes(self) -> int:
        """Bytes of the tables made for the synapses; those of the program are shared."""
        return self.target.nbytes + (self.post.nbytes if self.post.dtype == np.uint16 else 0)

    def table(self, state: PlasticState, clock: int, rows: int) -> PairTable:
        """With the state to change in place and the random numbers of the coming ``rows`` steps."""
        draws, up = random_numbers(self.rule, clock, rows)
        n, sources, row = state.ty.size, state.tx.size, self.longest + LANES
        return PairTable(
            flags=self.flags, ptr=self.ptr, delay=self.delay, target=self.target, post=self.post, weight=state.weight,
            x=np.stack([state.x1, state.x2]), y=np.stack([state.y1, state.y2, state.y3]), **self.traces,
            worth=self.worth, rise=self.rise,
            step=np.zeros(128, np.int16), dx=np.zeros(n, np.int16), dy=np.zeros(sources, np.int16),
            word=np.zeros(n, np.uint64), owed=np.zeros((self.digits, sources), np.uint64),
            news=np.zeros(2 * row, np.uint32), now=np.zeros(row, np.int32), draws=draws, up=up,
        )  # fmt: skip


def is_pair(rule: Plasticity) -> bool:
    """At most one product for spikes of the source, read from one trace of the target, and one the other way round, of one sign."""
    alone = len({p.dependency for p in rule.dw}) == len(rule.dw)
    return (
        alone and not rule.dt + rule.dd and not rule.third and rule.t_epoch == 1 and rule.stream == LAVA
        and all(len(p.factors) == 1 and p.factors[0].variable in SIDES.get(p.dependency, ()) for p in rule.dw)
        and not any(f.sign for p in rule.dw for f in p.factors)
        and all((w := _worth(p)).min() >= 0 or w.max() <= 0 for p in rule.dw if p.dependency == "y0")
        and all(abs(_worth(p)).max() < WIDEST for p in rule.dw if p.dependency == "x0")
    )  # fmt: skip


def _worth(p: Product) -> NDArray[np.int64]:
    """What a product of one factor adds at the values 0..127 of its trace."""
    (factor,) = p.factors
    bound = 1 << WIDTHS[factor.variable]
    size = p.mantissa * np.clip(np.arange(128) + factor.constant, -bound, bound - 1)
    return np.clip((size >> p.shift_right) << p.shift_left, LOW, HIGH)


def _flags(projection: Projection, rule: Plasticity, worth: NDArray[np.int32]) -> NDArray[np.int64]:
    """Whether the sources are inputs; lowest and highest weight; the traces of target and source that are read, -1 for none;
    whether the product for spikes of the target comes first; the sign of its steps; what a weight of 1 adds to the input; whether
    twice what a spike of the source adds is a straight line of the trace, where it starts, and how it rises."""
    low, high = WEIGHT_RANGE[projection.sign_mode]
    read = {p.dependency: int(p.factors[0].variable[1]) - 1 for p in rule.dw}
    swapped = bool(rule.dw) and rule.dw[0].dependency == "y0"
    sign = -1 if worth[1].min() < 0 else 1
    twice = 2 * worth[0].astype(np.int64)
    start, rise = int(twice[0]), int(twice[1] - twice[0])
    values = [
        projection.source == INPUT, low, high, read.get("x0", -1), read.get("y0", -1), swapped, sign,
        1 << projection.weight_exp, bool((twice == start + rise * np.arange(128)).all()), start, rise,
    ]  # fmt: skip
    return np.array(values, np.int64)
