"""Kernels that are called by their addresses: what they are given, what they return, what they raise."""

from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from neurolsm.compiled import compiled
from neurolsm.emulator.addresses import GIVEN, address, call, call_step
from neurolsm.emulator.packed import Packed
from neurolsm.emulator.update import ENTRY, FLAGS


class Numbers(NamedTuple):
    some: NDArray[np.int16]


@compiled(**ENTRY)
def summed(tables):
    total = np.int64(0)
    for k in range(len(tables)):
        for value in tables[k].some:
            if value < 0:
                raise ValueError("below 0")
            total += np.int64(value)
    return total


@compiled(**ENTRY)
def told(tables, ring, base, n, clock, row, age, channels, spikes, third, any_third):
    ring[base] += 1
    third[2, 1] = 7
    given = np.int64(base) * 1000 + n * 100 + clock * 10 + row
    heard = age * 1000 + channels[1] * 100 + spikes[0] * 10 + third[1, 0]
    return 1000000 * given + 100 * heard + (10 if any_third else 0) + len(tables)


@compiled(**FLAGS)
def twice(code, tables, count):
    return 2 * call(code, tables, count)


@compiled(**FLAGS)
def step(code, tables, count, ring, channels, spikes, third):
    return call_step(code, tables, count, ring, np.uint32(3), 1, 2, 4, 5, channels, spikes, third, True)


def packed(*numbers):
    return Packed([Numbers(np.array(some, np.int16)) for some in numbers])


def test_what_it_returns():
    for numbers in ([1, 2], [30]), ([],), ([5], [6], [7, 8]):
        tables = packed(*numbers)
        assert twice(address(summed, tables.type), tables.address, tables.count) == 2 * sum(map(sum, numbers))


def test_what_it_is_given():
    tables, ring, third = packed([1], [2]), np.zeros(5, np.int32), np.zeros((3, 2), np.int64)
    third[1, 0] = 8
    code = address(told, tables.type, *GIVEN)
    channels, spikes = np.array([0, 6], np.int32), np.array([7, 0], np.int32)
    assert step(code, tables.address, tables.count, ring, channels, spikes, third) == 3124567812
    assert ring.tolist() == [0, 0, 0, 1, 0] and third[2, 1] == 7


def test_what_it_raises():
    """Memory that is not to be had, say: nothing is lost on the way."""
    tables = packed([1], [-2])
    with pytest.raises(ValueError, match="below 0"):
        twice(address(summed, tables.type), tables.address, tables.count)
