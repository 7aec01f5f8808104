"""Several encoders on the same samples, their channels side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from neurolsm.encode.encoder import Encoder, encoded
from neurolsm.errors import refuse
from neurolsm.program.spikes import Spikes


@dataclass(frozen=True)
class Together:
    """The channels of the first encoder, then those of the second, and so on; such as changes and levels.

    Args:
        encoders: at least one. All must give a sample the same number of steps.

    Raises:
        InvalidValue: no encoder, or encoders that disagree on the length of a sample.

    Example:
        >>> import neurolsm as nl
        >>> both = nl.Together((nl.RateEncoder(steps=10), nl.LatencyEncoder(steps=10)))
        >>> both.channels(3), both.encode([[0.5, 0.2, 1.0]]).units
        (6, 6)
    """

    encoders: tuple[Encoder, ...]

    def __post_init__(self) -> None:
        if (
            not isinstance(self.encoders, tuple)
            or not self.encoders
            or not all(isinstance(e, Encoder) and not isinstance(e, type) for e in self.encoders)
        ):
            refuse(
                "Together",
                "encoders",
                self.encoders,
                "must be a tuple of encoders, at least one",
                "Write Together((a, b))",
            )

    @property
    def steps(self) -> int | None:
        return next((e.steps for e in self.encoders if e.steps is not None), None)

    def channels(self, n_values: int) -> int:
        return sum(e.channels(n_values) for e in self.encoders)

    def encode(self, x: Any) -> Spikes:
        """Spikes of whatever all the encoders take."""
        parts = [encoded(e, x) for e in self.encoders]
        for part in parts[1:]:
            if not np.array_equal(part.steps, parts[0].steps):
                lengths = [p.steps.tolist() for p in parts]
                refuse(
                    "Together",
                    "encoders",
                    lengths,
                    "must give the same number of steps",
                    "Give all of them the same steps",
                )
        first = np.cumsum([0, *(p.units for p in parts)])
        row = np.concatenate([p.row for p in parts])
        unit = np.concatenate([p.unit + f for p, f in zip(parts, first, strict=False)])
        order = np.lexsort((unit, row))
        indptr = np.sum([p.indptr for p in parts], axis=0)
        return Spikes(
            parts[0].steps,
            indptr.astype(np.int64),
            unit[order].astype(np.int32),
            int(first[-1]),
            sum(p.merged for p in parts),
        )
