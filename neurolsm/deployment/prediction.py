"""What a deployment answers, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.shown import shown

SHARPEST, BLUNTEST = 1e3, 1e-2
SLOWEST = 0.005  # step of the sharpness once many labels have come
STEEPEST = 8.0  # slope of one label; cutting it shorter would make the model too sure of itself


@shown()
@dataclass(frozen=True, eq=False)
class Prediction:
    """Labels of a batch.

    Attributes:
        label: the most probable one of each sample [B].
        confidence: its probability [B].
        probability: of every known label [B, K], in the order of ``labels``.
        labels: the known labels [K].
        score: what the readout said [B, K].
    """

    label: NDArray[Any]
    confidence: NDArray[np.float64]
    probability: NDArray[np.float64]
    labels: NDArray[Any]
    score: NDArray[np.float64]

    def __len__(self) -> int:
        return self.label.size


@dataclass(frozen=True)
class Adaptation:
    """How the adaptation to one sample ended.

    Attributes:
        label, confidence: at the end.
        sure: whether the confidence that was asked for was reached.
        presentations: how often the sample was shown, the first look counted.
        history: confidence after each.
    """

    label: Any
    confidence: float
    sure: bool
    presentations: int
    history: tuple[float, ...]


@dataclass
class Confidence:
    """Probabilities from scores, by a softmax whose sharpness follows the labels that come.

        p_k = softmax(sharpness * score)_k,     sharpness <- sharpness * exp(step * sharpness * (score_label - sum p_k score_k))

    which descends the log loss, with a step of 1 / (10 + labels so far), not below 0.005. Every score is made before its
    label is learned from.
    """

    sharpness: float
    labels: int = 0

    @np.errstate(under="ignore")  # what is far behind has the probability 0
    def probability(self, score: NDArray[np.float64]) -> NDArray[np.float64]:
        """[..., K] for scores [..., K]; labels without any prototype have a score of -inf."""
        if not score.shape[-1]:
            return np.zeros(score.shape)
        top = score.max(axis=-1, keepdims=True)
        raised = np.exp(self.sharpness * (score - np.where(np.isfinite(top), top, 0)))
        total = raised.sum(axis=-1, keepdims=True)
        return np.where(total > 0, raised / np.where(total > 0, total, 1), 1 / score.shape[-1])

    def learn(self, score: NDArray[np.float64], label: NDArray[np.int64]) -> None:
        """From scores [B, K] and the places of the right labels [B], one after the other."""
        for row, right in zip(score, label, strict=True):
            said = np.isfinite(row)
            if said.sum() < 2 or not said[right]:
                continue
            p = self.probability(row)
            slope = self.sharpness * (row[right] - p[said] @ row[said])
            grown = self.sharpness * np.exp(max(1 / (10 + self.labels), SLOWEST) * np.clip(slope, -STEEPEST, STEEPEST))
            self.labels += 1
            self.sharpness = float(np.clip(grown, BLUNTEST, SHARPEST))
