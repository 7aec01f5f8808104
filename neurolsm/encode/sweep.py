"""Image sweep: a picture becomes a signal over time, one column after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.describe import checks
from neurolsm.describe.protocols import check_part
from neurolsm.encode.encoder import Encoder, encoded
from neurolsm.encode.rate import RateEncoder
from neurolsm.encode.values import numbers
from neurolsm.errors import refuse
from neurolsm.program.spikes import Spikes

AXES = ("columns", "rows", "both")


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """Front end for images [H, W]: the value of channel h at step t is pixel (h, t // hold).

    With ``axes="columns"`` the columns come from left to right on H channels, with ``"rows"`` the rows from top to bottom
    on W channels, with ``"both"`` the two at once, the columns on the first H channels (square images only).

    Args:
        shape: (H, W).
        hold: for how many steps each column is shown, at least 1.
        rest: silent steps after the last column, in which the liquid rings on, at least 0.
        axes: ``columns``, ``rows`` or ``both``.
        encoder: turns the values over time into spikes; any encoder that takes [B, T, N]. Its ``low`` and ``high`` are
            those of the pixels.

    Raises:
        InvalidValue: a field outside its range.

    Example:
        >>> import neurolsm as nl
        >>> encoder = nl.Sweep(shape=(2, 3), hold=2, rest=1)
        >>> spikes = encoder.encode([[[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]])
        >>> spikes.dense()[0].T.astype(int).tolist()  # two rows; each of three columns for 2 steps, then 1 silent step
        [[1, 1, 0, 0, 1, 1, 0], [0, 0, 1, 1, 0, 0, 0]]
    """

    shape: tuple[int, int]
    hold: int = 1
    rest: int = 0
    axes: str = "columns"
    encoder: Encoder = RateEncoder()

    def __post_init__(self) -> None:
        checks.shape(self, "shape", (2,))
        checks.whole(self, "hold", 1)
        checks.whole(self, "rest", 0)
        checks.word(self, "axes", AXES)
        if self.axes == "both" and self.shape[0] != self.shape[1]:
            refuse(
                "Sweep", "shape", self.shape, "must be square to be swept along both axes", "Pad the images to a square"
            )
        check_part("Sweep", "encoder", self.encoder, Encoder, "Use RateEncoder(...) or another of neurolsm.encode")

    @property
    def steps(self) -> int:
        return self.shape[self.axes != "rows"] * self.hold + self.rest

    @property
    def lines(self) -> int:
        """Values shown at once."""
        return {"columns": self.shape[0], "rows": self.shape[1], "both": sum(self.shape)}[self.axes]

    def channels(self, n_values: int) -> int:
        if n_values != self.shape[0] * self.shape[1]:
            refuse(
                "Sweep",
                "shape",
                self.shape,
                f"does not hold the {n_values} values of a sample",
                "Give the shape of the images",
            )
        return self.encoder.channels(self.lines)

    def values(self, x: Any) -> NDArray[np.float64]:
        """Images [B, H, W] or [B, H * W] as values over time [B, T, lines], without the rest."""
        height, width = self.shape
        array = numbers("Sweep", "x", x)
        if array.shape[1:] not in (self.shape, (height * width,)):
            refuse(
                "Sweep",
                "x",
                array.shape,
                f"must be images [B, {height}, {width}] or [B, {height * width}]",
                "Set shape to that of the images",
            )
        images = array.reshape(-1, height, width)
        shown = {"columns": [images.transpose(0, 2, 1)], "rows": [images], "both": [images.transpose(0, 2, 1), images]}[
            self.axes
        ]
        return np.concatenate(shown, axis=2).repeat(self.hold, axis=1)

    def encode(self, x: Any) -> Spikes:
        """Spikes of images [B, H, W] or [B, H * W]."""
        return append_silence(encoded(self.encoder, self.values(x)), self.rest)


def append_silence(spikes: Spikes, steps: int) -> Spikes:
    """Every sample followed by ``steps`` steps without a spike."""
    counts = np.insert(np.diff(spikes.indptr), spikes.offsets[1:].repeat(steps), 0)
    indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return Spikes(spikes.steps + steps, indptr, spikes.unit, spikes.units, spikes.merged)
