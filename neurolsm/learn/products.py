"""From a rate in weight units to a product that the engine has."""

from __future__ import annotations

import math
from dataclasses import replace

from neurolsm.describe import checks
from neurolsm.errors import refuse
from neurolsm.learn.language import EXPONENT_LOW, MANTISSA_HIGH, MANTISSA_LOW, say_rounded, scaled
from neurolsm.program.plasticity import LAVA, SYNAPSE, Factor, Product


def product(dependency: str, rate: float, *factors: str | Factor) -> Product:
    """``rate * dependency * factors``, in weight units; the engine's shift of wide products is made up for.

    A product of more than 15 bits is cut downward, to a multiple of 2^exponent weight steps: it is less than the formula's by half of
    that in the mean, whatever its sign. See ``finest``.

    Raises:
        InvalidValue: a rate too small or too large for a 4-bit mantissa and an exponent of -7..8.
    Warns:
        RuleRounded: the nearest rate was taken.
    """
    found = nearest(dependency, rate, *factors)
    say_rounded("the rate", rate, rate_of(found))
    return found


def rate_of(p: Product) -> float:
    """The rate of a product in weight units, the inverse of ``nearest``."""
    return float(p.mantissa * 2.0 ** (p.exponent - p.shift_right))


def finest(p: Product) -> Product:
    """The same product with the largest mantissa, so that as little as possible is lost where the engine cuts it."""
    mantissa, exponent = p.mantissa, p.exponent
    while MANTISSA_LOW <= 2 * mantissa <= MANTISSA_HIGH and exponent > EXPONENT_LOW:
        mantissa, exponent = 2 * mantissa, exponent - 1
    return replace(p, mantissa=mantissa, exponent=exponent)


def nearest(dependency: str, rate: float, *factors: str | Factor) -> Product:
    """As ``product``, without a word about the rounding of the rate."""
    parts = tuple(Factor(f) if isinstance(f, str) else f for f in factors)
    shift = Product(dependency, 1, 0, parts).shift_right
    mantissa, exponent = scaled(rate * 2.0**shift)
    used = mantissa * 2.0 ** (exponent - shift)
    if mantissa == 0 or abs(used - rate) > abs(rate) / 2:
        lowest, highest = 2.0 ** (EXPONENT_LOW - shift), MANTISSA_HIGH * 2.0 ** (8 - shift)
        names = " ".join(f.variable for f in parts)
        refuse("Product", f"rate ({dependency} {names})", rate, f"the engine has {lowest:.3g} to {highest:.3g}",
               "Change the learning rate, or the impulse of the trace")  # fmt: skip
    return Product(dependency, mantissa, exponent, parts)


def steps(tau: float, dt: float) -> float:
    """A time constant in steps; ``inf`` stays."""
    return tau / dt if math.isfinite(tau) else math.inf


def check_stream(owner: object) -> None:
    """Refuse a seed or stream that the engine does not have."""
    checks.whole(owner, "seed", 0, 2**31 - 1)
    remedy = "'lava' draws one number per step for all synapses, 'synapse' one for each"
    checks.word(owner, "stream", (LAVA, SYNAPSE), remedy)
