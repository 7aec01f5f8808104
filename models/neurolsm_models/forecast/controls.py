"""What a forecast is to be held against: an echo state network, a next-generation reservoir, delayed values, the value alone.

Each gives features after every value, as a ``Walk`` does: ``push`` takes the next values [T, N] and returns [T, F], ``row`` is the
last of them, and ``state`` says where the series stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

Array = NDArray[np.float64]
DENSITY = 0.05  # of the recurrent weights of the network
LEVELS = 127  # of signed 8-bit numbers


class Control:
    """What remembers a series and says features of it."""

    row: Array

    def push(self, values: Array) -> Array:
        """Features [T, F] after each of the next values [T, N]."""
        found = []
        for value in values:
            self.row = self.step(value)
            found.append(self.row)
        return np.array(found)

    def step(self, value: Array) -> Array:
        """Features after the next value [N]."""
        raise NotImplementedError

    @property
    def state(self) -> dict[str, Any]:
        """Where the series stands. A step makes new arrays and changes none, so the old ones are kept."""
        return dict(vars(self))

    @state.setter
    def state(self, state: dict[str, Any]) -> None:
        vars(self).update(state)


@dataclass(eq=False)
class EchoState(Control):
    """A leaky echo state network.

        s <- (1 - leak) s + leak tanh(W s + V (u - centre) + b),   features: s and u

    W has normal entries at ``density`` of its places, scaled to the spectral radius that the circular law gives; V and b are
    uniform in -1..1 times their scales. With ``bits`` 8, W, V, b and s are rounded to 127 levels of either sign of their range.

    Args:
        units: of the network.
        n_values: numbers in each value, N.
        seed: of its weights.
        radius, leak, scale, bias, density: as above.
        centre: of the values [N]; ``scale`` is for values without it.
        bits: None for floats, or 8.

    Source: Jaeger, GMD report 148 (2001); Jaeger et al., Neural Networks 20 (2007).
    """

    units: int
    n_values: int = 1
    seed: int = 1
    radius: float = 0.9
    leak: float = 1.0
    scale: float = 1.0
    bias: float = 0.2
    density: float = DENSITY
    centre: Array | float = 0.0
    bits: int | None = None

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        count = max(round(self.density * self.units), 1)  # of each unit
        pre = np.concatenate([rng.choice(self.units, count, replace=False) for _ in range(self.units)])
        weight = rng.standard_normal(pre.size) * self.radius / np.sqrt(count)
        into = rng.uniform(-1, 1, (self.units, self.n_values)) * self.scale
        offset = rng.uniform(-1, 1, self.units) * self.bias
        if self.bits is not None:
            weight, into, offset = (rounded(part) for part in (weight, into, offset))
        self.recurrent = sparse.csr_array(
            (weight, pre, np.arange(self.units + 1) * count), shape=(self.units, self.units)
        )
        self.into, self.offset = into, offset
        self.activity = np.zeros(self.units)
        self.row = np.zeros(self.units + self.n_values)

    def step(self, value: Array) -> Array:
        heard = self.recurrent @ self.activity + self.into @ (value - self.centre) + self.offset
        activity = (1 - self.leak) * self.activity + self.leak * np.tanh(heard)
        self.activity = activity if self.bits is None else np.rint(activity * LEVELS) / LEVELS
        return np.concatenate([self.activity, value])


@dataclass(eq=False)
class Delayed(Control):
    """The last ``count`` values, and with ``order`` above 1 all products of up to so many of them: a next-generation reservoir.

    Args:
        count: values that are remembered, the present one among them, at least 1.
        n_values: numbers in each value, N.
        stride: values between two that are remembered, at least 1.
        order: 1: the values alone, a linear readout on a delay line.

    Source: Gauthier, Bollt, Griffith and Barbosa, Nature Communications 12 (2021).
    """

    count: int
    n_values: int = 1
    stride: int = 1
    order: int = 1

    def __post_init__(self) -> None:
        self.past = np.zeros(((self.count - 1) * self.stride + 1, self.n_values))
        heard = self.count * self.n_values
        self.products = [
            np.array(list(combinations_with_replacement(range(heard), k))) for k in range(2, self.order + 1)
        ]
        self.row = np.zeros(heard + sum(len(part) for part in self.products))

    def step(self, value: Array) -> Array:
        self.past = np.concatenate([value[None], self.past[:-1]])
        linear = self.past[:: self.stride].ravel()
        return np.concatenate([linear, *(linear[part].prod(axis=1) for part in self.products)])


def rounded(values: Array) -> Array:
    """The nearest of 127 levels of either sign; the largest magnitude is kept."""
    unit = float(np.abs(values).max()) / LEVELS
    return np.rint(values / unit) * unit if unit else values
