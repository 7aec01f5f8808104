"""What may happen to a robot after it was deployed: a door closes, two lidar sectors die, the motors drift apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from neurolsm_models.navigation.environment import BEAMS
from neurolsm_models.navigation.registration import make

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


def sector(k: int) -> tuple[int, ...]:
    """The three beams of one of eight sectors of 45 degrees, counter-clockwise; sector 0 holds the beam straight ahead."""
    return tuple((3 * k - 2 + b) % BEAMS for b in range(3))


def blind(*sectors: int) -> Scenario:
    """Some of the eight sectors of the lidar die, counted from the end that the robot drives with (``lives.change``)."""

    def blinded() -> Any:
        env: Any = make("rooms")
        env.dead = tuple(beam for k in sectors for beam in sector(k))
        return env

    return Scenario(f"the lidar goes blind in {len(sectors)} sectors of 45 degrees", lambda: make("rooms"), blinded)


def _drifted() -> Any:
    env: Any = make("rooms")
    env.motors[:] = DRIFT
    return env


SCENARIOS = {
    "door": Scenario("the door near the dock closes", lambda: make("home"), lambda: make("home", closed=True)),
    "sectors": blind(0, 1),  # ahead and to the left of it
    "drift": Scenario("the left motor makes 55 % of its command", lambda: make("rooms"), _drifted),
}
