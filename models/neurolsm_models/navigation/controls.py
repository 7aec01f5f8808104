"""What drives without a brain: a random walk, and Braitenberg's vehicle. Each has ``begin`` and ``drive``, as an agent has."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurolsm_models.navigation.environment import BEAMS

Seen = NDArray[np.float32]


@dataclass(eq=False)
class RandomWalk:
    """One of the robot's own actions, held for 1 to 10 steps."""

    seed: int

    def __post_init__(self) -> None:
        self._rng = np.random.default_rng([self.seed, 21])
        self._left = 0

    def begin(self) -> None:
        self._left = 0

    def drive(self, seen: Seen) -> Seen:
        from neurolsm_models.navigation.agent import WHEELS

        if self._left == 0:
            self._left, self._action = int(self._rng.integers(1, 11)), int(self._rng.integers(len(WHEELS)))
        self._left -= 1
        return np.asarray(WHEELS[self._action])


@dataclass(frozen=True, eq=False)
class Braitenberg:
    """Every sensor excites or inhibits a wheel: obstacles push away, the goal pulls.

        turn = pull sin(bearing) (1 where the goal lies behind) - push sum_b sin(angle_b) near_b,   near_b = (1 - range_b / reach)+
        v = 1 - brake max of near_b ahead,     wheels = v -+ turn

    Args:
        pull, push, brake: gains, chosen on worlds that no test uses.
        reach: m at which an obstacle begins to act.
    """

    pull: float = 0.6
    push: float = 0.9
    brake: float = 0.8
    reach: float = 1.0

    def begin(self) -> None:
        pass

    def drive(self, seen: Seen) -> Seen:
        angle = 2 * np.pi * np.arange(BEAMS) / BEAMS
        near = np.clip(1 - np.nan_to_num(seen[:BEAMS], nan=self.reach) / self.reach, 0, 1)
        sine, cosine = float(seen[BEAMS + 1]), float(seen[BEAMS + 2])
        bearing = sine if cosine >= 0 else math.copysign(1.0, sine)
        ahead = np.maximum(np.cos(angle), 0)
        turn = self.pull * bearing - self.push * float((np.sin(angle) * ahead * near).sum())
        v = max(0.15, 1 - self.brake * float((ahead**2 * near).max()))
        return np.clip(np.array([v - turn, v + turn], np.float32), -1, 1)
