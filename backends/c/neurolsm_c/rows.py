"""How the synapses of a source are found: by tables, or without them where every source has the same pattern of targets.

A readout reaches each of its neurons from every counter, a clock the counters of its window: such a row is ``slope * source +
pattern``, and neither its beginning nor its targets need memory.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurolsm.program import Projection
from neurolsm_c.design import Design
from neurolsm_c.tables import table

SHORT = 12  # synapses of a row that is written out, one after another


def span(p: Projection) -> tuple[int, int]:
    """The sources from the first to the one after the last that has any synapse."""
    having = np.flatnonzero(np.diff(p.indptr))
    return (int(having[0]), int(having[-1]) + 1) if having.size else (0, 0)


def moved(number: int) -> str:
    """``+ 3``, ``- 3`` or nothing."""
    return f" {'+' if number > 0 else '-'} {abs(number)}" if number else ""


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of one projection.

    Attributes:
        number, projection: among all projections.
        post: the places of the targets in the ring or in the flat row, in the order of the synapses.
        fan_out: synapses of each source, if all have as many; else 0.
        late: whether synapses have different delays.
        slope, pattern: the targets are slope * source + pattern for the sources of ``span``; None where they are not.
    """

    number: int
    projection: Projection
    post: NDArray[np.int64]
    late: bool
    fan_out: int
    slope: int
    pattern: NDArray[np.int64] | None

    @staticmethod
    def of(design: Design, number: int, p: Projection) -> Rows:
        post = p.post.astype(np.int64) - design.ring[0] if design.in_ring(p) else design.flat(p.post)
        first, last = span(p)
        counts = np.diff(p.indptr[first : last + 1])
        late = design.in_ring(p) and np.unique(p.delay).size > 1
        if not p.size or counts.min() != counts.max():
            return Rows(number, p, post, late, 0, 0, None)
        rows = post.reshape(last - first, -1)
        slope = int(rows[1, 0] - rows[0, 0]) if rows.shape[0] > 1 else 0
        same = (rows - slope * np.arange(last - first)[:, None] == rows[0]).all()
        return Rows(number, p, post, late, int(counts[0]), slope, rows[0] if same else None)

    @property
    def contiguous(self) -> bool:
        """Whether each source reaches neighbours."""
        return self.pattern is not None and bool((np.diff(self.pattern) == 1).all())

    @property
    def short(self) -> bool:
        """Whether rows are written out: few synapses of one delay that do not learn, or neighbours."""
        few = self.pattern is not None and self.fan_out <= SHORT and not self.late
        return few and (self.contiguous or self.projection.plasticity is None)

    @property
    def tabled(self) -> bool:
        """Whether targets lie in a table."""
        return not (self.contiguous or self.short)

    def tables(self) -> str:
        p, (first, last) = self.projection, span(self.projection)
        text = "" if self.fan_out else table(f"begin_{self.number}", p.indptr[first : last + 1])
        return text + (table(f"post_{self.number}", self.post) if self.tabled else "")

    def begin(self, source: str) -> str:
        """The first synapse of a source, which is counted from the first that has any."""
        if self.fan_out == 1:
            return source
        return f"{source} * {self.fan_out}u" if self.fan_out else f"begin_{self.number}[{source}]"

    def target(self, source: str, k: str = "k") -> str:
        """The place of the target of synapse k of a source."""
        if self.tabled:
            return f"post_{self.number}[{k}]"
        assert self.pattern is not None
        steep = self.slope - self.fan_out
        turned = f" {'+' if steep > 0 else '-'} {abs(steep)} * (int32_t){source}" if steep else ""
        return f"(int32_t){k}{turned}{moved(int(self.pattern[0]))}"
