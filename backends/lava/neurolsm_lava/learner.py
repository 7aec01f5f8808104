"""Learning of one projection in vectorised NumPy, on the synapses that can change and on no others.

    acc <- 128 w;  acc <- clip(acc + m) for each product m;  w <- acc / 128, rounded at random, on the range of the sign

A product is 0 where its dependency did not fire or where a factor without constant is 0. So an epoch visits the synapses
of the sources and targets that can matter, found from the traces, and the others keep their values. One value does not
keep itself: a tag of -257 lies below the accumulator, so it is clipped, and perhaps rounded up, in every epoch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.program import INPUT, Projection
from neurolsm.program.decay import ACC_HIGH, ACC_LOW, TAG_RANGES, WEIGHT_RANGE
from neurolsm.program.plasticity import LAVA, TRACES, WIDTHS, Factor, Product
from neurolsm.program.state import PlasticState
from neurolsm.program.streams import mix, round_up_at
from neurolsm_lava.incidence import Incidence
from neurolsm_lava.traces import Traces

Ints = NDArray[Any]
TAG_LOWEST = TAG_RANGES["t"][0]
NOTHING = np.zeros(0, np.int64)


@dataclass(frozen=True, eq=False)
class Series:
    """The products that change one variable, and its range."""

    products: tuple[Product, ...]
    values: NDArray[np.int16]
    low: int
    high: int


@dataclass(frozen=True, eq=False)
class Epoch:
    """What the products of an epoch read.

    Attributes:
        clock: its last step.
        traces: their values after 0 .. t_epoch of its steps, [t_epoch + 1, units].
        u: whether products of ``u`` act in it.
        up: the accumulator modulo 128 at which a synapse rounds up, one for all; None: each has a number of its own.
    """

    clock: int
    traces: dict[str, Ints]
    u: bool
    up: Any


class Learner:
    """A plastic projection that learns.

    Attributes:
        state: what it has learned, changed in place.
        from_input: whether its sources are the input channels.
    """

    def __init__(self, projection: Projection, n: int, state: PlasticState) -> None:
        assert projection.plasticity is not None
        self.rule, self.state, self.from_input = projection.plasticity, state, projection.source == INPUT
        self._traces = Traces(self.rule, state)
        self._last = self._traces.last
        self._sides = {"x": Incidence(projection.pre, projection.indptr.size - 1), "y": Incidence(projection.post, n)}
        self._touched = np.zeros(projection.size, bool)
        self._index = np.arange(projection.size, dtype=np.uint32) * np.uint32(8)
        self._series = [
            Series(products, values, *limits)
            for products, values, limits in (
                (self.rule.dw, state.weight, WEIGHT_RANGE[projection.sign_mode]),
                (self.rule.dt, state.tag1, TAG_RANGES["t"]),
                (self.rule.dd, state.tag2, TAG_RANGES["d"]),
            )
            if products
        ]

    def begin(self, clock: int, steps: int) -> None:
        """Draw the random numbers of the steps clock + 1 .. clock + steps."""
        self._traces.begin(clock, steps)
        self._start = clock + 1
        self._lowest = np.flatnonzero(self.state.tag1 == TAG_LOWEST)
        if self.rule.stream == LAVA:
            self._up = round_up_at(self.rule, clock, steps)

    def forget(self) -> None:
        """A new sample begins."""
        self._traces.forget()

    def step(self, clock: int, pre: Ints, post: Ints, third: dict[str, Ints] | None) -> Ints:
        """Advance by the step ``clock`` (1-based).

        Args:
            clock: number of the learning step.
            pre, post: the sources and the targets that fired.
            third: y traces that are set from outside, [n] each; None for zeros.

        Returns:
            The synapses whose weight may have changed.
        """
        rule = self.rule
        self._traces.note("x", pre, clock)
        self._traces.note("y", post, clock)
        self._traces.set(third)
        if clock % rule.t_epoch:
            return NOTHING
        u = (clock // rule.t_epoch) % (1 << rule.decimate) == 0
        up = self._up[clock - self._start] if rule.stream == LAVA else None
        changed = self._apply(Epoch(clock, self._traces.epoch(clock), u, up))
        self._traces.end_epoch()
        return changed

    def _apply(self, epoch: Epoch) -> Ints:
        """Work out every series on the values of before, then store; returns the synapses of ``dw``."""
        updates = []
        for series in self._series:
            sites = self._sites(series, epoch)
            if sites.size:
                updates.append((series, sites, self._updated(series, sites, epoch)))
        for series, sites, new in updates:
            series.values[sites] = new
            if series.values is self.state.tag1:
                self._lowest = sites[new == TAG_LOWEST]
        return next((sites for series, sites, _ in updates if series.values is self.state.weight), NOTHING)

    def _sites(self, series: Series, epoch: Epoch) -> Ints:
        """The synapses that a series may change."""
        self._touched[:] = False
        for product in series.products:
            if product.dependency != "u" or epoch.u:
                self._touch(product, epoch)
        if series.values is self.state.tag1:
            self._touched[self._lowest] = True
        return np.flatnonzero(self._touched)

    def _touch(self, product: Product, epoch: Epoch) -> None:
        """Mark the synapses where a product may differ from 0, by the side that leaves fewer."""
        names = [product.dependency, *(f.variable for f in product.factors if not f.constant)]
        found = []
        for side, incidence in self._sides.items():
            alive = [self._alive(name, epoch) for name in names if name[0] == side]
            if alive:
                units = np.flatnonzero(np.logical_and.reduce(alive))
                found.append((incidence.count(units), side, units))
        if not found:
            self._touched[:] = True
            return
        _, side, units = min(found, key=lambda entry: entry[0])
        self._touched[self._sides[side].of(units)] = True

    def _alive(self, name: str, epoch: Epoch) -> NDArray[np.bool_]:
        """The units where a variable differs from 0 at any time of the epoch that a product may read."""
        if name in ("x0", "y0"):
            return self._last[name[0]] > 0
        return np.logical_or.reduce(epoch.traces[name][1:])

    def _updated(self, series: Series, sites: Ints, epoch: Epoch) -> Ints:
        acc = series.values[sites].astype(np.int64) << 7
        for product in series.products:
            if product.dependency != "u" or epoch.u:
                acc += self._product(product, sites, epoch)
            np.clip(acc, ACC_LOW, ACC_HIGH, out=acc)
        up = epoch.up
        if up is None:
            up = (mix(self.rule.seed, epoch.clock, self._index[sites]) >> np.uint32(25)).astype(np.int64) + 1
        return np.clip((acc >> 7) + ((acc & 127) >= up), series.low, series.high)

    def _product(self, product: Product, sites: Ints, epoch: Epoch) -> Ints:
        value = np.full(sites.size, product.mantissa, np.int64)
        if product.dependency != "u":
            value *= self._fired(product.dependency, sites)
        for factor in product.factors:
            value *= self._factor(factor, product.dependency, sites, epoch)
        return np.clip((value >> product.shift_right) << product.shift_left, ACC_LOW, ACC_HIGH)

    def _factor(self, factor: Factor, dependency: str, sites: Ints, epoch: Epoch) -> Any:
        name, bits = factor.variable, WIDTHS[factor.variable]
        value: Any = 0
        if name in ("x0", "y0"):
            value = self._fired(name, sites).astype(np.int64)
        elif name in TRACES:
            value = self._trace(name, dependency, sites, epoch)
        elif name != "c":
            values = {"w": self.state.weight, "t": self.state.tag1, "d": self.state.tag2}[name]
            value = values[sites].astype(np.int64)
        if factor.constant:
            value = np.clip(value + factor.constant, -(1 << bits), (1 << bits) - 1)
        return np.sign(value) if factor.sign else value

    def _fired(self, name: str, sites: Ints) -> NDArray[np.bool_]:
        return self._last[name[0]][self._sides[name[0]].unit[sites]] > 0

    def _trace(self, name: str, dependency: str, sites: Ints, epoch: Epoch) -> Ints:
        """A trace at the time of the spike that the product depends on; at the end of the epoch for ``u``."""
        values, unit = epoch.traces[name], self._sides[name[0]].unit[sites]
        if dependency == "u" or self.rule.t_epoch == 1:
            return values[-1][unit]
        side = dependency[0]
        return values[self._last[side][self._sides[side].unit[sites]], unit]
