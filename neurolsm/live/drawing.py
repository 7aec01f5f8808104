"""From strokes to an image: lines of a pen on a square, as pixels between 0 and what the encoder calls white."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

FINE = 32  # points along each side of the paper, at least, at which it is asked whether there is ink
PEN = 0.08  # radius of the pen, in sides of the square
AT_ONCE = 1 << 18  # pairs of a line and a point
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
        fine = max(1, -(-FINE // min(height, width)))  # in each pixel
        y, x = ((np.arange(side * fine) + 0.5) / (side * fine) for side in (height, width))
        point = np.stack(np.broadcast_arrays(x[None, :], y[:, None]), axis=-1).reshape(-1, 2)
        a = np.concatenate(strokes)
        b = np.concatenate([np.concatenate([stroke[1:], stroke[-1:]]) for stroke in strokes])  # where each line ends
        ink = np.zeros(len(point), bool)
        once = max(1, AT_ONCE // len(point))
        for first in range(0, len(a), once):
            ink |= (_distance2(point, a[first : first + once], b[first : first + once]) <= PEN**2).any(axis=0)
        share = ink.reshape(height, fine, width, fine).mean(axis=(1, 3))
        return np.asarray(self.high * share).ravel()


def fitted(strokes: Strokes) -> Strokes:
    """Moved to the middle, and enlarged as far as the paper and ``LARGEST`` allow, the shape kept."""
    every = np.concatenate(strokes)
    low, high = every.min(axis=0), every.max(axis=0)
    room = 1 - 2 * PEN
    scale = min(LARGEST, room / max(float((high - low).max()), 1e-9))
    return [0.5 + scale * (stroke - (low + high) / 2) for stroke in strokes]


def _distance2(point: NDArray[np.float64], a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Squared distances [L, P] of points [P, 2] from the lines between a and b [L, 2].

    d^2 = |p - a|^2 - s (2 c - s |b - a|^2),    c = (p - a) (b - a),    s = c / |b - a|^2, at least 0 and at most 1
    """
    along = b - a
    length2 = np.maximum((along**2).sum(axis=1), 1e-12)[:, None]
    c = along @ point.T - (along * a).sum(axis=1)[:, None]
    s = np.clip(c / length2, 0, 1)
    to_a = (point**2).sum(axis=1) - 2 * a @ point.T + (a**2).sum(axis=1)[:, None]
    found: NDArray[np.float64] = to_a - s * (2 * c - s * length2)
    return found
