"""Worlds as data: what stands where, where the robot starts, and where it shall go."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from neurolsm.errors import refuse
from neurolsm_models.navigation.physics import clearance, clearances

Array = NDArray[np.float64]
RADIUS = 0.2  # of the robot, m
NONE = np.zeros((0, 5))
SIDES = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])  # where the corners of a box lie from its centre, in half sizes


@dataclass(frozen=True, eq=False)
class World:
    """A floor of ``width`` x ``height`` m with outer walls, inner walls, boxes and discs.

    Attributes:
        walls: inner walls, segments [W, 4].
        boxes: centre x, y, half sizes, angle [K, 5].
        discs: centre x, y, radius, velocity x, y [M, 5]; those that move turn back at the outer walls and pass through the rest.
        start: x, y, heading.
        goal: x, y.
        cue: 0 for none; 1 or -1: a signal to the left or to the right, seen within ``cue_until`` m of the start.
        sees_goal: whether the robot feels bearing and distance of the goal.
        wrong: a place where an episode ends without success (the other arm of a maze), or None.
    """

    width: float
    height: float
    walls: Array
    boxes: Array
    discs: Array
    start: tuple[float, float, float]
    goal: tuple[float, float]
    cue: int = 0
    cue_until: float = 0.0
    sees_goal: bool = True
    wrong: tuple[float, float] | None = None
    segments: Array = field(init=False, repr=False)

    def __post_init__(self) -> None:
        parts = [outer_walls(self.width, self.height), self.walls.reshape(-1, 4), *map(box_edges, self.boxes)]
        object.__setattr__(self, "segments", np.concatenate(parts))

    def clearance(self, x: float, y: float) -> float:
        """Distance to the nearest obstacle, negative inside one or outside the floor."""
        if not (0 < x < self.width and 0 < y < self.height):
            return -1.0
        return float(clearance(x, y, self.segments, self.boxes, self.discs))

    def clearances(self, points: Array, moving: bool = True) -> Array:
        """``clearance`` of points [P, 2] on the floor; ``moving``: whether discs that move count."""
        out = np.empty(len(points))
        discs = self.discs if moving else self.discs[~self.discs[:, 3:].any(axis=1)]
        clearances(points, self.segments, self.boxes, discs, out)
        return out

    def check(self) -> None:
        """Refuse a start or a goal that no robot can stand on."""
        for name, place in (("start", self.start), ("goal", self.goal)):
            if not all(map(math.isfinite, place)):
                refuse("World", name, place, "must be finite numbers", "Give metres, and radians for the heading")
            free = self.clearance(place[0], place[1])
            if free < RADIUS:
                where = (
                    "lies inside a wall or an obstacle, or outside" if free < 0 else f"is {free:.2f} m from an obstacle"
                )
                refuse("World", name, tuple(round(float(p), 3) for p in place[:2]),
                       f"{where}; the robot needs {RADIUS} m", "Choose a free place")  # fmt: skip


def outer_walls(width: float, height: float) -> Array:
    return np.array([[0, 0, width, 0], [width, 0, width, height], [width, height, 0, height], [0, height, 0, 0]], float)


def corners(box: Array) -> Array:
    """The corners of a box [4, 2], counter-clockwise."""
    c, s = math.cos(box[4]), math.sin(box[4])
    half = SIDES * box[2:4]
    return half @ np.array([[c, s], [-s, c]]) + box[:2]


def box_edges(box: Array) -> Array:
    """The edges of a box, segments [4, 4]."""
    at = corners(box)
    return np.hstack([at, at[[1, 2, 3, 0]]])
