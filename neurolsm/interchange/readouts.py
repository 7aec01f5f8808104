"""What a NIR graph makes of the spikes of its last neurons before it gives them out: the part of the host.

spikes -> linear map -> (leaky integrator or linear map) -> ... -> output
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from neurolsm.errors import refuse
from neurolsm.program.spikes import Spikes


@dataclass(frozen=True, eq=False)
class Linear:
    """``y = weight x + bias``, in every step.

    Attributes:
        weight: [values, values before], sparse.
        bias: [values].
    """

    weight: Any
    bias: NDArray[np.float64]

    def run(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """[T, values] of what comes before [T, values before]."""
        return np.asarray((self.weight @ x.T).T) + self.bias


@dataclass(frozen=True, eq=False)
class Leak:
    """``u <- (1 - du) u + gain x,   v <- (1 - dv) v + u + bias``, from 0; the value is v.

    Attributes:
        du, dv, bias, gain: [values].
    """

    du: NDArray[np.float64]
    dv: NDArray[np.float64]
    bias: NDArray[np.float64]
    gain: NDArray[np.float64]

    def run(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """[T, values] of what comes before, of the same shape."""
        found = np.empty(x.shape)
        u = v = np.zeros(x.shape[1])
        for t, now in enumerate(x):
            u = u - self.du * u + self.gain * now
            v = v - self.dv * v + u + self.bias
            found[t] = v
        return found


@dataclass(frozen=True, eq=False)
class Readout:
    """The values of one output of a graph; call it with the spikes of the imported program.

    Attributes:
        name: the output node.
        stages: a ``Linear`` from the neurons of the program, then what follows, ``Linear`` or ``Leak``.
        late: the first step in which the spikes of its neurons can come; biases and leaks count from there.
    """

    name: str
    stages: tuple[Linear | Leak, ...]
    late: int

    @property
    def weight(self) -> NDArray[np.float64]:
        """What a spike of each neuron adds to the first sums [K, neurons of the program]."""
        return self.stages[0].weight.toarray()  # type: ignore[union-attr]

    @property
    def bias(self) -> NDArray[np.float64]:
        """What is added to them in every step [K]."""
        return self.stages[0].bias

    def __call__(self, spikes: Spikes) -> list[NDArray[np.float64]]:
        """The values [T, K] of each sample, from the spikes of all neurons of the program."""
        neurons = self.stages[0].weight.shape[1]  # type: ignore[union-attr]
        if not isinstance(spikes, Spikes) or spikes.units != neurons:
            refuse(
                "Readout", "spikes", getattr(spikes, "units", type(spikes).__name__), f"must be of {neurons} neurons",
                "Give the spikes that the imported program made",
            )  # fmt: skip
        return [self._one(spikes, k) for k in range(len(spikes))]

    def _one(self, spikes: Spikes, sample: int) -> NDArray[np.float64]:
        steps, units = spikes.events(sample)
        shape = int(spikes.steps[sample]), spikes.units
        raster = sp.csr_array((np.ones(units.size), (steps, units)), shape)[self.late :]
        first = self.stages[0]
        x = np.asarray((raster @ first.weight.T).todense()) + first.bias  # type: ignore[union-attr]
        for stage in self.stages[1:]:
            x = stage.run(x)
        return np.vstack([np.zeros((shape[0] - len(x), x.shape[1])), x])
