"""Which sample each lane works on in each Lava step."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NONE = -1


@dataclass(frozen=True, eq=False)
class Plan:
    """One entry a Lava step and lane, each array [steps, lanes].

    Attributes:
        row: the row of the input to take and of the raster to write, or NONE for a step that belongs to no sample.
        load: whether the state is set to the initial one here.
        last: the sample whose last step this is, or NONE.
    """

    row: NDArray[np.int64]
    load: NDArray[np.bool_]
    last: NDArray[np.int64]

    @property
    def steps(self) -> int:
        return self.row.shape[0]

    @property
    def lanes(self) -> int:
        return self.row.shape[1]


def plan(lengths: NDArray[np.int64], lanes: int, *, carry: bool, blank: int) -> Plan:
    """Distribute samples over lanes, the longest first, each to the lane that is free first; one lane keeps their order.

    Args:
        lengths: steps of each sample [B]. Samples of length 0 take no step and appear nowhere.
        lanes: how many samples may run at once.
        carry: the samples are consecutive, so they share one lane, and only the first loads a state.
        blank: steps without input that a lane needs before a sample in order to load a state, 0 or 1.
    """
    busy = np.flatnonzero(lengths)
    lanes = max(1, 1 if carry else min(lanes, busy.size))
    order = busy if lanes == 1 else busy[np.argsort(-lengths[busy], kind="stable")]
    free = [(0, lane) for lane in range(lanes)]
    starts: list[tuple[int, int, int, int]] = []
    for turn, sample in enumerate(order):
        begin, lane = heapq.heappop(free)
        first = begin + (0 if carry and turn else blank)
        starts.append((int(sample), lane, begin, first))
        heapq.heappush(free, (first + int(lengths[sample]), lane))
    shape = (max(end for end, _ in free), lanes)
    row, last, load = np.full(shape, NONE), np.full(shape, NONE), np.zeros(shape, bool)
    offsets = np.cumsum(lengths) - lengths
    for turn, (sample, lane, begin, first) in enumerate(starts):
        load[begin, lane] = not (carry and turn)
        stop = first + int(lengths[sample])
        row[first:stop, lane] = offsets[sample] + np.arange(stop - first)
        last[stop - 1, lane] = sample
    return Plan(row, load, last)
