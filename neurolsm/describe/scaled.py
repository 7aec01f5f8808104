"""The same description with its weights multiplied: of the inputs by one factor, within the liquid by another."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.describe.explicit import Explicit
from neurolsm.describe.laws import Constant, Each, Gamma, Lognormal, Pairs, Uniform, draw_law
from neurolsm.describe.lsm import Liquid, LiquidLike, every_liquid
from neurolsm.errors import refuse


@dataclass(frozen=True)
class Scaled:
    """What a law draws, times a factor.

    Args:
        law: an own law.
        factor: above 0.
    """

    law: Any
    factor: float

    def draw(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        return self.factor * draw_law(self.law, rng, size)


def scaled(law: Any, factor: float) -> Any:
    """A law, a number or one law for each kind of pair, times ``factor``."""
    if isinstance(law, Pairs):
        return Pairs(**{f.name: scaled(getattr(law, f.name), factor) for f in fields(Pairs)})
    if isinstance(law, (Gamma, Lognormal)):
        return replace(law, mean=factor * law.mean)
    if isinstance(law, Uniform):
        return Uniform(factor * law.low, factor * law.high)
    if isinstance(law, Constant):
        return Constant(factor * law.value)
    if isinstance(law, Each):
        return Each(factor * law.values)
    if isinstance(law, Scaled):
        return Scaled(law.law, factor * law.factor)
    return Scaled(law, factor) if hasattr(law, "draw") else factor * law


def with_gains(liquid: LiquidLike, inputs: float, recurrent: float) -> LiquidLike:
    """The liquid, or every liquid of several, with its input and its recurrent weights multiplied.

    Raises:
        InvalidValue: an own input map without a field ``weight``, or a topology that brings its weights.
    """
    return every_liquid(liquid, lambda one: _with_gains(one, inputs, recurrent))


def _with_gains(liquid: Liquid, inputs: float, recurrent: float) -> Liquid:
    if not any(f.name == "weight" for f in fields(liquid.input)):  # type: ignore[arg-type]
        name = type(liquid.input).__name__
        refuse("Liquid", "input", name, "has no field weight that could be scaled", "Give it one, or tune by hand")
    if isinstance(liquid.topology, Explicit) and recurrent != 1:
        refuse("Liquid", "topology", "Explicit", "brings its own weights, which nothing scales", "Tune it by hand")
    weight = scaled(liquid.input.weight, inputs)  # type: ignore[attr-defined]
    given = replace(liquid.input, weight=weight)  # type: ignore[type-var]
    return replace(liquid, input=given, weights=scaled(liquid.weights, recurrent))
