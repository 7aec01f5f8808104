"""Distribution of samples over lanes."""

from __future__ import annotations

import numpy as np
import pytest
from neurolsm_lava.plan import NONE, plan


@pytest.mark.parametrize("seed", range(20))
def test_every_row_runs_once_and_in_order(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lengths, lanes, blank = rng.integers(0, 20, rng.integers(1, 12)), int(rng.integers(1, 6)), int(rng.integers(0, 2))
    made = plan(lengths, lanes, carry=False, blank=blank)
    offsets = np.cumsum(lengths) - lengths
    assert sorted(made.row[made.row != NONE]) == list(range(lengths.sum()))
    for sample in np.flatnonzero(lengths):
        step, lane = np.argwhere(made.row == offsets[sample])[0]
        rows = made.row[step : step + lengths[sample], lane]
        np.testing.assert_array_equal(rows, offsets[sample] + np.arange(lengths[sample]))
        assert made.load[step - blank, lane]
        assert made.last[step + lengths[sample] - 1, lane] == sample
    busy = int((lengths > 0).sum())
    assert made.load.sum() == (made.last != NONE).sum() == busy
    assert made.lanes == max(1, min(lanes, busy))
    longest = lengths.max(initial=0) + blank * bool(busy)
    total = int(lengths.sum()) + blank * busy
    assert longest <= made.steps <= total / made.lanes + longest


@pytest.mark.parametrize("blank", [0, 1])
def test_a_stream_takes_one_lane_and_loads_once(blank: int) -> None:
    made = plan(np.array([3, 0, 2]), 8, carry=True, blank=blank)
    np.testing.assert_array_equal(made.row[:, 0], [NONE] * blank + [0, 1, 2, 3, 4])
    np.testing.assert_array_equal(made.load[:, 0], [True] + [False] * (made.steps - 1))
    np.testing.assert_array_equal(made.last[:, 0], [NONE] * blank + [NONE, NONE, 0, NONE, 2])
