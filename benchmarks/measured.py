"""What a contender took, turn after turn, or why a ratio has no number."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import Any


class NotMeasured(Exception):
    """Why a ratio has no number."""


@dataclass
class Measured:
    """One contender over the turns.

    Attributes:
        name: what and, after ``_``, on how many threads.
        differs: how its work differs from that of the workload.
        samples: in a turn.
        ms: wall milliseconds per sample, one per turn: the median of its runs in it.
        spikes: a sample; None for rates.
    """

    name: str
    differs: str
    samples: int
    ms: list[float] = field(default_factory=list)
    spikes: float | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "ms_per_sample": statistics.median(self.ms), "ms_lowest": min(self.ms), "ms_highest": max(self.ms),
            "turns": self.ms, "samples": self.samples, "spikes_per_sample": self.spikes, "differs": self.differs,
        }  # fmt: skip
