"""Teaching a layer of linear neurons: each score is given its target value."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.deployment.chip import Chip
from neurolsm.deployment.teacher import SETTLE_FAST, SETTLE_ODD, SETTLE_SAMPLES, SETTLE_SLOW, Labels, Scores
from neurolsm.learn.chip import DeltaReadout
from neurolsm.program.spikes import Spikes

PULL = 0.25  # how far a score moves towards what an unlabelled sample is believed to be
NUDGE = 0.05  # how far it moves where the model insists
MEMORY = 200  # samples over which beliefs are averaged


class DeltaTeacher:
    """1 for the label, -1 for the others; what is not sure is taught in between.

        unlabelled:  teacher_k = score_k + PULL (2 q_k - 1 - score_k)
        weighed probability:  p_k expected_k / believed_k, normalised;    believed <- believed + (q - believed) / MEMORY

    with q the belief that ``adapt`` makes of p, and the share of each label among those that were given as what is expected.
    """

    sharpness = 3.0

    def __init__(self, chip: Chip, readout: DeltaReadout) -> None:
        self.chip, self.readout, self.room = chip, readout, readout.classes
        self.heard = np.zeros(self.room, bool)
        self.given = np.zeros(self.room, np.int64)  # how often each label came
        self.believed = np.zeros(self.room)  # mean belief in each label; 0 before the first
        self.seen = 0

    def scores(self, v: NDArray[np.int32]) -> Scores:
        return np.where(self.heard, self.readout.scores(v), -np.inf)

    def learn(self, inputs: Spikes, labels: Labels) -> Scores:
        lessons = np.stack([
            self.readout.lesson(2.0 * (np.arange(self.room) == label) - 1, self._settle(k)) for k, label in enumerate(labels)
        ])  # fmt: skip
        v, _ = self.chip.present(inputs, learn=True, lessons=lessons)
        self.seen += labels.size
        named = np.eye(self.room, dtype=bool)[labels]
        before = np.logical_or.accumulate(np.vstack([self.heard, named]))[:-1]  # what each sample found known
        self.heard = self.heard | named.any(axis=0)
        self.given += named.sum(axis=0)
        return np.where(before, self.readout.scores(v), -np.inf)

    def unlabelled(self, samples: int) -> NDArray[np.int16]:
        lesson = self.readout.lesson(np.full(self.room, np.nan), SETTLE_ODD)
        return np.tile(lesson, (samples, 1))

    def reinforce(self, chosen: int, right: bool) -> None:
        teacher = np.full(self.room, -1.0 if right else np.nan)
        teacher[chosen] = 1.0 if right else -1.0
        self.chip.teach(self.readout.lesson(teacher, self._settle(0)))
        self.seen += 1
        self.heard[chosen] = True
        self.given[chosen] += right

    def weigh(self, probability: Scores) -> Scores:
        expected, believed = self._expected()[: probability.size], self.believed[: probability.size]
        weighed = probability * np.divide(expected, believed, out=np.ones(believed.size), where=believed > 0)
        total = weighed.sum()
        found: Scores = weighed / total if total > 0 else probability
        return found

    def follow(self, v: NDArray[np.int32], score: Scores, belief: Scores | None, *, insist: bool = False) -> None:
        teacher = np.full(self.room, np.nan)
        if belief is not None:
            known = np.flatnonzero(np.isfinite(score))
            if insist:
                order = known[np.argsort(belief[known], kind="stable")]
                teacher[order[-2:-1]] = score[order[-2:-1]] - NUDGE
                teacher[order[-1]] = score[order[-1]] + NUDGE
            else:
                teacher[known] = score[known] + PULL * (2 * belief[known] - 1 - score[known])
                before = np.where(self.believed > 0, self.believed, self._expected())[known]
                self.believed[known] = before + (belief[known] - before) / MEMORY
        self.chip.teach(self.readout.lesson(np.clip(teacher, -1.9, 1.9), SETTLE_ODD if belief is None else 0))

    def forget(self, label: int) -> None:
        kept = np.delete(np.arange(self.room), label)
        self.chip.wipe(np.array([label]), np.append(kept, label))
        self.heard = np.append(self.heard[kept], False)
        self.given = np.append(self.given[kept], 0)
        self.believed = np.append(self.believed[kept], 0.0)

    def _expected(self) -> Scores:
        """Share of each label [room] among those that were given; a label that was only ever wrong counts as given once."""
        given = np.maximum(self.given, self.heard)
        return given / max(1, given.sum())

    def _settle(self, ahead: int) -> int:
        return SETTLE_FAST if self.seen + ahead < SETTLE_SAMPLES else SETTLE_SLOW

    def learned(self) -> dict[str, float]:
        return {"labels": float(self.heard.sum())}

    def to_dict(self) -> dict[str, Any]:
        return {
            "seen": self.seen, "heard": self.heard.tolist(), "given": self.given.tolist(), "believed": self.believed.tolist()
        }  # fmt: skip

    def remember(self, memory: dict[str, Any]) -> None:
        heard = np.array(memory["heard"], bool)
        if heard.shape != self.heard.shape:
            raise ValueError(f"{heard.size} readout neurons instead of {self.room}")
        given = np.array(memory.get("given", heard), np.int64)  # older files do not tell
        believed = np.array(memory.get("believed", np.zeros(heard.size)), np.float64)
        for numbers, name in ((given, "labels that were given"), (believed, "beliefs")):
            if numbers.shape != heard.shape or not (np.isfinite(numbers) & (numbers >= 0)).all():
                raise ValueError(f"{name} that cannot be")
        self.heard, self.given, self.believed, self.seen = heard, given, believed, int(memory["seen"])
