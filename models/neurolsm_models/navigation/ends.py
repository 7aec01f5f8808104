"""Which end of the robot leads: two neurons, one per end, learn by the rule of the motors what an episode comes to.

    begin:  the neuron with the higher voltage leads for the whole episode
    end:    its error is the last reward of the episode (+1 at the goal, -1 at a contact) minus what its voltage foretold

The robot is the same from both ends: seen from the rear, a beam has the number of the opposite one, the goal lies on the other side,
and wheels change places and signs. So what the motor neurons know holds for either end. A life begins forwards, for the neuron of
the front begins at 1 and that of the rear at -1; which end has proved itself when it is over is a matter of chance.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurolsm.program import INPUT, Program
from neurolsm_models.navigation.environment import BEAMS
from neurolsm_models.navigation.motors import Motors

END = "end"
ENDS = Motors(actions=2, scale=10)
BORN = np.array([120, -120])  # weight units: voltages that stand for about 1 and -1


def attach_ends(program: Program) -> Program:
    """``program`` with two neurons that hear its last input channel, the one that is always on."""
    return ENDS.add(program, END, {INPUT: np.array([program.n_inputs - 1])}, BORN)


def seen_from_rear(seen: NDArray[np.float32]) -> NDArray[np.float32]:
    """An observation as the robot would make it if its rear were its front."""
    turned = seen.copy()
    turned[:BEAMS] = np.roll(seen[:BEAMS], BEAMS // 2)
    turned[BEAMS + 1 : BEAMS + 3] = -seen[BEAMS + 1 : BEAMS + 3]
    turned[BEAMS + 3 :] = seen[: BEAMS + 2 : -1]
    return turned


def beams_from_rear(beams: tuple[int, ...]) -> tuple[int, ...]:
    """The beams that lie to the rear as ``beams`` lie to the front."""
    return tuple((beam + BEAMS // 2) % BEAMS for beam in beams)


def wheels_from_rear(wheels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Speeds of the left and of the right wheel that drive the rear as ``wheels`` would drive the front."""
    return -wheels[::-1]
