"""Shortest paths over a grid, and the cost of every place to the goal that the reward is made of."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from neurolsm.errors import refuse
from neurolsm_models.navigation.world import RADIUS, World

CELL = 0.125  # m
# Sixteen directions: paths are at most 2.8 % longer than in the plane.
MOVES = np.array([(1, 0), (0, 1), (1, 1), (1, -1), (2, 1), (1, 2), (2, -1), (1, -2)])
COMFORT = 0.25  # m beyond the robot's radius, below which a place begins to cost more
NEAR, INSIDE = 4.0, 25.0  # how much more a metre costs at the radius, and where the robot cannot be
Array = NDArray[np.float64]


@lru_cache(maxsize=8)
def cells(shape: tuple[int, int]) -> tuple[Array, NDArray[np.int64], NDArray[np.int64], Array]:
    """Where the cells of a floor lie [cells, 2], and its ways: cell, next cell and length in metres. Not to be written to."""
    x, y = np.meshgrid(*(np.arange(n) * CELL for n in shape), indexing="ij")
    index = np.arange(x.size).reshape(shape)
    pre, post, length = [], [], []
    for dx, dy in MOVES:
        a = index[: shape[0] - dx, max(0, -dy) : shape[1] - max(0, dy)]
        b = index[dx:, max(0, dy) : shape[1] + min(0, dy)]
        pre.append(a.ravel())
        post.append(b.ravel())
        length.append(np.full(a.size, CELL * math.hypot(dx, dy)))
    return np.stack([x.ravel(), y.ravel()], axis=1), np.concatenate(pre), np.concatenate(post), np.concatenate(length)


class Grid:
    """The free space of a world in cells; moving discs do not count.

    Args:
        world: what stands where.
    """

    def __init__(self, world: World) -> None:
        self.shape = (round(world.width / CELL) + 1, round(world.height / CELL) + 1)
        points, self.pre, self.post, self.length = cells(self.shape)
        self.free = world.clearances(points, moving=False)

    def cell(self, x: float, y: float) -> int:
        i = min(max(round(x / CELL), 0), self.shape[0] - 1)
        j = min(max(round(y / CELL), 0), self.shape[1] - 1)
        return i * self.shape[1] + j

    def nearest_free(self, x: float, y: float) -> int:
        """The nearest cell in which the robot can stand."""
        cell = self.cell(x, y)
        if self.free[cell] >= RADIUS:
            return cell
        i, j = divmod(np.arange(self.free.size), self.shape[1])
        away = (i * CELL - x) ** 2 + (j * CELL - y) ** 2
        return int(np.argmin(np.where(self.free >= RADIUS, away, np.inf)))

    def shortest(self, world: World) -> float:
        """Length of the shortest path of the robot's centre from start to goal, m; inf where there is none."""
        keep = np.minimum(self.free[self.pre], self.free[self.post]) >= RADIUS
        graph = self._graph(keep, self.length)
        found = dijkstra(graph, directed=False, indices=self.nearest_free(*world.goal))
        return float(found[self.nearest_free(*world.start[:2])])

    def cost(self, world: World) -> Array:
        """Cost of the way from each cell to the goal [cells]: metres, dearer near obstacles and very dear inside them."""
        near = np.clip((RADIUS + COMFORT - self.free) / COMFORT, 0, 1)
        price = np.where(self.free < RADIUS, INSIDE, 1 + NEAR * near**2)
        graph = self._graph(slice(None), self.length * (price[self.pre] + price[self.post]) / 2)
        return np.asarray(dijkstra(graph, directed=False, indices=self.cell(*world.goal))).reshape(self.shape)

    def _graph(self, keep: NDArray[np.bool_] | slice, weight: Array) -> csr_matrix:
        return csr_matrix((weight[keep], (self.pre[keep], self.post[keep])), (self.free.size, self.free.size))


def check_reachable(world: World) -> float:
    """Length of the shortest path; refuses a goal that cannot be reached."""
    world.check()
    length = Grid(world).shortest(world)
    if not math.isfinite(length):
        refuse("World", "goal", tuple(round(float(g), 3) for g in world.goal), "cannot be reached from the start",
               "Open a way, or choose another place")  # fmt: skip
    return length
