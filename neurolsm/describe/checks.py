"""Checks of single fields, so that each description states its ranges in one line apiece."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from neurolsm.errors import refuse


def number(
    owner: object,
    field: str,
    low: float,
    high: float = math.inf,
    *,
    open_low: bool = False,
    finite: bool = False,
    unit: str = "",
    remedy: str = "",
) -> None:
    """Refuse unless ``owner.field`` is a number in [low, high], or (low, high] with ``open_low``."""
    value = getattr(owner, field)
    name = type(owner).__name__
    ok = (
        isinstance(value, (int, float, np.integer, np.floating))
        and not isinstance(value, bool)
        and not math.isnan(value)
        and not (finite and math.isinf(value))
    )
    if not ok or not (low < value if open_low else low <= value) or value > high:
        bound = f"above {low:g}" if open_low else f"at least {low:g}"
        limit = (
            f"must be a {'finite ' if finite and high == math.inf else ''}number {bound}"
            + (f" and at most {high:g}" if high < math.inf else "")
            + (f" {unit}" if unit else "")
        )
        refuse(name, field, value, limit, remedy or "Choose a value in that range")


def probability(owner: object, field: str) -> None:
    number(owner, field, 0, 1, remedy="Give a probability")


def whole(owner: object, field: str, low: int, high: int = 2**31 - 1) -> None:
    """Refuse unless ``owner.field`` is a whole number in low..high."""
    value = getattr(owner, field)
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or not low <= value <= high:
        refuse(
            type(owner).__name__,
            field,
            value,
            f"must be a whole number in {low}..{high}",
            "Choose a value in that range",
        )


def one_of(owner: object, field: str, kinds: tuple[type, ...], remedy: str) -> None:
    """Refuse unless ``owner.field`` is an instance of one of the kinds."""
    value: Any = getattr(owner, field)
    if not isinstance(value, kinds):
        names = " or ".join(kind.__name__ for kind in kinds)
        refuse(type(owner).__name__, field, value, f"must be {names}", remedy)


def shape(owner: object, field: str, dimensions: tuple[int, ...]) -> None:
    """Refuse unless ``owner.field`` is a tuple of positive whole numbers with an allowed length."""
    value = getattr(owner, field)
    ok = (
        isinstance(value, tuple)
        and len(value) in dimensions
        and all(isinstance(k, (int, np.integer)) and not isinstance(k, bool) and k > 0 for k in value)
    )
    if not ok:
        allowed = " or ".join(map(str, dimensions))
        refuse(
            type(owner).__name__,
            field,
            value,
            f"must be a tuple of {allowed} positive whole numbers",
            "Such as (8, 8) or (10, 10, 10)",
        )
