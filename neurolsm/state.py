"""Everything a running network remembers between two steps."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.program import Program


@dataclass(eq=False)
class State:
    """The state after a step; the same on every backend, so a run may go on elsewhere.

    Attributes:
        u, v: current and voltage [N].
        refractory: steps for which v still stays 0 [N].
        theta: adaptive part of the threshold [N].
        pending: input on its way; row k arrives k steps after the next one [max_delay + 1, N].
    """

    u: NDArray[Any]
    v: NDArray[Any]
    refractory: NDArray[Any]
    theta: NDArray[Any]
    pending: NDArray[Any]

    @staticmethod
    def rest(program: Program) -> State:
        """All zero: how every sample starts unless the state is carried on."""
        n, dtype = program.n, program.dtype
        return State(
            np.zeros(n, dtype),
            np.zeros(n, dtype),
            np.zeros(n, np.int32),
            np.zeros(n, dtype),
            np.zeros((program.max_delay + 1, n), dtype),
        )

    def copy(self) -> State:
        return State(**{f.name: getattr(self, f.name).copy() for f in fields(self)})

    def equal(self, other: State) -> bool:
        return all(np.array_equal(getattr(self, f.name), getattr(other, f.name)) for f in fields(self))
