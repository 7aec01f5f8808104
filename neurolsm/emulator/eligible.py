"""Which rules are those of ``eligibility``, and where their products are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurolsm.program.plasticity import LAVA, TRACES, Plasticity, Product

READ = {"x0": ("y1", "y2", "y3"), "y0": ("x1", "x2"), "u": ("t",)}  # by the products of the tag, in their order
LEAST, MOST = -256, 255  # tags


def eligible(rule: Plasticity) -> NDArray[np.int64]:
    """The products of the tag that wait for the source, for the target, and for no spike, -1 for none, and the y trace that is the third
    factor of the weight; nothing where the rule is another."""
    payment, third = rule.dw[:1], {f.variable for p in rule.dw for f in p.factors} & set(rule.third)
    pays = (
        len(rule.dw) == 1
        and len(third) == 1
        and payment[0].dependency == "u"
        and sorted(f.variable for f in payment[0].factors) == ["t", *third]
        and not any(f.constant or f.sign for f in payment[0].factors)
    )
    order = [p.dependency for p in rule.dt]
    if not pays or rule.stream != LAVA or rule.t_epoch != 1 or rule.dd or order != [d for d in READ if d in order]:
        return np.zeros(0, np.int64)
    if not order or not all(_reads(p, rule) and (p.dependency != "u" or _fades(p)) for p in rule.dt):
        return np.zeros(0, np.int64)
    products = [1 + order.index(d) if d in order else -1 for d in READ]
    return np.array([*products, TRACES.index(min(third)) - TRACES.index("y1")], np.int64)


def _reads(p: Product, rule: Plasticity) -> bool:
    """Whether the product has one factor, and of those that it should read."""
    names = set(READ[p.dependency]) - set(rule.third)
    return len(p.factors) == 1 and p.factors[0].variable in names and not p.factors[0].sign


def _fades(p: Product) -> bool:
    """Whether 16 bits hold what the product adds to each tag and all on the way there, and nothing is clipped."""
    tag = np.arange(LEAST, MOST + 1)
    wide = tag * (p.mantissa << p.shift_left)
    value = wide >> p.shift_right
    after = 128 * tag + value
    narrow = abs(wide).max() < 1 << 15 and abs(value).max() < (1 << 15) - 128 and p.shift_right < 16
    return bool(not p.factors[0].constant and narrow and after.min() >= 128 * LEAST and after.max() <= 128 * MOST)
