"""What the robot senses as spikes: each channel fires at a rate, and what is left over counts in the next decision.

    acc <- acc + rate;   a spike, and acc <- acc - 1, when acc >= 1          rate of a channel, in spikes per step, 0..0.6

A reading that is not a number is silence: the channels of that beam, of the goal or of that cue do not fire.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.compiled import compiled
from neurolsm.errors import refuse
from neurolsm.program.spikes import Spikes
from neurolsm_models.navigation.environment import BEAMS, SEEN

RATE = 0.6
REACH = np.array([0.7, 1.6, 3.5])  # m at which the channels of a beam begin to fire, for near, middle and far
FULL_AT = np.array([0.25, 0.4, 0.5])  # m at which they fire at the full rate
RING = 24  # channels of the bearing of the goal, evenly spread
WIDTH = 3.0  # concentration of their tuning (von Mises)
CLOSE = np.array([0.8, 2.0, 5.0])  # m at which the channels of the goal's distance begin to fire
ACTIONS = 5
LAMP = 16  # channels of a cue on either side
CHANNELS = 3 * BEAMS + RING + CLOSE.size + 2 * LAMP + ACTIONS


@compiled()
def rates(seen: Any, action: int, out: Any) -> None:
    """Rates of all channels [CHANNELS] from an observation and the last action (-1 for none)."""
    out[:] = 0.0
    for b in range(BEAMS):
        for k in range(3):
            if not math.isnan(seen[b]):
                share = (REACH[k] - seen[b]) / (REACH[k] - FULL_AT[k])
                out[3 * b + k] = RATE * min(max(share, 0.0), 1.0)
    at = 3 * BEAMS
    distance, sine, cosine = seen[BEAMS], seen[BEAMS + 1], seen[BEAMS + 2]
    if (sine != 0.0 or cosine != 0.0) and not math.isnan(distance + sine + cosine):
        bearing = math.atan2(sine, cosine)
        for k in range(RING):
            out[at + k] = RATE * math.exp(WIDTH * (math.cos(bearing - 2 * math.pi * k / RING) - 1))
        for k in range(CLOSE.size):
            out[at + RING + k] = RATE * max(0.0, 1 - distance / CLOSE[k])
    at += RING + CLOSE.size
    for k in range(2):
        if not math.isnan(seen[BEAMS + 3 + k]):
            out[at + k * LAMP : at + (k + 1) * LAMP] = RATE * min(max(seen[BEAMS + 3 + k], 0.0), 1.0)
    if action >= 0:
        out[at + 2 * LAMP + action] = RATE


@compiled()
def emit(rate: Any, acc: Any, steps: int, indptr: Any, unit: Any) -> int:
    """Spikes of ``steps`` steps in ``indptr`` and ``unit``; returns how many. One more channel, the last, is always on."""
    n = 0
    for t in range(steps):
        for k in range(rate.size):
            acc[k] += rate[k]
            if acc[k] >= 1.0:
                acc[k] -= 1.0
                unit[n] = k
                n += 1
        unit[n] = rate.size
        n += 1
        indptr[t + 1] = n
    return n


@dataclass(eq=False)
class Senses:
    """The spike generators of one robot.

    Args:
        steps: of the network in a decision.
        seed: of the phases at which the channels begin.
    """

    steps: int
    seed: int = 0
    acc: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        self._rate = np.zeros(CHANNELS)
        self.reset()

    def reset(self) -> None:
        """Begin anew, with the same phases."""
        self.acc = np.random.default_rng([self.seed, 11]).random(CHANNELS)

    def encode(self, seen: NDArray[np.float32], action: int) -> Spikes:
        """The input spikes of one decision.

        Args:
            seen: an observation [29].
            action: the last action, -1 for none.

        Raises:
            InvalidValue: an observation of another shape, or no lidar beam with a number.
        """
        if np.shape(seen) != (SEEN,):
            shape = f"must have the shape ({SEEN},)"
            refuse("Senses", "seen", np.shape(seen), shape, "Give what the environment returns")
        rates(seen, action, self._rate)
        if np.isnan(seen[:BEAMS]).all():
            none = f"no number from any of the {BEAMS} beams"
            refuse("Senses", "seen", "NaN", none, "Repair the lidar: the robot is blind")
        indptr = np.zeros(self.steps + 1, np.int64)
        unit = np.empty(self.steps * (CHANNELS + 1), np.int32)
        n = emit(self._rate, self.acc, self.steps, indptr, unit)
        return Spikes.made(np.array([self.steps], np.int64), indptr, unit[:n].copy(), CHANNELS + 1)
