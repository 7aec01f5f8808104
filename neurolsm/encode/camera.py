"""Recordings of an event camera: down-sampled in space and time, and told as spikes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.describe import checks
from neurolsm.errors import refuse
from neurolsm.spikes import Spikes

# An event: column x and row y of the pixel, time t, polarity p. The dtype of tonic.io, so that its transforms take the arrays.
EVENT = np.dtype([("x", np.int16), ("y", np.int16), ("t", np.int64), ("p", bool)])


@dataclass(frozen=True, kw_only=True)
class CameraEncoder:
    """Events on a coarser grid of pixels and steps, with one spike for every ``events`` events of a channel.

        channel = (p H' + y // pool) W' + x // pool,   H' = ceil(H / pool),  W' = ceil(W / pool),   step = t // bin

    A channel spikes at the steps in which its number of events so far passes a multiple of ``events``; two multiples in one
    step are one spike. As an array the channels have the shape (2, H', W'), which is what ``ReceptiveFields`` takes.

    Args:
        shape: (H, W), pixels of the camera.
        steps: length of a sample, at least 1.
        bin: length of a step in units of t, whole, at least 1 (microseconds as a rule).
        pool: width of the square of pixels that share a channel, at least 1.
        events: events a spike, at least 1.

    Raises:
        InvalidValue: a field outside its range.
    """

    shape: tuple[int, int]
    steps: int
    bin: int = 1000
    pool: int = 1
    events: int = 1

    def __post_init__(self) -> None:
        checks.shape(self, "shape", (2,))
        for field in ("steps", "bin", "pool", "events"):
            checks.whole(self, field, 1)

    @property
    def grid(self) -> tuple[int, int, int]:
        """(2, H', W')."""
        return 2, -(-self.shape[0] // self.pool), -(-self.shape[1] // self.pool)

    @property
    def n_channels(self) -> int:
        return int(np.prod(self.grid))

    def channels(self, n_values: int) -> int:
        """2 H' W', whatever the number of values."""
        return self.n_channels

    def encode(self, x: Any) -> Spikes:
        """Spikes of one structured array with the fields x, y, t and p a sample, in the order of time.

        Raises:
            InvalidValue: no such array, no event, pixels outside the camera, times that are negative, go backwards or lie past
                the end.
        """
        return Spikes.from_events([self._spikes(k, sample) for k, sample in enumerate(x)], self.steps, self.n_channels)

    def _spikes(self, k: int, events: Any) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(steps, channels) of one recording."""
        column, row, time, polarity = self._read(k, events)
        _, height, width = self.grid
        channel = ((polarity > 0) * height + row // self.pool) * width + column // self.pool
        if self.events > 1:
            order = np.argsort(channel, kind="stable")  # the events of a channel together, in the order of time
            first = np.concatenate([[0], np.flatnonzero(np.diff(channel[order])) + 1])
            nth = np.arange(order.size) - np.repeat(first, np.diff(np.append(first, order.size)))
            kept = order[(nth + 1) % self.events == 0]
            time, channel = time[kept], channel[kept]
        return time // self.bin, channel

    def _read(self, k: int, events: Any) -> list[NDArray[np.int64]]:
        """x, y, t, p as whole numbers, checked."""
        where = f"x[{k}]"
        names = getattr(getattr(events, "dtype", None), "names", None)
        if names is None or not set("xytp") <= set(names) or events.ndim != 1:
            refuse("CameraEncoder", where, type(events).__name__, "must be a structured array [events] with the fields x, y, t, p",
                   "Use numpy.array(events, neurolsm.encode.camera.EVENT)")  # fmt: skip
        if not events.size:
            refuse("CameraEncoder", where, 0, "has no event", "Drop the empty recordings")
        x, y, t, p = (events[name].astype(np.int64) for name in "xytp")
        for name, values, size in (("x", x, self.shape[1]), ("y", y, self.shape[0])):
            if values.min() < 0 or values.max() >= size:
                wrong = values.min() if values.min() < 0 else values.max()
                refuse(
                    "CameraEncoder",
                    f"{where}.{name}",
                    wrong,
                    f"must lie in 0..{size - 1}",
                    "Check the shape of the camera",
                )
        back = np.flatnonzero(np.diff(t) < 0)
        if back.size:
            refuse("CameraEncoder", f"{where}.t[{back[0] + 1}]", t[back[0] + 1],
                   f"goes backwards from {t[back[0]]}", "Look at the recording; sort it by time if only the order was lost")  # fmt: skip
        if t[0] < 0:
            refuse(
                "CameraEncoder",
                f"{where}.t",
                t[0],
                "must not be negative",
                "Shift the recording so that it starts at 0",
            )
        if t[-1] >= self.steps * self.bin:
            refuse("CameraEncoder", f"{where}.t", t[-1], f"lies past the end, {self.steps} steps of {self.bin}",
                   "Give more steps or cut the events")  # fmt: skip
        return [x, y, t, p]


def to_events(spikes: Spikes, shape: tuple[int, ...], bin: int = 1000) -> list[NDArray[np.void]]:
    """Spikes as event arrays of the dtype ``EVENT``, one a sample: what tonic's transforms, slicers and plots take.

        channel -> (p, y, x) of the array ``shape``,   t = step * bin

    The inverse of ``CameraEncoder(shape=(H, W), bin=bin)`` for events at the start of a step, each once.

    Args:
        spikes: of channels, or of neurons that are laid out as an array.
        shape: (2, H, W), (H, W) or (W,); missing axes are 0.
        bin: units of t a step, whole, at least 1.

    Raises:
        InvalidValue: a shape of another number of channels.
    """
    if int(np.prod(shape)) != spikes.units or not 1 <= len(shape) <= 3 or (len(shape) == 3 and shape[0] > 2):
        refuse(
            "to_events",
            "shape",
            shape,
            f"must be (2, H, W), (H, W) or (W,) with {spikes.units} units",
            "Check the order",
        )
    if isinstance(bin, bool) or not isinstance(bin, (int, np.integer)) or bin < 1:
        refuse("to_events", "bin", bin, "must be a whole number, at least 1", "Leave it out for 1000")
    found = []
    for k in range(len(spikes)):
        step, unit = spikes.events(k)
        place = np.unravel_index(unit, (1,) * (3 - len(shape)) + tuple(shape))
        events = np.zeros(step.size, EVENT)
        events["t"] = step * bin
        events["p"], events["y"], events["x"] = place
        found.append(events)
    return found
