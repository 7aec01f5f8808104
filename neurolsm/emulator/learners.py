"""How rules go through a step: one kernel for each kind of table, which the plastic kernel calls by its address.

A kernel is compiled once for the types of its tables, whatever else learns in a program. The plastic kernel itself knows no tables, so
it does not depend on what learns, and the code of one kind is never compiled again for the sake of another.
"""

# mypy: ignore-errors
from __future__ import annotations

import functools

import numba as nb
import numpy as np

from neurolsm.compiled import compiled
from neurolsm.emulator.addresses import GIVEN, address
from neurolsm.emulator.codes import EPOCH, EXP, FROM_INPUT, ROWS, SEPARABLE
from neurolsm.emulator.learning import learn_general, learn_separable
from neurolsm.emulator.packed import Packed
from neurolsm.emulator.pair_tables import PairTable
from neurolsm.emulator.pairs import pair_step, settle
from neurolsm.emulator.plastic_tables import is_tagged
from neurolsm.emulator.rows import deliver_rows
from neurolsm.emulator.tagged import learn_tagged
from neurolsm.emulator.traces import decay_once
from neurolsm.emulator.update import ENTRY, INNER, OWNING_ENTRY
from neurolsm.emulator.vector import silence

i32, u32, u64, i64 = np.int32, np.uint32, np.uint64, np.int64
BEGIN, STEP, END, TABLES, COUNT = range(5)  # columns of ``Learners.calls``


@compiled(**INNER)
def deliver_plastic(ring, base, sources, n, p):
    """As ``deliver``, with the weights of the state and the arrays of the program."""
    if p.flags[ROWS]:
        return deliver_rows(ring, base, sources, n, p)
    ptr, post, delay, weight, width, exp = p.ptr, p.post, p.delay, p.weight, u32(n), p.flags[EXP]
    events = i64(0)
    for k in range(sources.size):
        j = u32(sources[k])
        events += ptr[j + u32(1)] - ptr[j]
        for s in range(u32(ptr[j]), u32(ptr[j + u32(1)])):
            ring[base + delay[s] * width + u32(post[s])] += i32(weight[s]) << exp
    return events


@nb.njit(forceinline=True, **INNER)
def forget(p):
    """Set those traces to 0 that every sample starts without."""
    for name in range(2):
        if p.reset[name]:
            p.x[name] = 0
    for name in range(3):
        if p.reset[2 + name]:
            p.y[name] = 0


@nb.njit(forceinline=True, **INNER)
def forget_times(p):
    """Set the spike times of a side that has such a trace to 0: an epoch of several steps may not have ended."""
    if p.reset[0] or p.reset[1]:
        silence(p.tx)
    if p.reset[2] or p.reset[3] or p.reset[4]:
        silence(p.ty)


@compiled(**ENTRY)
def begin_pairs(tables):
    """A sample begins."""
    for k in range(len(tables)):
        forget(tables[k])
    return i64(0)


@compiled(**ENTRY)
def begin(tables):
    """A sample begins."""
    for k in range(len(tables)):
        forget(tables[k])
        forget_times(tables[k])
    return i64(0)


@compiled(**ENTRY)
def end_pairs(tables):
    """Bring the weights up to date."""
    for k in range(len(tables)):
        settle(tables[k], ~u64(0))
    return i64(0)


@compiled(**ENTRY)
def step_pairs(tables, ring, base, n, clock, row, age, channels, spikes, third, any_third):
    events = i64(0)
    for k in range(len(tables)):
        p = tables[k]
        heard = channels if p.flags[FROM_INPUT] else spikes
        decay_once(p, p.x, 0, heard, p.draws[0, row])
        decay_once(p, p.y, 2, spikes, p.draws[1, row])
        events += pair_step(ring, base, n, p, heard, spikes, row, age)
    return events


@compiled(**ENTRY)
def step_separable(tables, ring, base, n, clock, row, age, channels, spikes, third, any_third):
    events = i64(0)
    for k in range(len(tables)):
        p = tables[k]
        heard = channels if p.flags[FROM_INPUT] else spikes
        events += deliver_plastic(ring, base, heard, n, p)
        learn_separable(p, clock, row, heard, spikes, third, any_third)
    return events


@compiled(**ENTRY)
def step_tagged(tables, ring, base, n, clock, row, age, channels, spikes, third, any_third):
    events = i64(0)
    for k in range(len(tables)):
        p = tables[k]
        heard = channels if p.flags[FROM_INPUT] else spikes
        events += deliver_plastic(ring, base, heard, n, p)
        learn_tagged(p, clock, row, heard, spikes, third, any_third)
    return events


@compiled(**OWNING_ENTRY)
def step_general(tables, ring, base, n, clock, row, age, channels, spikes, third, any_third):
    events = i64(0)
    for k in range(len(tables)):
        p = tables[k]
        heard = channels if p.flags[FROM_INPUT] else spikes
        events += deliver_plastic(ring, base, heard, n, p)
        learn_general(p, clock, row, heard, spikes, third, any_third)
    return events


KINDS = {  # in this order they go through a step
    "pairs": (begin_pairs, step_pairs, end_pairs),
    "separable": (begin, step_separable, None),
    "tagged": (begin, step_tagged, None),
    "general": (begin, step_general, None),
}


def kind(table):
    """Of rules of pairs; of epochs of one step, separable ones and those of narrow products; of all others."""
    if isinstance(table, PairTable):
        return "pairs"
    if is_tagged(table.flags):
        return "tagged"
    return "separable" if table.flags[SEPARABLE] and table.flags[EPOCH] == 1 else "general"


class Learners:
    """Tables, and who learns from them, as ``plastic_kernel.run`` takes them.

    Attributes:
        calls: [kinds that there are, 5] three addresses of code, 0 for none, that of the tables, and how many these are. Whoever passes
            them on holds this object, which holds the tables.
    """

    def __init__(self, tables):
        self._packed = {name: Packed(found) for name in KINDS if (found := [t for t in tables if kind(t) == name])}
        self.calls = np.array(
            [(*_code(name, p.type), p.address, p.count) for name, p in self._packed.items()], np.int64
        ).reshape(-1, 5)

    @property
    def pairs(self):
        """Whether there are rules of pairs."""
        return "pairs" in self._packed


@functools.cache
def _code(name, packed):
    """Where the machine code of a kind begins; it stays where it is as long as its function."""
    begins, steps, ends = KINDS[name]
    return address(begins, packed), address(steps, packed, *GIVEN), address(ends, packed) if ends else 0
