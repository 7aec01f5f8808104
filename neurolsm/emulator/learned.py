"""The tables of what learns: made for a state, and kept from one run to the next."""

from __future__ import annotations

from typing import Any, NamedTuple

from neurolsm.emulator.learners import Learners
from neurolsm.emulator.pair_tables import PairLayout, PairTable, is_pair
from neurolsm.emulator.plastic_tables import Layout, PlasticTable, random_numbers
from neurolsm.program import Program, Projection
from neurolsm.program.state import PlasticState, State


class Kept(NamedTuple):
    """Whose memories, the tables made of them and how the kernel takes these, and for how many steps there is room for random numbers."""

    plastic: list[PlasticState]
    tables: list[PairTable | PlasticTable]
    learners: Learners
    rows: int


class LearnedTables:
    """Those of one program, for its states."""

    def __init__(self, program: Program) -> None:
        self.layouts = [_layout(p, program) for p in program.plastic]
        self._kept: Kept | None = None

    def __getstate__(self) -> dict[str, Any]:
        """A copy keeps no arrays that are parts of one another, for those of the copy are not."""
        return self.__dict__ | {"_kept": None}

    @property
    def nbytes(self) -> int:
        return sum(layout.nbytes for layout in self.layouts)

    def new(self, state: State, rows: int) -> list[PairTable | PlasticTable]:
        """With the weights of ``state`` and the random numbers of the coming ``rows`` steps."""
        return [layout.table(s, state.clock, rows) for layout, s in zip(self.layouts, state.plastic, strict=True)]

    def kept(self, state: State, rows: int) -> Learners:
        """Of ``new``; the traces of the state are from now on those of the tables.

        All but the random numbers stays from one learning run to the next, with room for those of the longest run. A ``PairTable``, whose
        words count steps from the start of a run, is made anew each time.
        """
        kept = self._kept if self._kept is not None and self._kept.plastic is state.plastic else None
        if kept is None or rows > kept.rows or kept.learners.pairs:
            tables: list[PairTable | PlasticTable] = []
            for k, (layout, memory) in enumerate(zip(self.layouts, state.plastic, strict=True)):
                table = None if kept is None else kept.tables[k]
                if isinstance(table, PlasticTable):
                    draws, up = random_numbers(layout.rule, state.clock, rows)
                    tables.append(table._replace(draws=draws, up=up))
                    continue
                new = layout.table(memory, state.clock, rows)
                (memory.x1, memory.x2), (memory.y1, memory.y2, memory.y3) = new.x, new.y
                tables.append(new)
            self._kept = Kept(state.plastic, tables, Learners(tables), rows)
            return self._kept.learners
        for layout, table in zip(self.layouts, kept.tables, strict=True):
            if table.up.size:
                table.draws[:, :rows], table.up[:rows] = random_numbers(layout.rule, state.clock, rows)
        return kept.learners


def _layout(projection: Projection, program: Program) -> PairLayout | Layout:
    assert projection.plasticity is not None
    return PairLayout(projection, program) if is_pair(projection.plasticity) else Layout(projection, program)
