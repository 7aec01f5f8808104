"""How input channels reach the neurons of a liquid."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from neurolsm.describe import checks
from neurolsm.describe.laws import Law, check_law
from neurolsm.errors import refuse

PairsFound = tuple[NDArray[Any], NDArray[Any]]


@runtime_checkable
class InputMap(Protocol):
    """A frozen description of how channels (or the neurons of the liquid before) reach the neurons of a liquid.

    It also has ``weight`` (a law of magnitudes, in thresholds), unless ``pairs`` gives the weights, and may have ``inhibitory`` (the
    share of negative weights, 0 without it), ``delay`` (a law of seconds, 0 without it) and ``expected_synapses(sources, n)``, from
    which memory is estimated before anything is drawn.
    """

    def pairs(self, sources: int, n: int, rng: np.random.Generator) -> tuple[NDArray[Any], ...]:
        """Channels and neurons that are connected, each pair once; and, third, signed weights in thresholds if the map fixes them."""


@dataclass(frozen=True, kw_only=True)
class RandomMap:
    """Every channel reaches every neuron with the same probability.

    Args:
        density: probability of a connection, 0..1.
        weight: magnitude, in thresholds at the peak of the response.
        inhibitory: share of synapses with a negative sign, 0..1. (A liquid that feeds another keeps Dale's signs instead.)
        delay: seconds.

    Raises:
        InvalidValue: a field outside its range.

    Example:
        >>> import numpy as np
        >>> import neurolsm as nl
        >>> pre, post = nl.RandomMap(density=0.5).pairs(4, 100, np.random.default_rng(1))
        >>> pre.size, nl.RandomMap(density=0.5).expected_synapses(4, 100)
        (210, 200.0)
    """

    density: float = 0.2
    weight: Law = 0.3
    inhibitory: float = 0.2
    delay: Law = 0.0

    def __post_init__(self) -> None:
        checks.probability(self, "density")
        _check_common(self)

    def pairs(self, sources: int, n: int, rng: np.random.Generator) -> PairsFound:
        hit = np.empty((sources, n), bool)
        for channel in hit:
            channel[:] = rng.random(n) < self.density
        pre, post = np.nonzero(hit)
        return pre, post

    def expected_synapses(self, sources: int, n: int) -> float:
        return self.density * sources * n


@dataclass(frozen=True, kw_only=True)
class ReceptiveFields:
    """Each neuron sees a small window of the input array, centred at a random place; windows do not leave the array.

    Args:
        shape: the input channels as an array, row-major, such as (28, 28) or (34, 34, 2).
        size: width of the window along each axis; an axis shorter than ``size`` is seen whole. One number, or one per axis.
        density: share of the window that is connected, 0..1.
        weight, inhibitory, delay: as in ``RandomMap``.

    Raises:
        InvalidValue: a field outside its range; when a liquid is drawn, a shape of another number of channels.

    Example:
        >>> import numpy as np
        >>> import neurolsm as nl
        >>> fields = nl.ReceptiveFields(shape=(6, 6), size=3)
        >>> pre, post = fields.pairs(36, 50, np.random.default_rng(1))
        >>> np.unique(post, return_counts=True)[1].tolist() == [9] * 50  # each of the 50 neurons sees 3 x 3 channels
        True
    """

    shape: tuple[int, ...]
    size: int | tuple[int, ...] = 5
    density: float = 1.0
    weight: Law = 0.3
    inhibitory: float = 0.2
    delay: Law = 0.0

    def __post_init__(self) -> None:
        checks.shape(self, "shape", (1, 2, 3))
        if isinstance(self.size, tuple):
            checks.shape(self, "size", (len(self.shape),))
        else:
            checks.whole(self, "size", 1)
        checks.probability(self, "density")
        _check_common(self)

    def pairs(self, sources: int, n: int, rng: np.random.Generator) -> PairsFound:
        if prod(self.shape) != sources:
            refuse(
                "ReceptiveFields",
                "shape",
                self.shape,
                f"has {prod(self.shape)} channels, the input has {sources}",
                "Make the product of the shape equal to the number of inputs",
            )
        size = self.size if isinstance(self.size, tuple) else (self.size,) * len(self.shape)
        inside = np.ones((n, sources), bool)
        for axis, coordinate in enumerate(np.unravel_index(np.arange(sources), self.shape)):
            width = min(size[axis], self.shape[axis])
            start = rng.integers(0, self.shape[axis] - width + 1, n)
            inside &= (coordinate >= start[:, None]) & (coordinate < start[:, None] + width)
        inside &= rng.random(inside.shape) < self.density
        pre, post = np.nonzero(inside.T)
        return pre, post

    def expected_synapses(self, sources: int, n: int) -> float:
        size = self.size if isinstance(self.size, tuple) else (self.size,) * len(self.shape)
        return self.density * n * prod(min(s, points) for s, points in zip(size, self.shape, strict=True))


@dataclass(frozen=True, kw_only=True)
class OneToOne:
    """Channel k reaches neuron k; there may be fewer channels than neurons, not more.

    Args:
        weight, inhibitory, delay: as in ``RandomMap``.

    Raises:
        InvalidValue: a field outside its range.

    Example:
        >>> import numpy as np
        >>> import neurolsm as nl
        >>> pre, post = nl.OneToOne(weight=0.5).pairs(3, 5, np.random.default_rng(1))
        >>> list(zip(pre.tolist(), post.tolist()))
        [(0, 0), (1, 1), (2, 2)]
    """

    weight: Law = 1.0
    inhibitory: float = 0.0
    delay: Law = 0.0

    def __post_init__(self) -> None:
        _check_common(self)

    def pairs(self, sources: int, n: int, rng: np.random.Generator) -> PairsFound:
        if sources > n:
            refuse(
                "OneToOne", "channels", sources, f"the liquid has only {n} neurons", "Use RandomMap, or a larger liquid"
            )
        return np.arange(sources), np.arange(sources)

    def expected_synapses(self, sources: int, n: int) -> float:
        return sources


INPUT_MAPS = (RandomMap, ReceptiveFields, OneToOne)


def _check_common(owner: object) -> None:
    check_law(owner, "weight")
    checks.probability(owner, "inhibitory")
    check_law(owner, "delay", unit="s")
