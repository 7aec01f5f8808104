"""What the kernels write to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.program import Program


@dataclass
class Output:
    """Arrays that the kernels fill."""

    u: NDArray[Any]
    v: NDArray[Any]
    u_trace: NDArray[Any]
    v_trace: NDArray[Any]
    counts: NDArray[np.int64]
    synops: NDArray[np.int64]

    @staticmethod
    def empty(program: Program, samples: int, rows: int, trace: Sequence[str]) -> Output:
        def states(length: int) -> NDArray[Any]:
            return np.zeros((length, program.n), program.dtype)

        return Output(
            u=states(samples),
            v=states(samples),
            u_trace=states(rows if "u" in trace else 0),
            v_trace=states(rows if "v" in trace else 0),
            counts=np.zeros(rows, np.int64),
            synops=np.zeros(samples, np.int64),
        )

    @property
    def arrays(self) -> tuple[NDArray[Any], ...]:
        return self.u, self.v, self.u_trace, self.v_trace, self.counts, self.synops
