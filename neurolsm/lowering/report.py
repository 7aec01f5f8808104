"""What lowering did: every quantisation with its error, every bound with how much of it is used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurolsm.memory import blocks
from neurolsm.shown import shown


@dataclass(frozen=True)
class Quantised:
    """One set of numbers that was rounded: how many, and the error relative to the largest asked for."""

    what: str
    count: int
    rms_error: float
    worst_error: float
    unit: str


@dataclass(frozen=True)
class Bound:
    """One limit of the hardware, and how much of it is used."""

    what: str
    used: float
    limit: float
    fatal: bool = True

    @property
    def kept(self) -> bool:
        return self.used <= self.limit


@dataclass(frozen=True)
class Clipped:
    """Numbers that were moved to the nearest value the hardware has."""

    what: str
    count: int
    total: int
    worst: float


@shown(target="target", found="counts", notes="notes")
@dataclass
class Report:
    """Collected while lowering; ``str`` gives a table."""

    target: str
    quantised: list[Quantised] = field(default_factory=list)
    bounds: list[Bound] = field(default_factory=list)
    clipped: list[Clipped] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def rounding(self, what: str, wanted: ArrayLike, got: ArrayLike, unit: str) -> None:
        """Record the error of ``got`` against ``wanted``, in the given unit."""
        a, b = np.asarray(got, float), np.asarray(wanted, float)
        self.rounding_of(what, b.size, lambda block: a[block] - b[block], unit)

    def rounding_of(self, what: str, size: int, error: Callable[[slice], NDArray[Any]], unit: str) -> None:
        """Record ``size`` errors, worked out a block at a time; errors that are not finite do not count."""
        count, squares, worst = 0, 0.0, 0.0
        for block in blocks(size):
            found = np.abs(error(block))
            found = found[np.isfinite(found)]
            count += found.size
            squares += float((found**2).sum())
            worst = max(worst, float(found.max(initial=0)))
        if count:
            self.quantised.append(Quantised(what, count, float(np.sqrt(squares / count)), worst, unit))

    def clip(self, what: str, wanted: ArrayLike, low: float, high: float) -> np.ndarray:
        """``wanted`` moved into [low, high], recording how many moved and by how much at most."""
        values = np.asarray(wanted, float)
        inside = np.clip(values, low, high)
        moved = np.abs(values - inside)
        if (moved > 0).any():
            self.clipped.append(Clipped(what, int((moved > 0).sum()), values.size, float(moved.max())))
        return inside

    def bound(self, what: str, used: float, limit: float, *, fatal: bool = True) -> None:
        self.bounds.append(Bound(what, float(used), float(limit), fatal))

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def counts(self) -> str:
        """How much of each there is to read."""
        rounded, clipped = f"{len(self.quantised)} roundings", f"{len(self.clipped)} clipped"
        return f"{rounded}, {len(self.bounds)} bounds, {clipped}, {len(self.notes)} notes"

    def __str__(self) -> str:
        lines = [f"lowered for {self.target}"]
        lines += [
            f"  rounded  {q.what:38s} {q.count:>9d} values  rms {q.rms_error:.2e}  worst {q.worst_error:.2e} {q.unit}"
            for q in self.quantised
        ]
        lines += [
            f"  bound    {b.what:38s} {b.used:>12,.0f} of {b.limit:,.0f}{'' if b.kept else '  EXCEEDED'}"
            for b in self.bounds
        ]
        lines += [f"  clipped  {c.what:38s} {c.count:>9d} of {c.total}, by {c.worst:.3g} at most" for c in self.clipped]
        return "\n".join(lines + [f"  note     {note}" for note in self.notes])
