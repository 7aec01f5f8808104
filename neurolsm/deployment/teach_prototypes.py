"""Teaching prototypes: which neuron shall remember a sample."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.deployment.chip import Chip
from neurolsm.deployment.teacher import SETTLE_FAST, SETTLE_SLOW, Labels, Scores
from neurolsm.learn.chip import PrototypeReadout
from neurolsm.learn.chip.prototypes import IMPRINT
from neurolsm.program.spikes import Spikes

FREE = -1
SOFTEST = 0.01  # a level below this would make noise loud


class NoRoom(UserWarning):
    """A sample was not learned, for all neurons stand for something else."""


class PrototypeTeacher:
    """Says which neuron shall remember a sample: a free one if the sample is new or mistaken, else the one that fits best.

        score_k = a_k / sqrt(level_k),    a_k = 2 agreement_k - 1,    level_k <- level_k + pull (a_k - level_k) when k moves

    A neuron that stands for many samples has weights between none and full and agrees less with each of them than a fresh copy
    agrees with its own kind. Its level is the mean of what it agrees with, which is the squared length of such a prototype; so
    the score is the cosine of sample and prototype. With ``copies`` every sample moves a prototype and the length is followed
    exactly, level_k <- (1 - pull)^2 level_k + 2 pull (1 - pull) a_k + pull^2. A label has the mean of its ``nearest`` best scores.

    Where no neuron is free, ``replace`` takes the one that has been of no use for longest: ``used`` has the number of the lesson
    in which each was taught or last named a sample well.
    """

    sharpness = 20.0

    def __init__(self, chip: Chip, readout: PrototypeReadout, room: int) -> None:
        self.chip, self.readout, self.room = chip, readout, room
        self.owner = np.full(readout.neurons, FREE, np.int64)  # label of each neuron, -1 for a free one
        self.level = np.ones(readout.neurons)
        self.used = np.zeros(readout.neurons, np.int64)
        self.lessons = 0
        self.seen = 0
        self._nothing = readout.lesson(np.zeros(readout.neurons))

    def scores(self, v: NDArray[np.int32]) -> Scores:
        used = np.flatnonzero(self.owner != FREE)
        cosine = self._agreement(v[:, used]) / np.sqrt(self.level[used])
        found = np.full((len(v), self.room), -np.inf)
        if self.readout.nearest > 1:
            for label in np.unique(self.owner[used]):
                mine = cosine[:, self.owner[used] == label]
                best = max(0, mine.shape[1] - self.readout.nearest)
                found[:, label] = np.sort(np.partition(mine, best, axis=1)[:, best:], axis=1).mean(axis=1)
            return found
        for row, said in zip(found, cosine, strict=True):
            np.maximum.at(row, self.owner[used], said)
        return found

    def _agreement(self, v: NDArray[np.int32]) -> Scores:
        """-1..1, 0 for chance."""
        return 2 * self.readout.agreement(v, self.chip.program) - 1

    def learn(self, inputs: Spikes, labels: Labels) -> Scores:
        if not self.seen:  # prototypes made before the offsets have found their place would soon be out of date
            self._settle(inputs, np.linspace(SETTLE_FAST, SETTLE_SLOW, len(inputs)))
            self._settle(inputs, np.full(len(inputs), SETTLE_SLOW / 2))
        before = []
        for v, label in zip(self.chip.one_by_one(inputs), labels.tolist(), strict=True):
            score = self.scores(v[None])[0]
            before.append(score)
            self._mark(v, score, label)
        self.seen += labels.size
        return np.array(before)

    def unlabelled(self, samples: int) -> NDArray[np.int16]:
        return self._lessons(np.full(samples, SETTLE_SLOW))

    def _settle(self, inputs: Spikes, speed: NDArray[np.float64]) -> None:
        self.chip.present(inputs, learn=True, lessons=self._lessons(speed))

    def _lessons(self, speed: NDArray[np.float64]) -> NDArray[np.int16]:
        nothing = np.zeros(self.readout.neurons, np.int64)
        return np.stack([self.readout.lesson(nothing, int(s)) for s in speed])

    def _mark(self, v: NDArray[np.int32], score: Scores, label: int) -> None:
        self.lessons += 1
        if not self._is_new(score, label):
            self._move(v, label, self.readout.pull)
            return
        neuron = self._room()
        if neuron is not None:
            self._imprint(neuron, label)
            return
        warnings.warn(
            f"PrototypeReadout: all {self.owner.size} neurons are in use, what is new is not remembered. Describe more",
            NoRoom,
            stacklevel=5,
        )
        self._move(v, label, self.readout.pull)

    def _is_new(self, score: Scores, label: int) -> bool:
        if self.readout.copies:
            return int((self.owner == label).sum()) < self.readout.copies
        others = np.delete(score, label).max(initial=-np.inf)
        return not score[label] > others + self.readout.margin

    def _move(self, v: NDArray[np.int32], label: int, pull: float) -> None:
        mine = np.flatnonzero(self.owner == label)
        if mine.size:
            agreement = self._agreement(v)[mine]
            best = (agreement / np.sqrt(self.level[mine])).argmax()
            k = int(mine[best])
            self.level[k] = max(SOFTEST, self._moved_level(self.level[k], agreement[best], pull))
            self.used[k] = self.lessons
            if strength := min(round(128 * pull), IMPRINT):
                self._teach(k, strength)

    def _moved_level(self, level: float, agreement: float, pull: float) -> float:
        if not self.readout.copies:
            return level + pull * (agreement - level)
        pull = min(round(128 * pull), IMPRINT) / 128
        return (1 - pull) ** 2 * level + 2 * pull * (1 - pull) * agreement + pull**2

    def _room(self) -> int | None:
        """A neuron for what is new: a free one, else the one to be replaced, else None."""
        free = np.flatnonzero(self.owner == FREE)
        if free.size:
            return int(free[0])
        return int(self.used.argmin()) if self.readout.replace else None

    def _imprint(self, neuron: int, label: int) -> None:
        self.owner[neuron], self.level[neuron], self.used[neuron] = label, 1.0, self.lessons
        self._teach(neuron, IMPRINT)

    def _teach(self, neuron: int, strength: int) -> None:
        self._nothing[1 + neuron] = strength
        self.chip.teach(self._nothing)
        self._nothing[1 + neuron] = 0

    def reinforce(self, chosen: int, right: bool) -> None:
        """A right choice is remembered by a new neuron; a wrong one teaches nothing, for no label is known."""
        self.lessons += 1
        neuron = self._room()
        if right and neuron is not None:
            self._imprint(neuron, chosen)

    def weigh(self, probability: Scores) -> Scores:
        return probability

    def follow(self, v: NDArray[np.int32], score: Scores, belief: Scores | None, *, insist: bool = False) -> None:
        if belief is not None:  # offsets stay: prototypes would be out of date
            self._move(v, int(score.argmax()), self.readout.pull)

    def forget(self, label: int) -> None:
        mine = np.flatnonzero(self.owner == label)
        self.chip.wipe(mine)
        self.owner[mine], self.level[mine], self.used[mine] = FREE, 1.0, 0
        self.owner[self.owner > label] -= 1
        self.room -= 1

    def learned(self) -> dict[str, float]:
        return {"prototypes": float((self.owner != FREE).sum())}

    def to_dict(self) -> dict[str, Any]:
        return {
            "seen": self.seen, "owner": self.owner.tolist(), "level": self.level.tolist(), "room": self.room,
            "used": self.used.tolist(), "lessons": self.lessons,
        }  # fmt: skip

    def remember(self, memory: dict[str, Any]) -> None:
        owner = np.array(memory["owner"], np.int64)
        if owner.shape != self.owner.shape or owner.min(initial=0) < FREE or owner.max(initial=0) >= memory["room"]:
            raise ValueError("owners of prototypes that the readout does not have")
        level = np.array(memory.get("level", np.ones(owner.size)), np.float64)  # older files have none
        if level.shape != owner.shape or not (level > 0).all():
            raise ValueError("levels of prototypes that cannot be")
        used = np.array(memory.get("used", np.zeros(owner.size)), np.int64)
        if used.shape != owner.shape:
            raise ValueError("uses of prototypes that the readout does not have")
        self.owner, self.level, self.used = owner, level, used
        self.lessons = int(memory.get("lessons", used.max(initial=0)))
        self.seen, self.room = int(memory["seen"]), int(memory["room"])
