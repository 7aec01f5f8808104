"""A series without end whose law can be changed while it runs."""

from __future__ import annotations

from collections import deque
from typing import final

import numpy as np

DT = 0.1  # of the integration, in the time of the equation
EVERY = 60  # steps of it between two values: 6 units of time, as the literature samples it
DELAYS = (17, 30)  # units of time; chaotic both, the second more so


@final
class MackeyGlass:
    """The delay equation of Mackey and Glass (1977), by the midpoint method.

        dx/dt = 0.2 x(t - delay) / (1 + x(t - delay)^10) - 0.1 x(t)

    Attributes:
        delay: in units of time; may be set to any other of ``DELAYS`` at any moment.
    """

    def __init__(self, seed: int = 1) -> None:
        self.delay = DELAYS[0]
        most = round(max(DELAYS) / DT) + 1
        start = 1.2 + 0.1 * np.random.default_rng(seed).standard_normal()
        self._past: deque[float] = deque([start] * most, maxlen=most)  # the newest last
        for _ in range(200):  # until the start is forgotten
            self.next()

    def next(self) -> float:
        """The next value."""
        back = round(self.delay / DT)
        for _ in range(EVERY):
            x, a, b = self._past[-1], self._past[-1 - back], self._past[-back]
            middle = x + DT / 2 * _slope(x, a)
            self._past.append(x + DT * _slope(middle, (a + b) / 2))
        return self._past[-1]


def _slope(x: float, late: float) -> float:
    return 0.2 * late / (1 + late**10) - 0.1 * x
