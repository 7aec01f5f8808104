"""The ring of pending input: what every neuron will hear in the coming steps, as the kernels write it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.emulator.tables import late_targets
from neurolsm.program import Program
from neurolsm.program.state import State


class Pending:
    """Rings for the states of one program.

    A ring has twice as many rows as input can be on its way, so that no event tests for its end; its first rows are the pending input of
    a state, and the second half is 0 between runs.
    """

    def __init__(self, program: Program) -> None:
        self.slots = program.max_delay + 2
        self._program, self._late = program, late_targets(program)
        self._kept: tuple[NDArray[Any], NDArray[Any], int] | None = None  # pending input, ring, wide

    def __getstate__(self) -> dict[str, Any]:
        """A copy keeps no arrays that are parts of one another, for those of the copy are not."""
        return self.__dict__ | {"_kept": None}

    def ring(self, state: State) -> NDArray[Any]:
        """A new ring that holds the pending input of ``state``."""
        ring = np.zeros(2 * self.slots * self._program.n, self._program.dtype)
        ring[: state.pending.size] = state.pending.ravel()
        return ring

    def wide(self, state: State) -> int:
        """The first so many neurons alone have input on its way that comes later than in the next step; see ``plastic_kernel.run``."""
        return self._program.n if state.pending[1:, self._late :].any() else self._late

    def keep(self, state: State, ring: NDArray[Any]) -> None:
        """Copy what is on its way into ``state``."""
        state.pending = self._rows(ring).copy()

    def kept_ring(self, state: State) -> tuple[NDArray[Any], int]:
        """A ring that stays where it is from one learning run to the next, and ``wide``: the pending input of the state is part of it."""
        if self._kept is None or self._kept[0] is not state.pending:
            wide, ring = self.wide(state), self.ring(state)
            state.pending = self._rows(ring)
            self._kept = state.pending, ring, wide
        return self._kept[1:]

    def _rows(self, ring: NDArray[Any]) -> NDArray[Any]:
        return ring.reshape(-1, self._program.n)[: self.slots - 1]
