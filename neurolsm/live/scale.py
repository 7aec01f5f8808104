"""In which units a liquid hears the values of a series."""

from __future__ import annotations

from typing import Any, final

import numpy as np

from neurolsm.encode.running import RunningScaler

RATE = 0.01  # share of the way to each new value
FAR = 4.0  # spreads beyond which a value is cut


@final
class Scale:
    """Mean and spread follow the values of a sensor: a room may become loud, a lamp may be lit.

        z = (x - m) / s, cut at -4 and 4;    m <- m + 0.01 (x - m),    s^2 <- s^2 + 0.01 ((x - m)^2 - s^2)

    Args:
        x: the first values [T].
        least: the smallest s, so that silence is not made loud.

    Attributes:
        ends: lowest and highest z.
    """

    ends: tuple[float, float] | None = (-FAR, FAR)

    def __init__(self, x: Any, least: float) -> None:
        self._running, self._least = RunningScaler(np.reshape(x, (-1, 1)), RATE), least

    def follow(self, x: float) -> None:
        """Take one more value into account."""
        self._running.follow([[x]])

    def scaled(self, x: Any) -> Any:
        """z of values."""
        return np.clip((np.asarray(x) - self._mean) / self._spread, -FAR, FAR)

    def back(self, z: Any) -> Any:
        """The values that z stands for now."""
        return self._mean + self._spread * np.asarray(z)

    @property
    def _mean(self) -> float:
        return float(self._running.mean[0])

    @property
    def _spread(self) -> float:
        return max(float(np.sqrt(self._running.variance[0])), self._least)


@final
class AsTheyAre:
    """Values that keep their range."""

    ends: tuple[float, float] | None = None

    def follow(self, x: float) -> None:
        """Nothing follows."""

    def scaled(self, x: Any) -> Any:
        """The values themselves."""
        return np.asarray(x)

    back = scaled
