"""A robot's life: it drives, feels rewards, and learns while it drives. Nothing is stored and nothing is replayed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from neurolsm_models.navigation.agent import Agent
from neurolsm_models.navigation.motors import PACE_MAX

SLOWEST, CALM = 8, 0.03  # the pace, and the chance of a random action, at which a life ends
EXPLORE = 0.5
EXPLORING = 0.7  # share of a life in which the chance of a random action falls


def live(
    agent: Agent, env: Any, episodes: int, seed: int, *, explore: float = EXPLORE, pace: int = PACE_MAX,
    told: Callable[[dict[str, Any]], None] | None = None,
) -> list[bool]:  # fmt: skip
    """Learn in ``episodes`` worlds, the first of seed ``seed``; whether each succeeded.

    The pace falls from ``pace`` as (1 - share of the life)^1.5, the chance of a random action from ``explore`` on a line.

    Args:
        told: called after each episode with its outcome.
    """
    found = []
    for k in range(episodes):
        share = k / episodes
        agent.pace = max(SLOWEST, int(pace * (1 - share) ** 1.5))
        agent.explore = max(CALM, explore * (1 - share / EXPLORING))
        info = episode(agent, env, seed + k)
        found.append(info["success"])
        if told is not None:
            told(info)
    return found


def episode(agent: Agent, env: Any, seed: int) -> dict[str, Any]:
    """One world, learning from every step; its outcome."""
    seen, _ = env.reset(seed=seed)
    agent.begin(explore=True)
    while True:
        seen, reward, ended, late, info = env.step(agent.drive(seen, explore=True))
        agent.feel(reward)
        if ended or late:
            agent.finish()
            return dict(info)
