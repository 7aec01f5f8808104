"""Whole experiments: a life in rooms and one in the memory maze, and lives that go on after something has changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurolsm.progress import Bar
from neurolsm_models.navigation.agent import Agent
from neurolsm_models.navigation.changes import SCENARIOS
from neurolsm_models.navigation.ends import beams_from_rear
from neurolsm_models.navigation.motors import Motors
from neurolsm_models.navigation.network import MOTORS, brain
from neurolsm_models.navigation.protocol import Score, measure
from neurolsm_models.navigation.registration import make
from neurolsm_models.navigation.training import live

EPISODES = {"rooms": 800, "memory_maze": 200, "home": 200}  # of a life
AFTERWARDS = {"door": 200, "sectors": 300, "drift": 300}  # after a change
AGAIN = 0.3  # chance of a random action when a change has been noticed


def first_seed(seed: int) -> int:
    """Of the worlds that the life of ``seed`` is spent in; tests use the worlds 0 to 199."""
    return 1_000_000 + 100_000 * seed


def grow_up(
    kind: str,
    seed: int,
    backend: str = "emulator",
    motors: Motors = MOTORS,
    episodes: int | None = None,
    target: str = "loihi2",
    both_ends: bool = True,
) -> Agent:
    """An agent that knows nothing, after its life in worlds of that kind."""
    agent = Agent(brain(seed, target, motors), motors, backend, seed, both_ends)
    many = EPISODES[kind] if episodes is None else episodes
    with Bar(total=many, unit="episode", desc=f"{kind}, seed {seed}", leave=False, disable=None) as bar:
        live(agent, make(kind).unwrapped, many, first_seed(seed), told=lambda info: bar.update())
    return agent


@dataclass(frozen=True, kw_only=True)
class Recovery:
    """One life with a change in it.

    Attributes:
        before: success before the change.
        frozen: after it, without learning.
        adapted: after it, with ``episodes`` of learning on the backend.
        kept: in the surroundings as they were, with what it knows afterwards.
        curve: success of each episode after the change.
        lessons: rewards that were learned from after the change.
    """

    before: Score
    frozen: Score
    adapted: Score
    kept: Score
    curve: list[bool]
    lessons: int


def change(
    scenario: str, seed: int, backend: str = "emulator", pairs: int = 100, episodes: int | None = None,
    told: Callable[[Agent, Any], None] | None = None, youth: int | None = None, both_ends: bool = True,
) -> Recovery:  # fmt: skip
    """Grow up, meet the change, go on.

    Args:
        told: called with the agent and its changed surroundings before it learns, and once again afterwards.
        youth: episodes before the change; None for those of the kind.
        both_ends: False: the front of the robot always leads.
    """
    chosen = SCENARIOS[scenario]
    old, new = chosen.before().unwrapped, chosen.after().unwrapped
    agent = grow_up("home" if scenario == "door" else "rooms", seed, backend, episodes=youth, both_ends=both_ends)
    with agent:
        before = measure(agent, old, pairs)
        if agent.rear:  # damage is to the end that it drives with
            new.dead = beams_from_rear(new.dead)
        frozen = measure(agent, new, pairs)
        if told is not None:
            told(agent, new)
        many, so_far = AFTERWARDS[scenario] if episodes is None else episodes, agent.counted.lessons
        curve = live(agent, new, many, first_seed(seed) + 50_000, explore=AGAIN)
        lessons = agent.counted.lessons - so_far
        adapted, kept = measure(agent, new, pairs), measure(agent, old, pairs)
        if told is not None:
            told(agent, new)
    return Recovery(before=before, frozen=frozen, adapted=adapted, kept=kept, curve=curve, lessons=lessons)


def recovered(found: list[Recovery]) -> float | None:
    """Share of the lost success that was won back, from the means over lives; None where nothing was lost."""
    before, frozen, adapted = (
        float(np.mean([getattr(r, name).success for r in found])) for name in ("before", "frozen", "adapted")
    )
    return (adapted - frozen) / (before - frozen) if before > frozen else None
