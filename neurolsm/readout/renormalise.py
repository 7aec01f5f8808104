"""States brought back, on the host, to the means and spreads that a readout was fitted to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEAST_SPREAD = 0.3  # of a count; less is noise, which no factor should make loud
Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Renormaliser:
    """(s - mean_now) spread_then / spread_now + mean_then, feature by feature; no label is needed.

    Attributes:
        mean_then, spread_then: of the states that the readout was fitted to [F].
        mean_now, spread_now: of states as they are now [F].
    """

    mean_then: Values
    spread_then: Values
    mean_now: Values
    spread_now: Values

    @staticmethod
    def of(then: NDArray[Any], now: NDArray[Any]) -> Renormaliser:
        """From states [B, F] of both times; spreads below LEAST_SPREAD count as that."""
        return Renormaliser(*_moments(then), *_moments(now))

    def from_now(self, now: NDArray[Any]) -> Renormaliser:
        """The same for states [B, F] that have changed since."""
        mean, spread = _moments(now)
        return replace(self, mean_now=mean, spread_now=spread)

    def __call__(self, states: NDArray[Any]) -> NDArray[Any]:
        """States [B, F] as they would have been."""
        return (states - self.mean_now) / self.spread_now * self.spread_then + self.mean_then


def _moments(states: NDArray[Any]) -> tuple[Values, Values]:
    return states.mean(axis=0), np.maximum(states.std(axis=0), LEAST_SPREAD)
