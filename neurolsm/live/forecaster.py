"""A liquid that says the next value of a series, learns from it when it comes, and runs ahead in a closed loop."""

from __future__ import annotations

from typing import final

import numpy as np
from numpy.typing import NDArray

from neurolsm.deployment import SeriesDeployment
from neurolsm.describe.input_map import RandomMap
from neurolsm.describe.laws import Gamma, Uniform
from neurolsm.describe.lsm import LSM, Liquid
from neurolsm.describe.random_graph import RandomGraph
from neurolsm.estimators import LSMSequenceRegressor
from neurolsm.learn.chip import LinearReadout
from neurolsm.live.handover import copied
from neurolsm.live.messages import Refused

AHEAD = 12  # values that are forecast in a closed loop
WASHOUT = 50  # values of a series that are not learned from

Values = NDArray[np.float64]


def lsm() -> LSM:
    """Two hundred neurons that hear one value as sixteen channels."""
    late = Uniform(0.0, 0.04)
    heard = RandomMap(density=0.4, weight=Gamma(0.4), inhibitory=0.5, delay=late)
    return LSM(
        inputs=16, liquid=Liquid(topology=RandomGraph(n=200), input=heard), readout=LinearReadout(share=0.3), seed=1
    )


@final
class Forecaster:
    """What is forecast of a value is said before it is there, and learned from when it comes: nothing looks ahead.

    Args:
        x: the first values [T], to which the liquid is fitted.
        backend: where it runs.
        ends: the lowest and the highest value that it shall hear and say; None for those of x, with a quarter of their range more.
    """

    def __init__(self, x: Values, backend: str, ends: tuple[float, float] | None = None) -> None:
        # A series within the washout teaches nothing, and widens the range.
        series = [x] if ends is None else [np.array([ends[0], ends[1], ends[0]]), x]
        model = LSMSequenceRegressor(lsm(), washout=WASHOUT).fit(series)
        self._chip = model.deploy([one[:-1] for one in series], [one[1:] for one in series], backend=backend)
        self._now = float(x[-1])

    @property
    def backend(self) -> str:
        """Where it runs."""
        return self._chip.backend

    @property
    def lessons(self) -> int:
        """Values learned from since it was fitted."""
        return self._chip.lessons

    def meet(self, came: float, learn: bool) -> float:
        """What had been said of a value that has come now; it is learned from afterwards."""
        said = self._chip.follow([self._now], [came if learn else np.nan])[0]
        self._now = came
        return float(said)

    def ahead(self) -> Values:
        """The next values in a closed loop [AHEAD]; it stands where it stood afterwards."""
        return self._glance(
            self._chip
        )  # the lesson of the newest value is not known yet: it is shown once more when it is

    def handed(self, backend: str) -> SeriesDeployment:
        """A copy of it on another backend, whose next values are the same.

        Raises:
            Refused: the two differ.
        """
        other = copied(self._chip, backend)
        try:
            if not np.array_equal(self._glance(self._chip), self._glance(other)):
                raise Refused(
                    f"The next forecasts on {backend} differ from those on {self.backend}, so it stays where it is"
                )
        except BaseException:
            other.close()
            raise
        return other  # type: ignore[no-any-return]

    def move(self, other: SeriesDeployment) -> None:
        """Go on with that one."""
        self.close()
        self._chip = other

    def close(self) -> None:
        """End it."""
        self._chip.close()

    def _glance(self, chip: SeriesDeployment) -> Values:
        before = chip.state
        try:
            chip.show([self._now])
            return chip.forecast(AHEAD)
        finally:
            chip.state = before
