"""The neurons of a program that learns, a span of alike ones at a time.

A readout adds thousands of neurons whose current lasts for one step and whose voltage does not leak. Most of them hear nothing in most steps:
64 neurons without a current, new input or a bias stay as they are, which is seen in less time than they take to be worked out.
"""

# mypy: ignore-errors
from __future__ import annotations

from itertools import pairwise

import numba as nb
import numpy as np

from neurolsm.compiled import compiled
from neurolsm.emulator.clip import clip
from neurolsm.emulator.update import INNER, keep, lif
from neurolsm.emulator.vector import LANES, union

i32, u64 = np.int32, np.uint64
MIXED, ALIKE, BRIEF = range(3)  # decays of their own; the same; the same, and a current lasts for one step
HOLD, ADAPT = 1, 2  # ``full`` of the kernel: refractory periods are looked at; adaptive thresholds, too
SHORT = LANES  # neurons: shorter spans are not worth a call
ALL, NOTHING = 4095, 0  # of the current that decays in a step; of the voltage


def spans_of(du, dv):
    """Rows of first neuron, one after the last, and kind; int64 [spans, 3]."""
    edges = [0, *(np.flatnonzero((np.diff(du) != 0) | (np.diff(dv) != 0)) + 1).tolist(), du.size]
    spans = []
    for first, stop in pairwise(edges):
        kind = (BRIEF if du[first] == ALL else ALIKE) if stop - first >= SHORT or len(edges) == 2 else MIXED
        if spans and kind == MIXED and spans[-1][2] == MIXED:
            spans[-1][1] = stop
        else:
            spans.append([first, stop, kind])
    return np.array(spans, np.int64)


@compiled(**INNER)
def advance(spans, u, v, a, bias, du, dv):
    """``lif`` of all neurons."""
    for k in range(spans.shape[0]):
        first, stop, kind = spans[k]
        if kind != BRIEF:
            lif(
                u[first:stop],
                v[first:stop],
                a[first:stop],
                bias[first:stop],
                du[first:stop],
                dv[first:stop],
                kind != MIXED,
            )
            continue
        kept, skips = i32(4096 - dv[first]), dv[first] == NOTHING
        for block in range(first, stop, LANES):
            if skips and block + LANES <= stop and quiet(u, a, bias, block):
                brief(u, v, a, bias, kept, first, block)
                first = block + LANES
        brief(u, v, a, bias, kept, first, stop)


@nb.njit(forceinline=True, **INNER)
def quiet(u, a, bias, first):
    """Whether 64 neurons have no current, new input or bias."""
    return (union(a, first) | union(u, first) | union(bias, first)) == 0


@compiled(**INNER)
def brief(u, v, a, bias, kept, first, stop):
    """``lif`` of neurons ``first`` to ``stop`` - 1, whose current lasts for one step."""
    for i in range(u64(first), u64(stop)):
        c = i32(a[i] << 6)
        c = i32(c - 16777216) if c > 8388608 else (i32(c + 16777216) if c <= -8388608 else c)
        u[i] = c
        a[i] = 0
        x = i32(i32(keep(v[i], kept) + c) + bias[i])
        v[i] = clip(x, i32(-8388607), i32(8388607))


@compiled(**INNER)
def hold(v, held):
    """``adapt`` of neurons whose thresholds stay: those that have fired are held at 0."""
    first = 0
    while first < v.size:
        while first + LANES <= v.size and union(held, first) == 0:
            first += LANES
        end = min(first + LANES, v.size)
        for i in range(u64(first), u64(end)):
            v[i] = 0 if held[i] > 0 else v[i]
            held[i] = max(held[i] - 1, 0)
        first = end
