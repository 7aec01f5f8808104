"""What may happen to a robot after it was deployed: a door closes, two lidar sectors die, the motors drift apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from neurolsm_models.navigation.registration import make

SECTORS = (22, 23, 0, 1, 2, 3)  # beams of the sector ahead and of the one to its left
DRIFT = (0.55, 1.0)  # what the left and the right wheel make of their commands


@dataclass(frozen=True)
class Scenario:
    """A life before and after a change.

    Attributes:
        summary: what happens.
        before, after: make the environments.
    """

    summary: str
    before: Callable[[], Any]
    after: Callable[[], Any]


def _blinded() -> Any:
    env: Any = make("rooms")
    env.dead = SECTORS
    return env


def _drifted() -> Any:
    env: Any = make("rooms")
    env.motors[:] = DRIFT
    return env


SCENARIOS = {
    "door": Scenario("the door near the dock closes", lambda: make("home"), lambda: make("home", closed=True)),
    "sectors": Scenario("the lidar goes blind in two sectors of 45 degrees", lambda: make("rooms"), _blinded),
    "drift": Scenario("the left motor makes 55 % of its command", lambda: make("rooms"), _drifted),
}
