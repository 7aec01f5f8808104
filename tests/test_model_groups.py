"""Samples that come in groups: every group is left out once, and small parts are drawn evenly."""

import numpy as np
import pytest

from neurolsm.errors import InvalidValue
from neurolsm.tasks.model import Data

Y = np.tile(np.repeat(np.arange(4), 5), 3)
GROUPS = np.repeat(["a", "b", "c"], 20)
DATA = Data(np.arange(60.0)[:, None], Y, np.tile(np.arange(5) == 0, 12), GROUPS)


def test_as_many_splits_as_groups_leave_each_out_once():
    parts = list(DATA.splits(3))
    assert [set(GROUPS[test]) for _, test in parts] == [{"a"}, {"b"}, {"c"}]
    assert all(sorted([*train, *test]) == list(range(60)) for train, test in parts)


def test_one_split_is_the_official_one_and_others_are_refused():
    ((train, test),) = DATA.splits(1)
    assert test.size == 12 and train.size == 48
    with pytest.raises(InvalidValue, match="or 3 to leave each group out once"):
        list(DATA.splits(2))


def test_without_a_test_set_other_counts_are_random():
    free = Data(DATA.x, DATA.y, None, GROUPS)
    assert len(list(free.splits(5))) == 5
    assert [set(GROUPS[test]) for _, test in free.splits(3)] == [{"a"}, {"b"}, {"c"}]


def test_a_part_is_drawn_evenly_from_classes_and_groups():
    part = DATA.subset(24)
    kinds = np.unique([f"{y}{g}{t}" for y, g, t in zip(part.y, part.groups, part.test, strict=True)])
    assert len(part) == kinds.size == 24
    assert len(list(part.splits(3))) == 3


def test_batches_hold_each_sample_of_a_group_once_in_an_order_of_the_seed():
    parts = DATA.batches(1)
    assert [set(GROUPS[part]) for part in parts] == [{"a"}, {"b"}, {"c"}]
    assert sorted(np.concatenate(parts)) == list(range(60)) and sorted(parts[0]) != list(parts[0])
    assert all(np.array_equal(a, b) for a, b in zip(parts, DATA.batches(1), strict=True))
    assert not np.array_equal(parts[0], DATA.batches(2)[0]) and not np.array_equal(parts[0] + 20, parts[1])
