"""A series that runs by: a forecast before each value, a lesson after it, and the next values in a closed loop."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from neurolsm.deployment import SeriesDeployment, resume
from neurolsm.describe.input_map import RandomMap
from neurolsm.describe.laws import Gamma, Uniform
from neurolsm.describe.lsm import LSM, Liquid
from neurolsm.describe.random_graph import RandomGraph
from neurolsm.estimators import LSMSequenceRegressor
from neurolsm.learn.chip import LinearReadout
from neurolsm.live.mackey_glass import DELAYS, MackeyGlass
from neurolsm.live.messages import Refused

FITTED = 800  # values from which the first weights are made
AHEAD = 12  # values that are forecast in a closed loop
KEPT = 240  # values that a page is shown which is opened later
WINDOW = 50  # values of the error


def lsm() -> LSM:
    """Two hundred neurons that hear one value as sixteen channels."""
    late = Uniform(0.0, 0.04)
    heard = RandomMap(density=0.4, weight=Gamma(0.4), inhibitory=0.5, delay=late)
    return LSM(
        inputs=16, liquid=Liquid(topology=RandomGraph(n=200), input=heard), readout=LinearReadout(share=0.3), seed=1
    )


@final
class Stream:
    """The series of Mackey and Glass, one value each time ``tick`` is called while ``running``.

    What is forecast of a value is said before it is there, and learned from when it comes: nothing looks ahead.

    Attributes:
        running: whether values shall come.
        learn: whether the readout learns from them.
    """

    def __init__(self, tell: Callable[[dict[str, Any]], object]) -> None:
        self.running, self.learn, self._tell = False, True, tell
        self._chip: SeriesDeployment | None = None
        self._series = MackeyGlass()
        self._now, self._number = 0.0, 0
        self._past: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._errors: deque[tuple[float, float]] = deque(maxlen=WINDOW)

    @property
    def law(self) -> int:
        """The delay of the equation."""
        return self._series.delay

    def past(self) -> list[dict[str, Any]]:
        """The newest values, as they were told."""
        return list(self._past)

    @property
    def backend(self) -> str | None:
        """Where it runs; None before it has begun."""
        return None if self._chip is None else self._chip.backend

    def turn(self, on: bool, learn: bool, backend: str) -> None:
        """Let values come, or stop; the liquid is made and fitted the first time, and runs on ``backend`` from then on."""
        if on and self._chip is None:
            self._tell({"say": "wait", "text": f"A liquid of 200 neurons is fitted to {FITTED} values of the series"})
            x = np.array([self._series.next() for _ in range(FITTED + 1)])
            model = LSMSequenceRegressor(lsm(), washout=50).fit(x)
            self._chip = model.deploy(x[:-1], x[1:], backend=backend)
            self._now = float(x[-1])
        self.running, self.learn = on, learn

    def change_law(self) -> str:
        """The other delay, from the next value on."""
        if self._chip is None:
            raise Refused("The series has not begun. Start it first")
        self._series.delay = DELAYS[1 - DELAYS.index(self._series.delay)]
        return f"The delay of the series is {self._series.delay} now"

    def tick(self) -> None:
        """One more value: compared with what was said of it, learned from, and the next ones forecast."""
        chip = self._chip
        if chip is None or not self.running:
            return
        came = self._series.next()
        said = chip.follow([self._now], [came if self.learn else np.nan])[0]
        self._now, self._number = came, self._number + 1
        ahead = self._glance(chip)[1:]  # the lesson of this value is not known yet, so it is shown once more when it is
        self._errors.append((said - came, came))
        wrong, values = np.array(self._errors).T
        spread = float(values.std())
        told = {
            "say": "value", "number": self._number, "value": round(came, 4), "said": round(float(said), 4),
            "ahead": np.round(ahead, 4).tolist(), "law": self.law, "learn": self.learn,
            "nrmse": round(float(np.sqrt(np.mean(wrong**2)) / spread), 4) if len(values) > 5 and spread else None,
        }  # fmt: skip
        self._past.append(told)
        self._tell(told)

    def handed(self, backend: str) -> SeriesDeployment | None:
        """A copy of it on another backend, whose next values are the same; None where nothing has begun.

        Raises:
            Refused: the two differ.
        """
        if self._chip is None:
            return None
        with TemporaryDirectory() as folder:
            self._chip.save(Path(folder) / "series.lsm")
            other = resume(Path(folder) / "series.lsm", backend=backend)
        try:
            mine, theirs = (self._glance(one) for one in (self._chip, other))
            if not np.array_equal(mine, theirs):
                raise Refused(
                    f"The next forecasts on {backend} differ from those on {self.backend}, so it stays where it is"
                )
        except BaseException:
            other.close()
            raise
        return other  # type: ignore[no-any-return]

    def move(self, other: SeriesDeployment | None) -> None:
        """Go on with that one."""
        if other is not None:
            self.close()
            self._chip = other

    def close(self) -> None:
        """End it; ``turn`` begins a new one."""
        chip, self._chip = self._chip, None
        if chip is not None:
            chip.close()

    def _glance(self, chip: SeriesDeployment) -> NDArray[np.float64]:
        """What it says of the newest value and of the next ones; it stands where it stood afterwards."""
        before = chip.state
        said = chip.predict([self._now], go_on=True)
        ahead = chip.forecast(AHEAD)
        chip.state = before
        return np.concatenate([said, ahead])
