"""The two readouts in NumPy, for simulators that have none: a linear layer by the delta rule, and prototypes.

What a readout hears is the spike count of each neuron in each window of a sample, beyond what is usual for it; in the lesson of
prototypes only whether there was more. Samples come one after the other, and each is taught before the next is heard.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np

RATE, PULL, MARGIN, USUAL = (
    1e-4,
    0.1,
    0.2,
    0.05,
)  # of weights, prototypes and what is usual; by how much a label must lead
Learner = Callable[[np.ndarray], int]  # from counts [samples, windows * n]; how many samples were named rightly before


def learner(work: SimpleNamespace) -> Learner | None:
    """What has to be taught after the liquid has run; None where the lesson has no readout."""
    return {"delta": delta, "prototype": prototypes}.get(str(work.lesson), lambda work: None)(work)


def counts(work: SimpleNamespace, samples: int, sample: np.ndarray, step: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """Spikes in each window [samples, windows * n] from events."""
    n, windows, steps = int(work.n), int(work.windows), int(work.steps)
    at = (sample * windows + step * windows // steps) * n + unit
    return np.bincount(at, minlength=samples * windows * n).reshape(samples, windows * n)


def delta(work: SimpleNamespace) -> Learner:
    def learn(counted: np.ndarray) -> int:
        features = counted.shape[1]
        usual, weights, right = np.zeros(features, np.float32), np.zeros((features, int(work.classes)), np.float32), 0
        for count, label in zip(counted.astype(np.float32), work.labels, strict=False):
            x = np.maximum(count - usual, 0)
            score = x @ weights
            right += int(score.argmax() == label)
            wanted = np.where(np.arange(score.size) == label, np.float32(1), np.float32(-1))
            weights += np.outer(x * np.float32(RATE), wanted - score)
            usual += np.float32(USUAL) * (count - usual)
        return right

    return learn


def prototypes(work: SimpleNamespace) -> Learner:
    def learn(counted: np.ndarray) -> int:
        features, room = counted.shape[1], int(work.prototypes)
        usual, right = np.zeros(features, np.float32), 0
        memory, owner, used = np.zeros((room, 2 * features), np.float32), np.full(room, -1), np.zeros(room, int)
        for lesson, (count, label) in enumerate(zip(counted.astype(np.float32), work.labels, strict=False), 1):
            more = count > usual
            code = np.concatenate([more, ~more]).astype(np.float32)
            agreement = np.where(owner >= 0, 2 * (memory @ code) / features - 1, -1)
            best = np.full(int(work.classes), -1.0)
            np.maximum.at(best, owner[owner >= 0], agreement[owner >= 0])
            right += int(best.argmax() == label)
            if best[label] > np.delete(best, label).max() + MARGIN:
                k, pull = int(np.where(owner == label, agreement, -2).argmax()), PULL
            else:
                k, pull = int(np.where(owner < 0, -1, used).argmin()), 1.0
            memory[k] += np.float32(pull) * (code - memory[k])
            owner[k], used[k] = label, lesson
            usual += np.float32(USUAL) * (count - usual)
        return right

    return learn
