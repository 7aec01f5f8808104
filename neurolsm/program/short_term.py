"""Short-term plasticity as a Program holds it: constants of each synapse, and what each synapse remembers."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

LONG_AGO = 2**30  # steps


@dataclass(frozen=True, eq=False)
class ShortTerm:
    """Constants, float64, one entry per synapse.

    Attributes:
        use: share of the resources that a spike at rest spends, 0..1.
        recovery, facilitation: time constants, steps (seconds in a drawn description), above 0.
    """

    use: NDArray[np.float64]
    recovery: NDArray[np.float64]
    facilitation: NDArray[np.float64]

    def take(self, index: Any) -> ShortTerm:
        """Those of the given synapses, in the given order."""
        return ShortTerm(*(getattr(self, f.name)[index] for f in fields(self)))

    def in_steps(self, dt: float) -> ShortTerm:
        """Seconds become steps of ``dt``."""
        return ShortTerm(self.use, self.recovery / dt, self.facilitation / dt)


@dataclass(eq=False)
class ShortTermState:
    """What the synapses of one projection remember.

    Attributes:
        spent: u of the last spike, float64 [synapses]; 0 before the first.
        left: R after the last spike, float64 [synapses]; 1 before the first.
        age: steps since the source fired last, int32 [sources].
    """

    spent: NDArray[np.float64]
    left: NDArray[np.float64]
    age: NDArray[np.int32]

    @staticmethod
    def rest(synapses: int, sources: int) -> ShortTermState:
        return ShortTermState(np.zeros(synapses), np.ones(synapses), np.full(sources, LONG_AGO, np.int32))

    def reset(self) -> None:
        self.spent[:], self.left[:], self.age[:] = 0, 1, LONG_AGO

    def copy(self) -> ShortTermState:
        return ShortTermState(self.spent.copy(), self.left.copy(), self.age.copy())

    def equal(self, other: ShortTermState) -> bool:
        return all(np.array_equal(getattr(self, f.name), getattr(other, f.name)) for f in fields(self))
