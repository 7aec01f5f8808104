"""Raw events: spikes that exist already, as times and channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.arrays import is_table, real, samples_of, take
from neurolsm.describe import checks, likely
from neurolsm.errors import refuse
from neurolsm.program.spikes import Spikes

TOUCH = 1e-6  # steps; a time this little below a boundary lies on it, so that 0.29 s is step 29 at 0.01 s
MOST = 0.5  # steps that the rounding of a time may make up for


@dataclass(frozen=True, kw_only=True)
class EventEncoder:
    """Events on the grid of steps: step = floor(time / dt), in double precision whatever type the times have.

    A time that lies below a boundary by no more than it may have been rounded lies on it: 0.058 s is step 58 at 1 ms, also where
    it was kept as float32, which is 0.057999998. The same channel twice in one step is one spike; ``Spikes.merged`` counts the
    others.

    Args:
        n_channels: number of input channels, at least 1.
        steps: length of a sample, at least 1.
        dt: seconds per step, above 0; None where times are whole steps already.

    Raises:
        InvalidValue: a field outside its range.

    Example:
        >>> import neurolsm as nl
        >>> encoder = nl.EventEncoder(n_channels=3, steps=100, dt=1e-3)
        >>> spikes = encoder.encode([([0.0005, 0.058], [2, 0])])  # times and channels of one sample
        >>> [part.tolist() for part in spikes.events(0)]  # steps and channels
        [[0, 58], [2, 0]]
    """

    n_channels: int
    steps: int
    dt: float | None = None

    def __post_init__(self) -> None:
        checks.whole(self, "n_channels", 1)
        checks.whole(self, "steps", 1)
        if self.dt is not None:
            checks.number(self, "dt", 0, open_low=True, finite=True, unit="s")
            likely.step(self, self.dt, 0.5)

    def channels(self, n_values: int) -> int:
        """``n_channels``, whatever the number of values."""
        return self.n_channels

    def encode(self, x: Any) -> Spikes:
        """Spikes of one pair (times, channels) per sample, each a sequence of numbers, in any order.

        Raises:
            InvalidValue: negative times, events past the end, channels out of range, NaN.
        """
        if is_table(x):
            self._no_pair("x", x)
        samples = samples_of("EventEncoder", "x", x, "one pair (times, channels) per sample")
        pairs = [self._pair(f"x[{k}]", one) for k, one in enumerate(samples)]
        return Spikes.from_events(pairs, self.steps, self.n_channels)

    def _pair(self, where: str, sample: Any) -> tuple[NDArray[Any], NDArray[Any]]:
        fields = getattr(getattr(sample, "dtype", None), "names", None)
        if not isinstance(sample, (tuple, list, np.ndarray)) or fields or len(sample) != 2:
            self._no_pair(where, sample)
        remedy = "Give two sequences of one length"
        times = take("EventEncoder", f"{where} times", sample[0], remedy)
        channels = take("EventEncoder", f"{where} channels", sample[1], remedy)
        if (
            times.ndim != 1 or channels.ndim != 1
        ):  # [(t, c)] instead of (times, channels), or one pair without its batch
            self._no_pair(where, sample)
        return self._steps(where, times), channels

    def _no_pair(self, where: str, sample: Any) -> None:
        remedy = "Give two sequences of one length, such as (events['t'] * 1e-6, events['x'])"
        refuse("EventEncoder", where, sample, "must be a pair (times, channels)", remedy)

    @np.errstate(under="ignore")  # a time next to nothing is in the first step
    def _steps(self, where: str, times: NDArray[Any]) -> NDArray[Any]:
        if self.dt is None or not times.size:
            return times
        if times.dtype.kind not in "iuf":
            remedy = "Give seconds, such as times / numpy.timedelta64(1, 's')"
            refuse("EventEncoder", f"{where} times", times, "must be finite numbers of seconds", remedy)
        seconds = real("EventEncoder", f"{where} times", times)
        steps = seconds / self.dt
        spare = TOUCH + np.minimum(rounding(seconds) / self.dt + steps * (rounding(self.dt) / self.dt), MOST)
        steps = np.floor(steps + spare)
        if steps.min() < 0:
            refuse("EventEncoder", f"{where} times", seconds.min(), "must not be negative",
                   "Shift the recording so that it starts at 0 s")  # fmt: skip
        if steps.max() >= self.steps:
            refuse("EventEncoder", f"{where} times", seconds.max(), f"lies past the end, {self.steps} steps of {self.dt} s",
                   "Give more steps or cut the events")  # fmt: skip
        return steps


def rounding(seconds: Any) -> NDArray[np.float64]:
    """By how much a number may have been rounded to float32: half a unit in its last place.

    0 for whole numbers, and for those that float32 does not hold and that were never kept as one. It depends on the values
    alone, so the same values give the same steps whatever type they come in.
    """
    with np.errstate(all="ignore"):  # beyond the range of float32 it holds nothing
        narrow = np.asarray(seconds).astype(np.float32)
        kept = (narrow == seconds) & (narrow != np.floor(narrow))
        return np.where(kept, np.spacing(np.abs(narrow)).astype(np.float64) / 2, 0.0)
