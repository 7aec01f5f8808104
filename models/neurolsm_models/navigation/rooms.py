"""Rooms with clutter, drawn from a seed: boxes and pillars with gaps that a robot can pass."""

from __future__ import annotations

import math

import numpy as np

from neurolsm_models.navigation.paths import Grid
from neurolsm_models.navigation.world import NONE, RADIUS, World, box_edges

SIZE = 8.0  # m
GAP = 0.8  # m between obstacles, and between obstacles and walls
OBSTACLES = (5, 9)  # how many, inclusive
APART = 3.0  # m from start to goal at least, as the crow flies
ROOMY = RADIUS + 0.15  # clearance of start and goal


def room(rng: np.random.Generator, moving: int = 0) -> World:
    """A room of 8 x 8 m with 5 to 9 obstacles, ``moving`` discs that drift about, a start and a goal that can be reached."""
    t = np.linspace(0, 1, 12)[:, None, None]  # places along an edge
    while True:
        boxes, discs = np.zeros((0, 5)), NONE
        wanted = int(rng.integers(OBSTACLES[0], OBSTACLES[1] + 1))
        so_far = _with(boxes, discs)
        for _ in range(20 * wanted):
            if len(boxes) + len(discs) == wanted:
                break
            x, y = rng.uniform(0.5, SIZE - 0.5, 2)
            if rng.random() < 0.6:
                box = np.array([x, y, rng.uniform(0.2, 0.9), rng.uniform(0.15, 0.5), rng.uniform(0, math.pi)])
                edges = box_edges(box)
                points = ((1 - t) * edges[:, :2] + t * edges[:, 2:]).reshape(-1, 2)
                if ((points > GAP) & (points < SIZE - GAP)).all() and so_far.clearances(points).min() > GAP:
                    boxes = np.vstack([boxes, box])
                    so_far = _with(boxes, discs)
            else:
                radius = rng.uniform(0.15, 0.4)
                if so_far.clearance(x, y) > GAP + radius:
                    discs = np.vstack([discs, [x, y, radius, 0, 0]])
                    so_far = _with(boxes, discs)
        world = _with_places(so_far, rng, moving)
        if world is not None:
            return world


def _with(boxes: np.ndarray, discs: np.ndarray) -> World:
    """A room with these obstacles, and neither a start nor a goal yet."""
    return World(SIZE, SIZE, np.zeros((0, 4)), boxes, discs, (0, 0, 0), (0, 0))


def _with_places(world: World, rng: np.random.Generator, moving: int) -> World | None:
    """With start, goal and moving discs; None where no pair was found."""
    for _ in range(50):
        sx, sy, gx, gy = rng.uniform(0.5, SIZE - 0.5, 4)
        if (
            math.hypot(sx - gx, sy - gy) >= APART
            and world.clearance(sx, sy) > ROOMY
            and world.clearance(gx, gy) > ROOMY
        ):
            discs = [*world.discs, *_moving(rng, moving, (sx, sy))]
            made = World(
                SIZE, SIZE, world.walls, world.boxes, np.array(discs).reshape(-1, 5),
                (float(sx), float(sy), float(rng.uniform(-math.pi, math.pi))), (float(gx), float(gy)),
            )  # fmt: skip
            if math.isfinite(Grid(made).shortest(made)):
                return made
    return None


def _moving(rng: np.random.Generator, count: int, start: tuple[float, float]) -> list[np.ndarray]:
    """Discs of 0.2 m that drift at 0.1 to 0.25 m/s, at first 1.5 m or more from the robot."""
    found: list[np.ndarray] = []
    while len(found) < count:
        x, y = rng.uniform(0.5, SIZE - 0.5, 2)
        if math.hypot(x - start[0], y - start[1]) > 1.5:
            speed, angle = rng.uniform(0.1, 0.25), rng.uniform(0, 2 * math.pi)
            found.append(np.array([x, y, 0.2, speed * math.cos(angle), speed * math.sin(angle)]))
    return found
