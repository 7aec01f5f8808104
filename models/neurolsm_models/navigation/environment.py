"""The worlds in gymnasium's API: ``neurolsm/Rooms-v0``, ``neurolsm/Maze-v0``, ``neurolsm/MemoryMaze-v0``.

    observation = 24 lidar ranges (m, counter-clockwise from straight ahead), distance of the goal (m), sine and cosine of its
                  bearing (all three 0 where the robot does not feel it), cue on the left, cue on the right
    action      = speed of the left and of the right wheel, -1..1 of 0.6 m/s
    reward      = clip((cost before - cost after) / 0.12, -1, 1), +1 at the goal, -1 at a contact

with the cost of the way to the goal at a point 0.35 m from the robot's centre, in front of the end that it drives with
(``paths.Grid.cost``). A potential that is the value
of a state makes the reward of one step say which action is best (Ng, Harada and Russell, ICML 1999). The map is the world's: the
robot feels the reward, and only while it learns.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from neurolsm.errors import refuse
from neurolsm_models.navigation import physics
from neurolsm_models.navigation.paths import CELL, Grid, check_reachable
from neurolsm_models.navigation.world import RADIUS, World

BEAMS, LONGEST, NOISE = 24, 5.0, 0.02  # NOISE: standard deviation of a range, as a share of it
SPEED, AXLE, DT, PARTS = 0.6, 0.3, 0.2, 2  # m/s, m, seconds per step, checks for contact per step
AHEAD, FULL = 0.35, SPEED * DT  # m; the cost that a reward of 1 stands for
ARRIVED = 0.4  # m
LIMIT = 400  # steps of an episode
SEEN = BEAMS + 5
Observation = NDArray[np.float32]


class NavigationEnv(gym.Env[Observation, NDArray[np.float32]]):
    """A robot of 0.2 m radius with two wheels and a lidar in a world that is drawn anew at each reset.

    Args:
        draw: generator -> world.
        noise: standard deviation of a lidar range, as a share of it, 0..1.
        render_mode: ``rgb_array`` or None.

    Attributes:
        motors: what each wheel makes of its command, 1.0 as built.
        dead: the beams that return NaN.
        reward_map: False: the reward is made of the straight distance to the goal instead of the way.

    ``reset(options={"world": World})`` sets the world, ``{"start": (x, y, heading), "goal": (x, y)}`` changes the one drawn; a
    place inside a wall and a goal that cannot be reached are refused. ``info`` holds the outcome: ``success``, ``collision``,
    ``overtime``, ``wrong`` (the other arm of a maze), and the distance driven.
    """

    metadata: ClassVar[dict[str, Any]] = {"render_modes": ["rgb_array"], "render_fps": 1 / DT}

    def __init__(
        self, draw: Callable[[np.random.Generator], World], noise: float = NOISE, render_mode: str | None = None
    ) -> None:
        if render_mode not in (None, "rgb_array"):
            refuse("NavigationEnv", "render_mode", render_mode, "must be 'rgb_array' or None", "Use 'rgb_array'")
        if not 0 <= noise <= 1:
            refuse("NavigationEnv", "noise", noise, "must be 0..1", "A real lidar has about 0.02")
        high = np.array([LONGEST] * BEAMS + [np.inf, 1, 1, 1, 1], np.float32)
        low = np.array([0.0] * BEAMS + [0, -1, -1, 0, 0], np.float32)
        self.observation_space = gym.spaces.Box(low, high, dtype=np.float32)
        self.action_space = gym.spaces.Box(-1.0, 1.0, (2,), np.float32)
        self.draw, self.noise, self.render_mode = draw, noise, render_mode
        self.motors = np.ones(2)
        self.dead: tuple[int, ...] = ()
        self.reward_map = True
        self.world: World | None = None
        self.path: list[tuple[float, float]] = []
        self._ranges, self._feel = np.empty(BEAMS), np.empty(3)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        super().reset(seed=seed)
        options = options or {}
        unknown = options.keys() - {"world", "start", "goal"}
        if unknown:
            refuse("NavigationEnv", "options", sorted(unknown), "are unknown", "There are world, start and goal")
        world = options.get("world") or self.draw(self.np_random)
        if "start" in options or "goal" in options:
            world = moved(world, options.get("start", world.start), options.get("goal", world.goal))
            check_reachable(world)
        if world is not self.world:
            self.world, self.grid = world, Grid(world)
            self._cost = self.grid.cost(world)
        self._pose = np.array(world.start, float)
        self._discs = world.discs.copy()
        self._steps, self._driven = 0, 0.0
        self.path = [(float(self._pose[0]), float(self._pose[1]))]
        self._ahead = AHEAD
        self._before = self._potential()
        physics.sense(
            self._pose, world.segments, self._discs, LONGEST, world.goal, world.sees_goal, self._ranges, self._feel
        )
        return self._observe(), {}

    def step(self, action: Any) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        world = self.world
        if world is None:
            refuse("NavigationEnv", "step", None, "needs a world", "Call reset() first")
        left, right = float(action[0]), float(action[1])
        if not (math.isfinite(left) and math.isfinite(right)):
            refuse("NavigationEnv", "action", action, "must be finite", "Give two wheel speeds, -1..1")
        ahead = AHEAD if left + right >= 0 else -AHEAD
        if ahead != self._ahead:  # the other end leads
            self._ahead = ahead
            self._before = self._potential()
        left = min(max(left, -1.0), 1.0) * self.motors[0] * SPEED
        right = min(max(right, -1.0), 1.0) * self.motors[1] * SPEED
        pose, goal = self._pose, world.goal
        hit, after = physics.turn(
            pose, left, right, AXLE, DT, PARTS, RADIUS, world.segments, world.boxes, self._discs, world.width, world.height,
            LONGEST, goal, world.sees_goal, self._ranges, self._feel, self._cost, CELL, ahead,
        )  # fmt: skip
        self._steps += 1
        self._driven += abs(left + right) / 2 * DT
        x, y = float(pose[0]), float(pose[1])
        self.path.append((x, y))
        arrived = not hit and math.hypot(x - goal[0], y - goal[1]) < ARRIVED
        lost = world.wrong is not None and math.hypot(x - world.wrong[0], y - world.wrong[1]) < ARRIVED
        if not self.reward_map:
            after = self._potential()
        reward = min(max((self._before - after) / FULL, -1.0), 1.0)
        self._before = after
        reward = 1.0 if arrived else -1.0 if hit or lost else reward
        over = self._steps >= LIMIT and not (arrived or hit or lost)
        info = {"success": arrived, "collision": bool(hit), "overtime": over, "wrong": lost, "driven": self._driven}
        return self._observe(), reward, bool(arrived or hit or lost), over, info

    def render(self) -> NDArray[np.uint8] | None:  # type: ignore[override]
        """The floor from above, uint8 [480, 480, 3]."""
        if self.render_mode is None or self.world is None:
            return None
        from neurolsm_models.navigation.picture import draw_world

        return draw_world(self.world, self._pose, self._discs, self.path, self._ranges)

    @property
    def pose(self) -> NDArray[np.float64]:
        """x, y, heading."""
        return self._pose.copy()

    def _potential(self) -> float:
        if self.reward_map:
            return float(physics.nose(self._cost, CELL, self._pose, self._ahead))
        assert self.world is not None
        (x, y, heading), goal = self._pose, self.world.goal
        return math.hypot(
            x + self._ahead * math.cos(heading) - goal[0], y + self._ahead * math.sin(heading) - goal[1]
        )  # fmt: skip

    def _observe(self) -> Observation:
        world = self.world
        assert world is not None
        seen = np.zeros(SEEN, np.float32)
        noisy = self._ranges * (1 + self.noise * self.np_random.standard_normal(BEAMS))
        seen[:BEAMS] = np.minimum(np.abs(noisy), LONGEST)
        if self.dead:
            seen[list(self.dead)] = np.nan
        seen[BEAMS : BEAMS + 3] = self._feel
        if world.cue and math.hypot(self._pose[0] - world.start[0], self._pose[1] - world.start[1]) < world.cue_until:
            seen[SEEN - 2 if world.cue > 0 else SEEN - 1] = 1.0
        return seen


def moved(world: World, start: tuple[float, float, float], goal: tuple[float, float]) -> World:
    """The same world with another start and goal."""
    return replace(world, start=tuple(start), goal=tuple(goal))
