"""Laws that numbers are drawn from: weights, delays and neuron constants. A plain number is the constant law."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from neurolsm.arrays import is_table, take
from neurolsm.describe import checks
from neurolsm.describe.checks import plain
from neurolsm.describe.protocols import check_part, refuse_returned
from neurolsm.errors import refuse
from neurolsm.program.sealed import own


@runtime_checkable
class Drawn(Protocol):
    """A frozen description of how numbers are drawn: a law."""

    def draw(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        """``size`` real numbers, at least 0; whatever is random comes from ``rng``."""


@dataclass(frozen=True)
class Constant:
    """A law without chance: x = value.

    Args:
        value: at least 0.

    Raises:
        InvalidValue: a field outside its range.

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
    """x = low + (high - low) r,   r uniform in [0, 1)

    Args:
        low: at least 0.
        high: at least ``low``; values stay below it.

    Raises:
        InvalidValue: a field outside its range.

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
    """x ~ gamma(shape k, scale mean / k),   k = cv^-2

    Args:
        mean: above 0.
        cv: coefficient of variation (standard deviation / mean), above 0; 1 is the exponential law.

    Raises:
        InvalidValue: a field outside its range.

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
    """log x ~ normal(log(mean) - s^2 / 2, s^2),   s^2 = log(1 + cv^2)

    Args:
        mean: of x, above 0.
        cv: coefficient of variation of x (standard deviation / mean), above 0.

    Raises:
        InvalidValue: a field outside its range.

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


@dataclass(frozen=True, eq=False)
class Each:
    """The given values, in order: one for each neuron of the liquid, or for each synapse, sorted by source and then by target.

    A list or an array in place of a law becomes this.

    Args:
        values: [size], at least 0, ``inf`` where the field allows it.

    Raises:
        InvalidValue: not a row of such numbers; or another number of values than there are neurons or synapses.

    Example:
        >>> import neurolsm as nl
        >>> neuron = nl.LIF(tau_mem=[0.01, 0.02, 0.03])  # of three neurons, one by one
        >>> neuron.tau_mem == nl.Each([0.01, 0.02, 0.03])
        True
    """

    values: NDArray[np.float64]

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", _row("Each", "values", self.values))

    def draw(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        if size != self.values.size:
            remedy = "Give one for each, or a law"
            refuse("Each", "values", f"{self.values.size} values", f"are given for {size} neurons or synapses", remedy)
        return self.values.copy()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Each) and np.array_equal(self.values, other.values)

    def __hash__(self) -> int:
        return hash(self.values.tobytes())

    def __reduce__(self) -> tuple[Any, ...]:
        return Each, (self.values,)  # nobody can change what is unpickled either


Law = float | Constant | Uniform | Gamma | Lognormal | Each | Drawn | Sequence[float] | NDArray[Any]
LAWS = (Constant, Uniform, Gamma, Lognormal, Each)


@dataclass(frozen=True)
class Pairs:
    """One law per kind of pair; the first letter is the source: ``ei`` is excitatory to inhibitory.

    Args:
        ee, ei, ie, ii: laws or plain numbers, at least 0.

    Raises:
        InvalidValue: a field outside its range.

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


def draw_law(
    value: Any, rng: np.random.Generator, size: int, *, above_zero: bool = False, finite: bool = True
) -> NDArray[np.float64]:
    """``size`` values of a law or of a plain number; what an own law returns is checked.

    Raises:
        InvalidValue: not ``size`` real numbers, negative ones (or 0, with ``above_zero``), NaN, or infinity where it must be finite.
    """
    if type(value) in LAWS:
        return value.draw(rng, size)
    if isinstance(plain(value), (int, float)):
        return Constant(value).draw(rng, size)
    found = value.draw(rng, size)
    array = np.asarray(found) if isinstance(found, (np.ndarray, list, tuple, np.number)) else np.zeros((), object)
    if array.dtype.kind not in "iuf" or array.shape != (size,):
        shown = f"{array.dtype} {array.shape}" if array.dtype != object else type(found).__name__
        refuse_returned(value, "draw", shown, f"must be {size} real numbers", "Return an array of that size")
    drawn = np.array(array, np.float64)  # a copy: signs are set in place
    remedy = "Clip what is drawn; signs of weights come from the sources (Dale's law)"
    _in_range(drawn, above_zero, finite, lambda bad, limit: refuse_returned(value, "draw", bad, limit, remedy))
    return drawn


def check_law(owner: object, field: str, *, above_zero: bool = False, finite: bool = True, unit: str = "") -> None:
    """``law_of`` the field of a description, stored there."""
    name, given = type(owner).__name__, getattr(owner, field)
    object.__setattr__(owner, field, law_of(name, field, given, above_zero=above_zero, finite=finite, unit=unit))


def law_of(owner: str, field: str, given: Any, *, above_zero: bool = False, finite: bool = True, unit: str = "") -> Any:
    """What was given as a law: itself, a plain number as a float, or a row of numbers as ``Each``.

    Raises:
        InvalidValue: no law; one that may be negative (or 0, with ``above_zero``), or infinite where it must be finite.
    """
    remedy = "Give a number or a law such as Gamma(mean, cv)"
    if isinstance(given, (list, tuple)) or (isinstance(given, np.ndarray) and given.ndim) or is_table(given):
        given = Each(_row(owner, field, given))
    if isinstance(given, Each):
        _in_range(
            given.values,
            above_zero,
            finite,
            lambda value, limit: refuse(owner, field, value, f"{limit} {unit}".strip(), remedy),
        )
        return given
    if isinstance(given, (Constant, Uniform, Gamma, Lognormal)):
        if above_zero and isinstance(given, (Constant, Uniform)) and given.smallest <= 0:
            refuse(owner, field, given, "must stay above 0", "Raise its lower end")
        if finite and np.isinf(given.smallest):
            refuse(owner, field, given, "must be finite", "Give a finite value")
        return given
    if hasattr(given, "draw"):
        check_part(owner, field, given, Drawn, remedy)
        return given
    return checks.real(owner, field, given, 0, open_low=above_zero, finite=finite, unit=unit, remedy=remedy)


def _in_range(
    values: NDArray[np.float64], above_zero: bool, finite: bool, refused: Callable[[Any, str], NoReturn]
) -> None:
    bad = np.isnan(values) | (values <= 0 if above_zero else values < 0) | (np.isinf(values) if finite else False)
    if bad.any():
        refused(values[bad][0], f"must be {'finite and ' if finite else ''}{'above' if above_zero else 'at least'} 0")


def draw_pairs(
    laws: Law | Pairs,
    source: NDArray[np.bool_],
    target: NDArray[np.bool_],
    rng: np.random.Generator,
    *,
    above_zero: bool = False,
) -> NDArray[np.float64]:
    """One value per synapse, from the law of its kind of pair; ``source`` and ``target`` say who is inhibitory."""
    if not isinstance(laws, Pairs):
        return draw_law(laws, rng, source.size, above_zero=above_zero)
    values = np.zeros(source.size)
    for law, pre, post in (
        (laws.ee, False, False),
        (laws.ei, False, True),
        (laws.ie, True, False),
        (laws.ii, True, True),
    ):
        chosen = (source == pre) & (target == post)
        values[chosen] = draw_law(law, rng, int(chosen.sum()), above_zero=above_zero)
    return values


def _row(owner: str, field: str, given: Any) -> NDArray[np.float64]:
    """A row of numbers in which nothing is missing, which nobody can change any more."""
    remedy = "Give one number for each neuron or synapse, or a law"
    array = take(owner, field, given, remedy)
    truths = isinstance(given, (list, tuple)) and any(isinstance(one, (bool, np.bool_)) for one in given)
    if array.dtype.kind not in "iuf" or array.ndim != 1 or not array.size or truths or np.isnan(array).any():
        shown = given if array.size < 20 else f"{array.dtype} {array.shape}"
        refuse(owner, field, shown, "must be a row of numbers, at least one, none of them NaN", remedy)
    if array.min() < 0:
        refuse(owner, field, array.min(), "must be at least 0", remedy)
    return own(array.astype(np.float64) + 0.0)
