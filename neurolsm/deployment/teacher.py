"""From labels to lessons: what the host tells an on-chip readout. It labels; it computes no gradient and refits nothing."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from neurolsm.program.spikes import Spikes

Labels = NDArray[np.int64]
Scores = NDArray[np.float64]
SETTLE_FAST, SETTLE_SLOW, SETTLE_SAMPLES = 127, 8, 100  # speed of the offsets at first, later, and when it changes
SETTLE_ODD = 16  # after samples without labels


class Teacher(Protocol):
    """Teaches one kind of readout. Labels are places in the list of declared labels."""

    room: int
    sharpness: float  # of the confidence, before labels have come

    def scores(self, v: NDArray[np.int32]) -> Scores:
        """Score of each label there is room for [B, room] from voltages [B, neurons]; -inf for what was never learned."""

    def learn(self, inputs: Spikes, labels: Labels) -> Scores:
        """Learn from each sample in turn; the scores that each had before."""

    def unlabelled(self, samples: int) -> NDArray[np.int16]:
        """Lessons without labels, one for each sample: the offsets of the counters follow, nothing else of the readout changes."""

    def reinforce(self, chosen: int, right: bool) -> None:
        """Learn from the sample presented last that the choice was right, or that it was wrong."""

    def weigh(self, probability: Scores) -> Scores:
        """Probabilities [labels] of an unlabelled sample, corrected for labels that such samples were given too often."""

    def follow(self, v: NDArray[np.int32], score: Scores, belief: Scores | None, *, insist: bool = False) -> None:
        """Let the offsets follow the sample presented last (voltages v [neurons], score [labels]); with a ``belief``, the
        probability of each label: leave the offsets, and learn from it, a little; ``insist``: strengthen its favourite."""

    def forget(self, label: int) -> None:
        """Forget everything about one label, on the backend as well; the labels behind it move up by one place."""

    def learned(self) -> dict[str, float]:
        """What it has made, in numbers for the record."""

    def to_dict(self) -> dict[str, Any]:
        """What it remembers, as JSON values."""

    def remember(self, memory: dict[str, Any]) -> None:
        """The inverse of ``to_dict``. Raises ValueError for what cannot be."""
