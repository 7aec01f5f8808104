"""The values of one series, one after the other: those to begin with are collected, and every later one is forecast."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, final

import numpy as np

from neurolsm.deployment import SeriesDeployment
from neurolsm.live.forecaster import Forecaster
from neurolsm.live.mackey_glass import DELAYS, MackeyGlass
from neurolsm.live.messages import Refused
from neurolsm.live.scale import AsTheyAre, Scale

WINDOW = 50  # values of the error


@final
class Series:
    """Forecasts of values that an equation makes, or that a page measures.

    Args:
        backend: where the liquid runs.
        say: takes a sentence for those who wait.
        needed: values that are collected before a liquid is fitted to them.
        law: the equation, whose values come by themselves; None: they are brought to ``take``.
        least: the smallest spread that counts, of values whose mean and spread change; None: they are taken as they are.
    """

    over = False  # there is always one more

    def __init__(
        self,
        backend: str,
        say: Callable[[str], object],
        needed: int,
        *,
        law: MackeyGlass | None = None,
        least: float | None = None,
    ) -> None:
        self.backend, self._say, self._needed, self._law, self._least = backend, say, needed, law, least
        self._first: list[float] = []
        self._scale: Scale | AsTheyAre = AsTheyAre()
        self._liquid: Forecaster | None = None
        self._errors: deque[tuple[float, float]] = deque(maxlen=WINDOW)
        if law is not None:
            self._first = [law.next() for _ in range(needed)]
            self._fit()

    @property
    def lessons(self) -> int:
        """Values learned from since the liquid was fitted."""
        return 0 if self._liquid is None else self._liquid.lessons

    @property
    def mark(self) -> str:
        """What holds now; where it changes, the picture has a line."""
        return "" if self._law is None else f"delay {self._law.delay}"

    def change(self) -> str:
        """The other delay, from the next value on."""
        if self._law is None:
            raise Refused("What a page measures has no law that could be changed here")
        self._law.delay = DELAYS[1 - DELAYS.index(self._law.delay)]
        return f"The delay of the series is {self._law.delay} now"

    def tick(self, learn: bool) -> dict[str, Any] | None:
        """One more value of the equation; None where values are brought."""
        return None if self._law is None else self.take(self._law.next(), learn)

    def take(self, came: float, learn: bool) -> dict[str, Any]:
        """A value that has come: compared with what was said of it, learned from, and the next ones forecast. JSON values."""
        if self._liquid is None:
            self._first.append(came)
            told: dict[str, Any] = {"value": round(came, 4), "said": None, "ahead": [], "nrmse": None}
            if len(self._first) >= self._needed:
                self._fit()
            return told | {"have": len(self._first), "of": self._needed}
        said = float(self._scale.back(self._liquid.meet(float(self._scale.scaled(came)), learn)))
        self._scale.follow(came)
        ahead = self._scale.back(self._liquid.ahead())
        self._errors.append((said - came, came))
        wrong, values = np.array(self._errors).T
        spread = float(values.std())
        nrmse = round(float(np.sqrt(np.mean(wrong**2)) / spread), 4) if len(values) > 5 and spread else None
        return {"value": round(came, 4), "said": round(said, 4), "ahead": np.round(ahead, 4).tolist(), "nrmse": nrmse}

    def handed(self, backend: str) -> SeriesDeployment | None:
        """A copy of the liquid on another backend, whose next values are the same; None where there is none yet.

        Raises:
            Refused: the two differ.
        """
        return None if self._liquid is None else self._liquid.handed(backend)

    def move(self, backend: str, other: SeriesDeployment | None) -> None:
        """Go on there."""
        self.backend = backend
        if self._liquid is not None and other is not None:
            self._liquid.move(other)

    def close(self) -> None:
        """End it."""
        if self._liquid is not None:
            self._liquid.close()

    def _fit(self) -> None:
        x = np.array(self._first)
        self._say(f"A liquid of 200 neurons is fitted to the first {len(x)} values, on {self.backend}")
        if self._least is not None:
            self._scale = Scale(x, self._least)
        self._liquid = Forecaster(self._scale.scaled(x), self.backend, self._scale.ends)
