"""Teaching a layer of linear neurons: each score is given its target value."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.deployment.chip import Chip
from neurolsm.deployment.teacher import SETTLE_FAST, SETTLE_ODD, SETTLE_SAMPLES, SETTLE_SLOW, Labels, Scores
from neurolsm.learn.chip import DeltaReadout
from neurolsm.program.spikes import Spikes

NUDGE = 0.05  # how far an unlabelled sample moves a score in one presentation


class DeltaTeacher:
    """1 for the label, -1 for the others."""

    sharpness = 3.0

    def __init__(self, chip: Chip, readout: DeltaReadout) -> None:
        self.chip, self.readout, self.room = chip, readout, readout.classes
        self.heard = np.zeros(self.room, bool)
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

    def follow(self, v: NDArray[np.int32], score: Scores, *, strengthen: bool) -> None:
        order = np.argsort(score)
        teacher = np.full(self.room, np.nan)
        if strengthen:
            teacher[order[-1]] = min(1.0, score[order[-1]] + NUDGE)
        if strengthen and score.size > 1 and np.isfinite(score[order[-2]]):
            teacher[order[-2]] = max(-1.0, score[order[-2]] - NUDGE)
        self.chip.teach(self.readout.lesson(np.clip(teacher, -1.9, 1.9), 0 if strengthen else SETTLE_ODD))

    def _settle(self, ahead: int) -> int:
        return SETTLE_FAST if self.seen + ahead < SETTLE_SAMPLES else SETTLE_SLOW

    def learned(self) -> dict[str, float]:
        return {"labels": float(self.heard.sum())}

    def to_dict(self) -> dict[str, Any]:
        return {"seen": self.seen, "heard": self.heard.tolist()}

    def remember(self, memory: dict[str, Any]) -> None:
        heard = np.array(memory["heard"], bool)
        if heard.shape != self.heard.shape:
            raise ValueError(f"{heard.size} readout neurons instead of {self.room}")
        self.heard, self.seen = heard, int(memory["seen"])
