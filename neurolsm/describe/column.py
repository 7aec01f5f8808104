"""The cortical column: neurons on a 3-D grid, connected with a probability that falls with distance."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

from neurolsm.describe import checks
from neurolsm.describe.graph import Graph, bernoulli_pairs, draw_inhibitory


@dataclass(frozen=True, kw_only=True)
class Column:
    """Neurons on the points of a grid.

        P(i -> j) = C exp(-(D(i, j) / wavelength)^2),   C = p_ee, p_ei, p_ie or p_ii by the kind of pair

    Args:
        shape: points along each axis.
        wavelength: in grid units, above 0 (``inf``: distance does not matter).
        inhibitory: share of inhibitory neurons, 0..1.
        p_ee, p_ei, p_ie, p_ii: C for each kind of pair, first letter the source, 0..1.

    The defaults are the constants of Maass, Natschlaeger and Markram, Neural Computation 14 (2002).

    Raises:
        InvalidValue: a field outside its range.

    Example:
        >>> import numpy as np
        >>> import neurolsm as nl
        >>> column = nl.Column(shape=(10, 10, 5), wavelength=2.5)
        >>> graph = column.draw(np.random.default_rng(1))
        >>> column.n, graph.position.shape, int(graph.inhibitory.sum())
        (500, (500, 3), 100)
        >>> round(column.expected_synapses), graph.pre.size
        (6718, 6631)
    """

    shape: tuple[int, int, int] = (15, 3, 3)
    wavelength: float = 2.0
    inhibitory: float = 0.2
    p_ee: float = 0.3
    p_ei: float = 0.2
    p_ie: float = 0.4
    p_ii: float = 0.1

    def __post_init__(self) -> None:
        checks.shape(self, "shape", (3,))
        checks.number(self, "wavelength", 0, open_low=True, unit="grid units")
        for field in ("inhibitory", "p_ee", "p_ei", "p_ie", "p_ii"):
            checks.probability(self, field)

    @property
    def n(self) -> int:
        return prod(self.shape)

    @property
    @np.errstate(under="ignore")
    def expected_synapses(self) -> float:
        along = 1.0  # the sum over all pairs of exp(-D^2 / wavelength^2) is a product over the axes
        for points in self.shape:
            offset = np.arange(1 - points, points)
            along *= ((points - abs(offset)) * np.exp(-((offset / self.wavelength) ** 2))).sum()
        e, i = 1 - self.inhibitory, self.inhibitory
        mean = e * e * self.p_ee + e * i * (self.p_ei + self.p_ie) + i * i * self.p_ii
        return float(mean * (along - self.n))

    @np.errstate(under="ignore")  # pairs far apart have the probability 0
    def draw(self, rng: np.random.Generator) -> Graph:
        position = np.stack(np.unravel_index(np.arange(self.n), self.shape), axis=1).astype(float)
        inhibitory = draw_inhibitory(self.n, self.inhibitory, rng)
        scale = np.array([[self.p_ee, self.p_ei], [self.p_ie, self.p_ii]])
        kind = inhibitory.astype(int)

        def probability(rows: slice) -> np.ndarray:
            distance2 = ((position[rows, None] - position[None]) ** 2).sum(-1)
            return scale[kind[rows, None], kind[None]] * np.exp(-distance2 / self.wavelength**2)

        pre, post = bernoulli_pairs(self.n, probability, rng)
        return Graph(inhibitory, pre, post, position=position)
