"""Mazes, drawn from a seed: corridors of a grid, and a T in which a cue at the start says which way to turn later."""

from __future__ import annotations

import math

import numpy as np

from neurolsm_models.navigation.world import NONE, World

CUE_UNTIL = 0.7  # m from the start within which the cue is seen


def memory_maze(rng: np.random.Generator) -> World:
    """A stem of 2.2 to 3.2 m and two arms; a signal near the start, on the left or on the right, says in which arm the goal is.

    The robot does not feel the goal. Where the stem ends, the signal has been out of sight for 1.5 m (2.5 s) or more.
    """
    stem, wide, bar, arm = rng.uniform(2.2, 3.2), rng.uniform(1.1, 1.5), rng.uniform(1.1, 1.5), rng.uniform(1.5, 2.2)
    width, height, middle = 2 * arm + wide, stem + bar, arm + wide / 2
    left, right = middle - wide / 2, middle + wide / 2
    walls = np.array(
        [[left, 0, left, stem], [0, stem, left, stem], [right, 0, right, stem], [right, stem, width, stem]]
    )
    side = 1 if rng.random() < 0.5 else -1
    ends = {1: (0.5, stem + bar / 2), -1: (width - 0.5, stem + bar / 2)}
    start = (middle + rng.uniform(-0.15, 0.15), 0.4, math.pi / 2 + rng.uniform(-0.3, 0.3))
    return World(
        width, height, walls, NONE, NONE, start, ends[side], cue=side, cue_until=CUE_UNTIL, sees_goal=False,
        wrong=ends[-side],
    )  # fmt: skip


def maze(rng: np.random.Generator, cells: int = 5, cell: float = 1.6, open_share: float = 0.15) -> World:
    """Corridors of a square grid: a random spanning tree (depth first), and ``open_share`` of the other walls taken away."""
    size = cells * cell
    right, up = np.ones((cells, cells), bool), np.ones((cells, cells), bool)  # walls to the right of and above a cell
    seen, stack = {(0, 0)}, [(0, 0)]
    while stack:
        i, j = stack[-1]
        near = [(i + 1, j), (i - 1, j), (i, j + 1), (i, j - 1)]
        fresh = [(a, b) for a, b in near if 0 <= a < cells and 0 <= b < cells and (a, b) not in seen]
        if not fresh:
            stack.pop()
            continue
        a, b = fresh[int(rng.integers(len(fresh)))]
        if a != i:
            right[min(a, i), j] = False
        else:
            up[i, min(b, j)] = False
        seen.add((a, b))
        stack.append((a, b))
    right &= rng.random(right.shape) >= open_share
    up &= rng.random(up.shape) >= open_share
    walls = [((i + 1) * cell, j * cell, (i + 1) * cell, (j + 1) * cell) for i, j in np.argwhere(right) if i + 1 < cells]
    walls += [(i * cell, (j + 1) * cell, (i + 1) * cell, (j + 1) * cell) for i, j in np.argwhere(up) if j + 1 < cells]
    (si, sj), (gi, gj) = (divmod(int(k), cells) for k in rng.choice(cells * cells, 2, replace=False))
    start = ((si + 0.5) * cell, (sj + 0.5) * cell, rng.uniform(-math.pi, math.pi))
    goal = ((gi + 0.5) * cell, (gj + 0.5) * cell)
    return World(size, size, np.array(walls).reshape(-1, 4), NONE, NONE, start, goal)


def home(rng: np.random.Generator, closed: bool = False) -> World:
    """Two rooms with two doors between them; the robot wakes up in the left room, its dock is in the right one.

    ``closed``: the lower door, the one near the dock, is shut.
    """
    gaps = [(5.2, 6.4)] if closed else [(1.6, 2.8), (5.2, 6.4)]
    edges = [0.0, *[e for gap in gaps for e in gap], 8.0]
    walls = np.array([[4.0, a, 4.0, b] for a, b in zip(edges[::2], edges[1::2], strict=True)])
    start = (rng.uniform(0.6, 3.0), rng.uniform(0.6, 7.4), rng.uniform(-math.pi, math.pi))
    return World(8.0, 8.0, walls, NONE, NONE, start, (6.5, 2.2))
