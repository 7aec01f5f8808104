"""Recordings of an event camera: down-sampled in space and time, as spikes."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.arrays import is_table, samples_of, take, whole
from neurolsm.describe import checks
from neurolsm.errors import refuse
from neurolsm.program.spikes import Spikes

# An event: column x and row y of the pixel, time t, polarity p. The dtype of tonic.io, so that its transforms take the arrays.
EVENT = np.dtype([("x", np.int16), ("y", np.int16), ("t", np.int64), ("p", bool)])
LARGEST = 1 << 15  # pixels along an axis that EVENT holds

PIXELS = "Give whole pixels, rounded as you see fit"
TIMES = "Give whole microseconds, such as numpy.rint(1e6 * seconds) or times / numpy.timedelta64(1, 'us')"
POLARITIES = "Give True for more light and False for less"


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
        events: events per spike, at least 1.

    Raises:
        InvalidValue: a field outside its range.

    Example:
        >>> import numpy as np
        >>> import neurolsm as nl
        >>> events = np.array([(3, 1, 200, 1), (0, 0, 1500, 0)], dtype=[("x", "i2"), ("y", "i2"), ("t", "i8"), ("p", "i1")])
        >>> encoder = nl.CameraEncoder(shape=(4, 4), steps=5, bin=1000, pool=2)
        >>> [part.tolist() for part in encoder.encode([events]).events(0)]  # (p 2 + y // 2) 2 + x // 2 is 5, then 0
        [[0, 1], [5, 0]]
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
        """Spikes of one structured array with the fields x, y, t and p per sample, in the order of time.

        Numbers of any type are taken where they are whole; p is False or True, 0 or 1, or -1 or 1. A table with columns of these
        names is taken as well. A recording without an event is silence.

        Raises:
            InvalidValue: no such array, numbers that are not whole, pixels outside the camera, times that are negative, go
                backwards or lie past the end.
        """
        if is_table(x):
            refuse("CameraEncoder", "x", type(x).__name__, "is one recording", "Give a list of recordings")
        samples = samples_of("CameraEncoder", "x", x, "one recording per sample")
        return Spikes.from_events([self._spikes(k, one) for k, one in enumerate(samples)], self.steps, self.n_channels)

    def _spikes(self, k: int, events: Any) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(steps, channels) of one recording."""
        column, row, time, polarity = self._read(k, events)
        _, height, width = self.grid
        channel = (polarity * height + row // self.pool) * width + column // self.pool
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
        if is_table(events) and set("xytp") <= set(getattr(events, "columns", ())):
            columns = [events[name] for name in "xytp"]
        else:
            names = getattr(getattr(events, "dtype", None), "fields", None)  # titles, too: p is one in faery and aedat
            if names is None or not set("xytp") <= set(names) or events.ndim != 1:
                refuse("CameraEncoder", where, type(events).__name__, "must be a structured array [events] with the fields x, y, t, p",
                       "Use numpy.array(events, neurolsm.encode.camera.EVENT), one for each recording")  # fmt: skip
            columns = [events[name] for name in "xytp"]
        x, y, t = (
            whole("CameraEncoder", f"{where}.{name}", column, remedy)
            for name, column, remedy in zip("xyt", columns, (PIXELS, PIXELS, TIMES), strict=False)
        )
        p = _polarity(f"{where}.p", columns[3])
        for name, values in zip("xytp", (x, y, t, p), strict=True):
            if values.ndim != 1:
                refuse(
                    "CameraEncoder", f"{where}.{name}", values.shape, "must be one number per event", "Take one of them"
                )
        if not t.size:
            return [x, y, t, p]
        for name, values, size in (("x", x, self.shape[1]), ("y", y, self.shape[0])):
            if values.min() < 0 or values.max() >= size:
                wrong = values.min() if values.min() < 0 else values.max()
                limit = f"must lie in 0..{size - 1}"
                refuse("CameraEncoder", f"{where}.{name}", wrong, limit, "Check the shape of the camera")
        back = np.flatnonzero(t[1:] < t[:-1])
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


def _polarity(where: str, column: Any) -> NDArray[np.int64]:
    """1 for an event of rising brightness."""
    values = take("CameraEncoder", where, column)
    if values.dtype.kind != "b":
        values = whole("CameraEncoder", where, values, POLARITIES)
        odd = np.flatnonzero(np.abs(values) > 1)
        if odd.size:
            refuse("CameraEncoder", where, values[odd[0]], "must be 0 or 1, or -1 or 1", POLARITIES)
    return (values > 0).astype(np.int64)


def to_events(spikes: Spikes, shape: tuple[int, ...], bin: int = 1000) -> list[NDArray[np.void]]:
    """Spikes as event arrays of the dtype ``EVENT``, one per sample: what tonic's transforms, slicers and plots take.

        channel -> (p, y, x) of the array ``shape``,   t = step * bin

    The inverse of ``CameraEncoder(shape=(H, W), bin=bin)`` for events at the start of a step, each once.

    Args:
        spikes: of channels, or of neurons that are laid out as an array.
        shape: (2, H, W), (H, W) or (W,); missing axes are 0.
        bin: units of t per step, whole, at least 1.

    Raises:
        InvalidValue: a shape of another number of channels.
    """
    if not isinstance(spikes, Spikes):
        refuse("to_events", "spikes", type(spikes).__name__, "must be Spikes", "Encode the samples first")
    axes = tuple(map(checks.plain, shape)) if isinstance(shape, tuple) else ()
    fits = 1 <= len(axes) <= 3 and all(isinstance(k, int) and not isinstance(k, bool) and k >= 0 for k in axes)
    if not fits or prod(axes) != spikes.units or (len(axes) == 3 and axes[0] > 2):
        limit = f"must be (2, H, W), (H, W) or (W,) with {spikes.units} units"
        refuse("to_events", "shape", shape, limit, "Check the order")
    if max(axes[-2:]) > LARGEST:
        refuse("to_events", "shape", shape, f"an event holds pixels 0..{LARGEST - 1}", "Lay the units out on two axes")
    width = checks.plain(bin)
    if isinstance(width, bool) or not isinstance(width, int) or width < 1:
        refuse("to_events", "bin", bin, "must be a whole number, at least 1", "Leave it out for 1000")
    if width * int(spikes.steps.max(initial=0)) >= 1 << 63:
        refuse("to_events", "bin", bin, "makes times beyond 64 bits", "Leave it out for 1000")
    found = []
    for k in range(len(spikes)):
        step, unit = spikes.events(k)
        place = np.unravel_index(unit, (1,) * (3 - len(axes)) + axes)
        events = np.zeros(step.size, EVENT)
        events["t"] = step * width
        events["p"], events["y"], events["x"] = place
        found.append(events)
    return found
