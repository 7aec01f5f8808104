"""The closed loop: senses to spikes, spikes through the program on a backend, the strongest motor neuron drives."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from neurolsm.execute.backend import Simulator, open_simulator
from neurolsm.program import Program
from neurolsm.program.graded import Graded
from neurolsm.program.spikes import Spikes
from neurolsm_models.navigation.ends import END, ENDS, seen_from_rear, wheels_from_rear
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
        both_ends: False: the front always leads.

    Attributes:
        explore: chance of a random action, while it learns.
        pace: plasticity, 0..127.
        rear: whether the rear leads in this episode.
        heard: input spikes of the decisions since it was set to a list; None: not kept.
        fired: spikes and action of the decisions since it was set to a list; None: not kept.
    """

    program: Program
    motors: Motors = MOTORS
    backend: str = "emulator"
    seed: int = 0
    both_ends: bool = True
    explore: float = 0.05
    pace: int = PACE_MAX
    counted: Counted = field(default_factory=Counted)

    def __post_init__(self) -> None:
        options = {"workers": 1} if self.backend == "emulator" else {}
        self.simulator: Simulator = open_simulator(self.program, self.backend, **options)
        self.senses = Senses(STEPS, self.seed)
        self._here = self.program.population(MOTOR).slice
        self._rng = np.random.default_rng([self.seed, 3])
        self._ends = self.program.population(END).slice
        self._blank = Spikes(np.ones(1, np.int64), np.zeros(2, np.int64), np.zeros(0, np.int32), CHANNELS + 1)
        self._waking = Spikes(np.array([STEPS]), np.arange(STEPS + 1), np.full(STEPS, CHANNELS, np.int32), CHANNELS + 1)
        self.rear = False
        self._action, self._reward = -1, None
        self.heard: list[Spikes] | None = None
        self.fired: list[tuple[Spikes, int]] | None = None

    def begin(self, explore: bool = False) -> None:
        """Forget the last episode, and nothing that was learned; choose the end that leads."""
        self.finish()
        self._action = -1
        self.senses.reset()
        found = self.simulator.run(self._waking)
        self.rear = self.both_ends and bool(np.argmax(found.v[0, self._ends]))
        if self.both_ends and explore and self._rng.random() < self.explore:
            self.rear = bool(self._rng.integers(2))

    def act(self, seen: NDArray[np.float32], explore: bool = False) -> int:
        """The number of the next action; the reward of the last one, if there was any, is learned in the first step."""
        graded = None
        if self._reward is not None:
            graded = self._lesson(self._reward, STEPS)
        spikes = self.senses.encode(seen_from_rear(seen) if self.rear else seen, self._action)
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
        if self.fired is not None:
            self.fired.append((found.spikes, action))
        self._action = action
        return action

    def drive(self, seen: NDArray[np.float32], explore: bool = False) -> NDArray[np.float32]:
        """The wheel speeds of the next action."""
        wheels = WHEELS[self.act(seen, explore)]
        return wheels_from_rear(wheels) if self.rear else wheels

    def feel(self, reward: float) -> None:
        """The reward of the last action, -1..1; it is learned with the next decision or at the end of the episode."""
        self._reward = reward

    def finish(self) -> None:
        """Learn the reward that is still open."""
        if self._reward is not None:
            self.simulator.run(self._blank, graded=self._lesson(self._reward, 1, last=True), carry=True)

    def _lesson(self, reward: float, steps: int, last: bool = False) -> Graded:
        """A reward in the first of ``steps``: for the action, and for the end that led if the episode is over."""
        ends = ENDS.lesson(self.rear, reward, self.pace) if last else np.zeros(2 + ENDS.actions, np.int16)
        value = np.concatenate([self.motors.lesson(self._action, reward, self.pace), ends])
        self.counted.lessons += 1
        self._reward = None
        return Graded(np.zeros(1, np.int64), value[None], steps)

    def close(self) -> None:
        self.simulator.close()

    def __enter__(self) -> Agent:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
