"""Rows of weights, each added to a row of sums in vector instructions.

A readout has synapses from each source to all of its neurons. Their targets follow each other and their delay is one, so what a
spike delivers is a row of the table of weights, and no target has to be looked up. Four sources that share their targets take one
pass over the sums: this costs a quarter of the loads and stores, and memory brings four rows at once.
"""

# mypy: ignore-errors
from __future__ import annotations

import numba as nb
import numpy as np

from neurolsm.compiled import compiled
from neurolsm.emulator.codes import EXP
from neurolsm.emulator.update import INNER

i32, u32, i64 = np.int32, np.uint32, np.int64


@nb.njit(forceinline=True, **INNER)
def silence(x):
    """Set all of ``x`` to 0."""
    for i in range(x.size):
        x[i] = 0


@compiled(**INNER)
def move_up(ring, rows, n, slots, wide):
    """As ``turn``, where what lies behind the next step and beyond the first ``wide`` neurons is 0 in all rows."""
    if rows == 0:
        return
    for k in range(slots):
        size = n if k == 0 else wide
        old = ring[(rows + k) * n : (rows + k) * n + size]
        new = ring[k * n : k * n + size]
        for i in range(size):
            new[i] = old[i]
            old[i] = 0


@compiled(**INNER)
def deliver_rows(ring, base, sources, n, p):
    """``deliver_plastic`` for a projection in rows, see plastic_tables.in_rows.

    A readout that fills up has weights to the first of its neurons alone, so a row is read as far as a weight can differ from 0.
    """
    ptr, weight, exp, reach = p.ptr, p.weight, i32(p.flags[EXP]), p.reach[0]
    events, k = i64(0), 0
    while k < sources.size:
        j = sources[k]
        size = ptr[j + 1] - ptr[j]
        if size == 0:
            k += 1
            continue
        begin = row_of(base, n, p, j)
        used = max(min(size, reach - i64(p.post[ptr[j]])), 0)
        sums = ring[begin : begin + used]
        a = weight[ptr[j] : ptr[j] + used]
        if k + 4 <= sources.size and alike(base, n, p, sources[k + 1 : k + 4], begin, size):
            b, c, d = ptr[sources[k + 1]], ptr[sources[k + 2]], ptr[sources[k + 3]]
            add_four(sums, a, weight[b : b + used], weight[c : c + used], weight[d : d + used], exp)
            events += 4 * size
            k += 4
        else:
            add_one(sums, a, exp)
            events += size
            k += 1
    return events


@nb.njit(forceinline=True, **INNER)
def row_of(base, n, p, j):
    """Where the row of source ``j``, which has a synapse, begins in the ring."""
    first = p.ptr[j]
    return i64(base) + i64(p.delay[first]) * n + i64(p.post[first])


@nb.njit(forceinline=True, **INNER)
def alike(base, n, p, sources, begin, size):
    """Whether all of ``sources`` have the row of ``size`` sums that begins at ``begin``."""
    for k in range(sources.size):
        j = sources[k]
        if p.ptr[j + 1] - p.ptr[j] != size or row_of(base, n, p, j) != begin:
            return False
    return True


@nb.njit(forceinline=True, **INNER)
def add_one(sums, a, exp):
    for i in range(sums.size):
        sums[i] += i32(a[i]) << exp


@nb.njit(forceinline=True, **INNER)
def add_four(sums, a, b, c, d, exp):
    for i in range(sums.size):
        sums[i] += i32(i32(i32(a[i]) + i32(b[i])) + i32(i32(c[i]) + i32(d[i]))) << exp
