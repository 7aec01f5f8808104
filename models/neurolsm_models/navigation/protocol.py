"""Two hundred pairs of start and goal, each in a world of its own that nobody trained in: who arrives, who does not, and how."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from neurolsm_models.navigation.environment import ARRIVED, DT

PAIRS = 200
OUTCOMES = ("success", "collision", "overtime", "wrong")


class Driver(Protocol):
    """Anything that drives."""

    def begin(self) -> None:
        """A new episode."""

    def drive(self, seen: NDArray[np.float32]) -> NDArray[np.float32]:
        """Wheel speeds for an observation."""


@dataclass(frozen=True, kw_only=True)
class Score:
    """What a driver came to on several pairs.

    Attributes:
        pairs: how many.
        success, collision, overtime, wrong: shares; ``wrong`` is the other arm of a maze. They add up to 1.
        path_ratio: way driven / shortest path, mean over the successes.
        metres, seconds: of a success, mean.
        decisions: of all pairs together.
    """

    pairs: int
    success: float
    collision: float
    overtime: float
    wrong: float
    path_ratio: float | None
    metres: float | None
    seconds: float | None
    decisions: int

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Drive:
    """One pair: the world, the way taken, and the outcome."""

    world: Any
    path: NDArray[np.float64]
    outcome: dict[str, Any]
    steps: int
    shortest: float


def drives(driver: Driver, env: Any, seeds: Iterable[int]) -> list[Drive]:
    """Drive in the worlds of ``seeds``, without learning."""
    env, found = env.unwrapped, []
    for seed in seeds:
        seen, _ = env.reset(seed=int(seed))
        driver.begin()
        shortest, steps, over = env.grid.shortest(env.world), 0, False
        while not over:
            seen, _, ended, late, info = env.step(driver.drive(seen))
            steps, over = steps + 1, ended or late
        found.append(Drive(env.world, np.array(env.path), info, steps, max(shortest - ARRIVED, ARRIVED)))
    return found


def score(found: list[Drive]) -> Score:
    """The figures of several drives. The shortest path ends where the robot has arrived, ``ARRIVED`` m from the goal."""
    good = [d for d in found if d.outcome["success"]]
    shares = {name: float(np.mean([d.outcome[name] for d in found])) for name in OUTCOMES}
    return Score(
        pairs=len(found), **shares,
        path_ratio=float(np.mean([d.outcome["driven"] / d.shortest for d in good])) if good else None,
        metres=float(np.mean([d.outcome["driven"] for d in good])) if good else None,
        seconds=float(np.mean([d.steps * DT for d in good])) if good else None,
        decisions=sum(d.steps for d in found),
    )  # fmt: skip


def measure(driver: Driver, env: Any, pairs: int = PAIRS) -> Score:
    """``score`` in the worlds of the seeds 0 .. pairs - 1, in which nobody trains."""
    return score(drives(driver, env, range(pairs)))
