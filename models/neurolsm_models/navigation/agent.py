"""The closed loop: senses to spikes, spikes through the program on a backend, the strongest motor neuron drives."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from neurolsm.execute.backend import Simulator, open_simulator
from neurolsm.graded import Graded
from neurolsm.program import Program
from neurolsm.spikes import Spikes
from neurolsm_models.navigation.motors import MOTOR, PACE_MAX, Motors
from neurolsm_models.navigation.network import MOTORS, STEPS
from neurolsm_models.navigation.sensing import CHANNELS, Senses

# Wheel speeds of each action: turn left on the spot, bear left, straight on, bear right, turn right on the spot.
WHEELS = np.array([(-0.1, 0.7), (0.4, 0.9), (1.0, 1.0), (0.9, 0.4), (0.7, -0.1)], np.float32)


@dataclass
class Counted:
    """What the network has done so far."""

    decisions: int = 0
    lessons: int = 0
    spikes: int = 0
    synops: int = 0
    seconds: float = 0.0


@dataclass(eq=False)
class Agent:
    """A robot's brain on a backend.

    Args:
        program: from ``network.brain``.
        motors: the layer that the program ends with.
        backend: what runs it.
        seed: of exploration.

    Attributes:
        explore: chance of a random action, while it learns.
        pace: plasticity, 0..127.
        heard: input spikes of the decisions since it was set to a list; None: not kept.
    """

    program: Program
    motors: Motors = MOTORS
    backend: str = "emulator"
    seed: int = 0
    explore: float = 0.05
    pace: int = PACE_MAX
    counted: Counted = field(default_factory=Counted)

    def __post_init__(self) -> None:
        options = {"workers": 1} if self.backend == "emulator" else {}
        self.simulator: Simulator = open_simulator(self.program, self.backend, **options)
        self.senses = Senses(STEPS, self.seed)
        self._here = self.program.population(MOTOR).slice
        self._rng = np.random.default_rng([self.seed, 3])
        self._blank = Spikes(np.ones(1, np.int64), np.zeros(2, np.int64), np.zeros(0, np.int32), CHANNELS + 1)
        self._action, self._reward = -1, None
        self.heard: list[Spikes] | None = None

    def begin(self) -> None:
        """Forget the last episode, and nothing that was learned."""
        self.finish()
        self._action = -1
        self.senses.reset()
        self.simulator.run(self._blank)

    def act(self, seen: NDArray[np.float32], explore: bool = False) -> int:
        """The number of the next action; the reward of the last one, if there was any, is learned in the first step."""
        graded = None
        if self._reward is not None:
            graded = Graded(
                np.zeros(1, np.int64), self.motors.lesson(self._action, self._reward, self.pace)[None], STEPS
            )
            self.counted.lessons += 1
            self._reward = None
        spikes = self.senses.encode(seen, self._action)
        if self.heard is not None:
            self.heard.append(spikes)
        found = self.simulator.run(spikes, graded=graded, carry=True)
        self.counted.decisions += 1
        self.counted.spikes += found.spikes.count
        self.counted.synops += int(found.synops.sum())
        self.counted.seconds += found.seconds
        action = int(np.argmax(found.v[0, self._here]))
        if explore and self._rng.random() < self.explore:
            action = int(self._rng.integers(self.motors.actions))
        self._action = action
        return action

    def drive(self, seen: NDArray[np.float32]) -> NDArray[np.float32]:
        """The wheel speeds of the next action, without exploring."""
        return np.asarray(WHEELS[self.act(seen)])

    def feel(self, reward: float) -> None:
        """The reward of the last action, -1..1; it is learned with the next decision or at the end of the episode."""
        self._reward = reward

    def finish(self) -> None:
        """Learn the reward that is still open."""
        if self._reward is not None:
            graded = Graded(np.zeros(1, np.int64), self.motors.lesson(self._action, self._reward, self.pace)[None], 1)
            self.simulator.run(self._blank, graded=graded, carry=True)
            self.counted.lessons += 1
            self._reward = None

    def close(self) -> None:
        self.simulator.close()

    def __enter__(self) -> Agent:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
