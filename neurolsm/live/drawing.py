"""From strokes to an image: lines of a pen on a square, as pixels between 0 and what the encoder calls white."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import final

import numpy as np
from numpy.typing import NDArray

FINE = 4  # points along each side of a pixel at which it is asked whether there is ink
PEN = 0.08  # radius of the pen, in sides of the square
LARGEST = 4.0  # how much a small drawing is enlarged at most

Strokes = list[NDArray[np.float64]]


@final
@dataclass(frozen=True)
class Paper:
    """What is drawn on.

    Attributes:
        shape: pixels (H, W) of the images that the deployment was made for.
        high: the value of a pixel that is full of ink.
    """

    shape: tuple[int, int]
    high: float

    def pixels(self, strokes: Strokes, fit: bool = True) -> NDArray[np.float64]:
        """The share of each pixel that is covered with ink, times ``high`` [H * W].

        Args:
            strokes: of points (x, y) from (0, 0), top left, to (1, 1) [P, 2]; one point is a dot.
            fit: move and enlarge the drawing so that it fills the paper, as those who collected the digits did.
        """
        height, width = self.shape
        if not strokes:
            return np.zeros(height * width)
        if fit:
            strokes = fitted(strokes)
        y, x = (
            (np.arange(side * FINE) + 0.5) / (side * FINE) for side in (height, width)
        )  # the middles of the fine points
        point = np.stack(np.broadcast_arrays(x[None, :], y[:, None]), axis=-1).reshape(-1, 2)
        ink = np.zeros(len(point), bool)
        for stroke in strokes:
            ends = np.concatenate([stroke, stroke[-1:]])
            for a, b in pairwise(ends):
                ink |= _distance2(point, a, b) <= PEN**2
        share = ink.reshape(height, FINE, width, FINE).mean(axis=(1, 3))
        return np.asarray(self.high * share).ravel()


def fitted(strokes: Strokes) -> Strokes:
    """Moved to the middle, and enlarged as far as the paper and ``LARGEST`` allow, the shape kept."""
    every = np.concatenate(strokes)
    low, high = every.min(axis=0), every.max(axis=0)
    room = 1 - 2 * PEN
    scale = min(LARGEST, room / max(float((high - low).max()), 1e-9))
    return [0.5 + scale * (stroke - (low + high) / 2) for stroke in strokes]


def _distance2(point: NDArray[np.float64], a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Squared distance of points [P, 2] from the line between two of them."""
    along = b - a
    share = np.clip((point - a) @ along / max(float(along @ along), 1e-12), 0, 1)
    found: NDArray[np.float64] = ((point - a - share[:, None] * along) ** 2).sum(axis=1)
    return found
