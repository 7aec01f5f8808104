"""Rows of weights, each added to a row of sums in vector instructions.

A readout has synapses from each source to all of its neurons. Their targets follow each other and their delay is one, so what a
spike delivers is a row of the table of weights, and no target has to be looked up. Four sources that share their targets take one
pass over the sums: this costs a quarter of the loads and stores, and memory brings four rows at once.

Weights that fit bytes lie in a table of bytes, too, which is read instead: large tables are limited by what memory brings. What
learning writes, it writes to both, until a weight does not fit.
"""

# mypy: ignore-errors
from __future__ import annotations

import numba as nb
import numpy as np

from neurolsm.compiled import compiled
from neurolsm.emulator.codes import EXP
from neurolsm.emulator.update import INNER, OWNING
from neurolsm.emulator.vector import LINE, prefetch

i8, i16, i32, u32, i64 = np.int8, np.int16, np.int32, np.uint32, np.int64
EARLY = 8  # lines of a row that are asked for while the rows before it are added


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
    ptr, weight, exp, reach, fits = p.ptr, p.weight, i32(p.flags[EXP]), p.reach[0], p.fits[0]
    events, k, asked, most = i64(0), i64(0), i64(0), i64(8) if fits else i64(4)
    while k < sources.size:
        j = sources[k]
        first, size = ptr[j], ptr[j + 1] - ptr[j]
        if size == 0:
            k += 1
            continue
        begin = row_of(base, n, p, first)
        used = max(min(size, reach - i64(p.post[first])), i64(0))
        sums = ring[begin : begin + used]
        count = i64(1)
        while count < most and k + count < sources.size and alike(base, n, p, sources[k + count], begin, size):
            count += 1
        if fits:
            while asked < min(k + 16, sources.size):
                ask(p.small, ptr[sources[asked]], used)
                asked += 1
            add_bytes(sums, p.small, ptr, sources[k : k + count], exp)
        elif count == 4:
            a, b = row(weight, first, used), row(weight, ptr[sources[k + 1]], used)
            c, d = row(weight, ptr[sources[k + 2]], used), row(weight, ptr[sources[k + 3]], used)
            add_four(sums, a, b, c, d, exp)
        else:
            count = i64(1)
            add_one(sums, row(weight, first, used), exp)
        events += count * size
        k += count
    return events


@nb.njit(forceinline=True, **INNER)
def ask(table, first, size):
    """Ask for the beginning of a row."""
    for s in range(0, min(size, EARLY * LINE), LINE):
        prefetch(table, first + s)


@nb.njit(forceinline=True, **INNER)
def row_of(base, n, p, first):
    """Where the row whose first synapse is ``first`` begins in the ring."""
    return i64(base) + i64(p.delay[first]) * n + i64(p.post[first])


@nb.njit(forceinline=True, **INNER)
def alike(base, n, p, j, begin, size):
    """Whether source ``j`` has the row of ``size`` sums that begins at ``begin``."""
    return p.ptr[j + 1] - p.ptr[j] == size and row_of(base, n, p, p.ptr[j]) == begin


@nb.njit(forceinline=True, **OWNING)
def row(table, first, size):
    return table[first : first + size]


@nb.njit(forceinline=True, **INNER)
def add_one(sums, a, exp):
    for i in range(sums.size):
        sums[i] += i32(a[i]) << exp


@nb.njit(forceinline=True, **INNER)
def add_four(sums, a, b, c, d, exp):
    for i in range(sums.size):
        sums[i] += i32(i32(i32(a[i]) + i32(b[i])) + i32(i32(c[i]) + i32(d[i]))) << exp


@nb.njit(forceinline=True, **OWNING)
def part(small, ptr, sources, k, size):
    """The row of the source number ``k``; one of 0, which lies behind all others, where there are fewer."""
    first = ptr[sources[k]] if k < sources.size else ptr[ptr.size - 1]
    return row(small, first, size)


@compiled(**INNER)
def add_bytes(sums, small, ptr, sources, exp):
    """The rows of up to eight sources; 16 bits hold the sum of so many bytes."""
    size = sums.size  # numbers of one type: for others, Numba would compile ``part`` once each
    a, b = part(small, ptr, sources, i64(0), size), part(small, ptr, sources, i64(1), size)
    c, d = part(small, ptr, sources, i64(2), size), part(small, ptr, sources, i64(3), size)
    e, f = part(small, ptr, sources, i64(4), size), part(small, ptr, sources, i64(5), size)
    g, h = part(small, ptr, sources, i64(6), size), part(small, ptr, sources, i64(7), size)
    for i in range(size):
        first = i16(i16(i16(a[i]) + i16(b[i])) + i16(i16(c[i]) + i16(d[i])))
        second = i16(i16(i16(e[i]) + i16(f[i])) + i16(i16(g[i]) + i16(h[i])))
        sums[i] += i32(i16(first + second)) << exp


@nb.njit(forceinline=True, **INNER)
def keep_small(p, s, value):
    """Write a weight that has changed to the table of bytes, too."""
    if p.fits[0]:
        p.small[s] = i8(value)
        if value != i64(i8(value)):
            p.fits[0] = False
