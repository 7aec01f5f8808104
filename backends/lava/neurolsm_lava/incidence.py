"""The synapses of each source, or of each target, of one projection."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Incidence:
    """Synapses grouped by the unit on one of their sides.

    Attributes:
        unit: the unit of each synapse, int64 [synapses].
    """

    def __init__(self, unit: NDArray[Any], units: int) -> None:
        self.unit = unit.astype(np.int64)
        self._order = np.argsort(self.unit, kind="stable")
        self._count = np.bincount(self.unit, minlength=units)
        self._first = np.cumsum(self._count) - self._count

    def count(self, units: NDArray[np.int64]) -> int:
        """The number of their synapses."""
        return int(self._count[units].sum())

    def of(self, units: NDArray[np.int64]) -> NDArray[np.int64]:
        """All synapses of some units."""
        count = self._count[units]
        before = np.cumsum(count) - count
        return self._order[np.repeat(self._first[units] - before, count) + np.arange(count.sum())]
