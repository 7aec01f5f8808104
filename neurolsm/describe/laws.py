"""Laws that numbers are drawn from: weights, delays and neuron constants. A plain number is the constant law."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.describe import checks
from neurolsm.errors import refuse


@dataclass(frozen=True)
class Constant:
    """Always ``value``.

    Example:
        >>> import numpy as np
        >>> import neurolsm as nl
        >>> nl.Constant(0.5).draw(np.random.default_rng(1), 3).tolist()
        [0.5, 0.5, 0.5]
    """

    value: float

    def __post_init__(self) -> None:
        checks.number(self, "value", 0)

    @property
    def smallest(self) -> float:
        return self.value

    def draw(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        return np.full(size, float(self.value))


@dataclass(frozen=True)
class Uniform:
    """Uniform in [low, high).

    Example:
        >>> import numpy as np
        >>> import neurolsm as nl
        >>> values = nl.Uniform(2.0, 4.0).draw(np.random.default_rng(1), 1000)
        >>> bool(values.min() >= 2 and values.max() < 4), round(float(values.mean()), 1)
        (True, 3.0)
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        checks.number(self, "low", 0, finite=True)
        checks.number(self, "high", self.low, finite=True)

    @property
    def smallest(self) -> float:
        return self.low

    def draw(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        return self.low + (self.high - self.low) * rng.random(size)


@dataclass(frozen=True)
class Gamma:
    """Gamma law with the given mean and coefficient of variation (standard deviation / mean).

    Example:
        >>> import numpy as np
        >>> import neurolsm as nl
        >>> values = nl.Gamma(0.5, cv=0.4).draw(np.random.default_rng(1), 100_000)
        >>> round(float(values.mean()), 2), round(float(values.std() / values.mean()), 2)
        (0.5, 0.4)
    """

    mean: float
    cv: float = 1.0

    def __post_init__(self) -> None:
        checks.number(self, "mean", 0, open_low=True, finite=True)
        checks.number(self, "cv", 0, open_low=True, finite=True)

    @property
    def smallest(self) -> float:
        return 0.0

    def draw(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        return rng.gamma(self.cv**-2, self.mean * self.cv**2, size)


@dataclass(frozen=True)
class Lognormal:
    """Log-normal law with the given mean and coefficient of variation.

    Example:
        >>> import numpy as np
        >>> import neurolsm as nl
        >>> values = nl.Lognormal(0.5, cv=0.4).draw(np.random.default_rng(1), 100_000)
        >>> round(float(values.mean()), 2), round(float(values.std() / values.mean()), 2)
        (0.5, 0.4)
    """

    mean: float
    cv: float = 1.0

    def __post_init__(self) -> None:
        checks.number(self, "mean", 0, open_low=True, finite=True)
        checks.number(self, "cv", 0, open_low=True, finite=True)

    @property
    def smallest(self) -> float:
        return 0.0

    def draw(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        variance = np.log1p(self.cv**2)
        return np.exp(np.log(self.mean) - variance / 2 + np.sqrt(variance) * rng.standard_normal(size))


Law = float | Constant | Uniform | Gamma | Lognormal
LAWS = (Constant, Uniform, Gamma, Lognormal)


@dataclass(frozen=True)
class Pairs:
    """One law per kind of pair; the first letter is the source: ``ei`` is excitatory to inhibitory.

    Example:
        >>> import neurolsm as nl
        >>> weights = nl.Pairs(ee=nl.Gamma(0.1), ei=nl.Gamma(0.2), ie=nl.Gamma(0.4), ii=0.1)  # a plain number is constant
        >>> nl.Liquid(topology=nl.Column(), weights=weights).weights.ii
        0.1
    """

    ee: Law
    ei: Law
    ie: Law
    ii: Law

    def __post_init__(self) -> None:
        for field in ("ee", "ei", "ie", "ii"):
            check_law(self, field)


def as_law(value: Law) -> Constant | Uniform | Gamma | Lognormal:
    return value if isinstance(value, LAWS) else Constant(float(value))


def check_law(owner: object, field: str, *, above_zero: bool = False, finite: bool = True, unit: str = "") -> None:
    """Refuse unless ``owner.field`` is a law or a plain number, not negative (or above zero), finite unless told."""
    value: Any = getattr(owner, field)
    if isinstance(value, LAWS):
        if above_zero and isinstance(value, (Constant, Uniform)) and value.smallest <= 0:
            refuse(type(owner).__name__, field, value, "must stay above 0", "Raise its lower end")
        if finite and np.isinf(value.smallest):
            refuse(type(owner).__name__, field, value, "must be finite", "Give a finite value")
    else:
        remedy = "Give a number or a law such as Gamma(mean, cv)"
        checks.number(owner, field, 0, open_low=above_zero, finite=finite, unit=unit, remedy=remedy)


def draw_pairs(
    laws: Law | Pairs, source: NDArray[np.bool_], target: NDArray[np.bool_], rng: np.random.Generator
) -> NDArray[np.float64]:
    """One value per synapse, from the law of its kind of pair; ``source`` and ``target`` say who is inhibitory."""
    if not isinstance(laws, Pairs):
        return as_law(laws).draw(rng, source.size)
    values = np.zeros(source.size)
    for law, pre, post in (
        (laws.ee, False, False),
        (laws.ei, False, True),
        (laws.ie, True, False),
        (laws.ii, True, True),
    ):
        chosen = (source == pre) & (target == post)
        values[chosen] = as_law(law).draw(rng, int(chosen.sum()))
    return values
