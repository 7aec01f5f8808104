"""Raw events: spikes that exist already, as times and channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.describe import checks
from neurolsm.errors import refuse
from neurolsm.spikes import Spikes

TOUCH = 1e-6  # steps; a time this little below a boundary lies on it, so that 0.29 s is step 29 at 0.01 s


@dataclass(frozen=True, kw_only=True)
class EventEncoder:
    """Events on the grid of steps: step = floor(time / dt).

    The same channel twice in one step is one spike; ``Spikes.merged`` counts the others.

    Args:
        n_channels: number of input channels, at least 1.
        steps: length of a sample, at least 1.
        dt: seconds a step, above 0; None where times are whole steps already.

    Raises:
        InvalidValue: a field outside its range.
    """

    n_channels: int
    steps: int
    dt: float | None = None

    def __post_init__(self) -> None:
        checks.whole(self, "n_channels", 1)
        checks.whole(self, "steps", 1)
        if self.dt is not None:
            checks.number(self, "dt", 0, open_low=True, unit="s")

    def channels(self, n_values: int) -> int:
        """``n_channels``, whatever the number of values."""
        return self.n_channels

    def encode(self, x: Any) -> Spikes:
        """Spikes of one pair (times, channels) a sample, each a sequence of numbers, in any order.

        Raises:
            InvalidValue: negative times, events past the end, channels out of range, NaN.
        """
        pairs = []
        for k, sample in enumerate(x):
            if not isinstance(sample, (tuple, list, np.ndarray)) or len(sample) != 2:
                refuse(
                    "EventEncoder",
                    f"x[{k}]",
                    sample,
                    "must be a pair (times, channels)",
                    "Give two sequences of one length",
                )
            times, channels = (np.asarray(part) for part in sample)
            pairs.append((self._steps(k, times), channels))
        return Spikes.from_events(pairs, self.steps, self.n_channels)

    def _steps(self, sample: int, times: NDArray[Any]) -> NDArray[Any]:
        if self.dt is None or not times.size:
            return times
        if times.dtype.kind not in "iuf" or not np.isfinite(times).all():
            refuse(
                "EventEncoder",
                f"x[{sample}] times",
                times,
                "must be finite numbers of seconds",
                "Drop the events without a time",
            )
        steps = np.floor(times / self.dt + TOUCH)
        if steps.min() < 0:
            refuse(
                "EventEncoder",
                f"x[{sample}] times",
                times.min(),
                "must not be negative",
                "Shift the recording so that it starts at 0 s",
            )
        if steps.max() >= self.steps:
            refuse(
                "EventEncoder",
                f"x[{sample}] times",
                times.max(),
                f"lies past the end, {self.steps} steps of {self.dt} s",
                "Give more steps or cut the events",
            )
        return steps
