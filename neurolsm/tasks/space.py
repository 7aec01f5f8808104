"""What may vary in a model, for ``neurolsm tune`` to search."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neurolsm.describe import checks
from neurolsm.describe.checks import plain
from neurolsm.errors import refuse

if TYPE_CHECKING:
    from neurolsm.tasks.model import Model


@dataclass(frozen=True)
class Range:
    """Numbers from ``low`` to ``high``, both included; ``log``: drawn evenly in their logarithm; ``whole``: whole numbers."""

    low: float
    high: float
    log: bool = False
    whole: bool = False

    def __post_init__(self) -> None:
        for end in ("low", "high"):  # whole numbers stay whole, for reports show them
            if isinstance(plain(getattr(self, end)), int):
                checks.whole(self, end, -(2**53), 2**53)
            else:
                checks.number(self, end, -math.inf, finite=True)
        if not self.low < self.high or (self.log and self.low <= 0):
            remedy = "Give the lower end first, above 0 where the scale is logarithmic"
            refuse("Range", "low, high", (self.low, self.high), "must be an interval", remedy)


@dataclass(frozen=True)
class OneOf:
    """One of a few values: numbers, words or truth values."""

    values: tuple[float | int | str | bool, ...]


@dataclass(frozen=True, kw_only=True)
class Space:
    """Settings of a model among which ``neurolsm tune`` searches.

    Attributes:
        entries: what may vary, by name.
        build: the model with given values of all entries, as keyword arguments; those that have a default there, the value of
            the model as it stands, may be left out by ``neurolsm run --set``.
    """

    entries: dict[str, Range | OneOf]
    build: Callable[..., Model]
