"""What contenders took, turn after turn, and the ratio of two of them, or why it has no number."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
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


def ratio(found: dict[str, Measured], above: str, below: str) -> float:
    """Median over the turns of the ratio of two contenders.

    Raises:
        NotMeasured: one of them did not run.
    """
    for name in (above, below):
        if name not in found:
            raise NotMeasured(f"{name} did not run")
    return statistics.median(a / b for a, b in zip(found[above].ms, found[below].ms, strict=True))


def fastest(found: dict[str, Measured], names: Iterable[str], what: str) -> str:
    """Who of ``names`` took least.

    Raises:
        NotMeasured: none of them ran.
    """
    ran = [name for name in names if name in found]
    if not ran:
        raise NotMeasured(f"{what} ran")
    return min(ran, key=lambda name: statistics.median(found[name].ms))
