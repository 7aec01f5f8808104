"""Checks of single fields, so that each description states its ranges in one line apiece.

What passes is stored as the plain Python number that it is: a NumPy scalar of a narrow type would overflow in the first
product, and equal descriptions would not look equal. -0.0 becomes 0.0. A number is never taken for a truth value, nor a
truth value for a number.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from neurolsm.arrays import take
from neurolsm.errors import refuse
from neurolsm.random import check_seed


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
    """Refuse unless ``owner.field`` is a number in [low, high], or (low, high] with ``open_low``; store it as a float."""
    name, given = type(owner).__name__, getattr(owner, field)
    _store(
        owner, field, real(name, field, given, low, high, open_low=open_low, finite=finite, unit=unit, remedy=remedy)
    )


def real(
    owner: str,
    field: str,
    given: Any,
    low: float,
    high: float = math.inf,
    *,
    open_low: bool = False,
    finite: bool = False,
    unit: str = "",
    remedy: str = "",
) -> float:
    """The float that ``given`` is; refused by the name of owner and field unless it lies in [low, high] or (low, high]."""
    value = _float(given)
    if (
        value is None
        or math.isnan(value)
        or (finite and math.isinf(value))
        or not (low < value if open_low else low <= value)
        or value > high
    ):
        bound = f"above {low:g}" if open_low else f"at least {low:g}"
        limit = (
            f"must be a {'finite ' if finite and high == math.inf else ''}number {bound}"
            + (f" and at most {high:g}" if high < math.inf else "")
            + (f" {unit}" if unit else "")
        )
        refuse(owner, field, given, limit, remedy or "Choose a value in that range")
    return value


def argument(owner: str, field: str, given: Any, low: float, high: float, remedy: str, *, whole: bool = False) -> Any:
    """The plain number, or whole number, that a call was given; refused unless it lies in low..high."""
    value = plain(given)
    if not isinstance(value, int if whole else (int, float)) or isinstance(value, bool) or not low <= value <= high:
        kind = "whole number" if whole else "number"
        refuse(owner, field, given, f"must be a {kind} in {low:g}..{high:g}", remedy)
    return value


def probability(owner: object, field: str) -> None:
    number(owner, field, 0, 1, remedy="Give a probability")


def whole(owner: object, field: str, low: int, high: int = 2**31 - 1) -> None:
    """Refuse unless ``owner.field`` is a whole number in low..high; store it as an int."""
    value = plain(getattr(owner, field))
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        limit = f"must be a whole number in {low}..{high}"
        refuse(type(owner).__name__, field, getattr(owner, field), limit, "Choose a value in that range")
    _store(owner, field, int(value))


def seed(owner: object, field: str = "seed") -> None:
    """Refuse unless ``owner.field`` can seed the named streams."""
    value = plain(getattr(owner, field))
    check_seed(type(owner).__name__, value)
    _store(owner, field, int(value))


def truth(owner: object, field: str) -> None:
    """Refuse unless ``owner.field`` is True or False."""
    value = plain(getattr(owner, field))
    if not isinstance(value, bool):
        refuse(type(owner).__name__, field, getattr(owner, field), "must be True or False", "Give one of the two")
    _store(owner, field, value)


def word(owner: object, field: str, choices: tuple[str, ...], remedy: str = "Choose one of them") -> None:
    """Refuse unless ``owner.field`` is one of a few words."""
    value = plain(getattr(owner, field))
    if not isinstance(value, str) or value not in choices:
        refuse(type(owner).__name__, field, getattr(owner, field), f"must be among {choices}", remedy)
    _store(owner, field, str(value))


def words(owner: object, field: str, choices: tuple[str, ...], remedy: str) -> None:
    """Refuse unless ``owner.field`` is a tuple of words that are among the choices."""
    value = getattr(owner, field)
    if not isinstance(value, tuple):
        refuse(type(owner).__name__, field, value, f"must be a tuple of some of {choices}", remedy)
    for one in value:
        if not isinstance(one, str) or one not in choices:
            refuse(type(owner).__name__, field, one, f"must be among {', '.join(choices)}", remedy)
    _store(owner, field, tuple(str(one) for one in value))


def one_of(owner: object, field: str, kinds: tuple[type, ...], remedy: str) -> None:
    """Refuse unless ``owner.field`` is an instance of one of the kinds."""
    value: Any = getattr(owner, field)
    if not isinstance(value, kinds):
        names = " or ".join(kind.__name__ for kind in kinds)
        refuse(type(owner).__name__, field, value, f"must be {names}", remedy)


def shape(owner: object, field: str, dimensions: tuple[int, ...]) -> None:
    """Refuse unless ``owner.field`` is a tuple of positive whole numbers with an allowed length; store it as ints."""
    given = getattr(owner, field)
    points = tuple(map(plain, given)) if isinstance(given, tuple) else ()
    ok = len(points) in dimensions and all(type(k) is int and 0 < k < 2**31 for k in points)
    if not ok:
        allowed = " or ".join(map(str, dimensions))
        refuse(
            type(owner).__name__,
            field,
            given,
            f"must be a tuple of {allowed} positive whole numbers",
            "Such as (8, 8) or (10, 10, 10)",
        )
    _store(owner, field, tuple(int(k) for k in points))


def one_or_each(owner: object, field: str, limit: str, remedy: str, *, above_zero: bool = False) -> None:
    """Refuse unless ``owner.field`` is a finite number, or an array or sequence of one for each value.

    Stored as a float or a tuple of floats, so that the owner stays comparable.
    """
    given = getattr(owner, field)
    name = type(owner).__name__
    array = take(name, field, given)
    truths = isinstance(given, (tuple, list)) and any(isinstance(one, (bool, np.bool_)) for one in given)
    ok = array.dtype.kind in "iuf" and array.ndim <= 1 and array.size > 0 and not truths
    if ok:
        array = array.astype(np.float64) + 0.0
    if not ok or not np.isfinite(array).all() or (above_zero and not (array > 0).all()):
        refuse(name, field, given, limit, remedy)
    _store(owner, field, float(array) if array.ndim == 0 else tuple(array.tolist()))


def plain(value: Any) -> Any:
    """The Python number, truth value or word behind a NumPy scalar or an array without axes; anything else as it is."""
    if isinstance(value, np.ndarray) and value.ndim == 0 and not np.ma.is_masked(value):
        value = value[()]
    if isinstance(value, np.integer) and not isinstance(value, np.timedelta64):  # NumPy counts durations as integers
        return int(value)
    if isinstance(value, np.floating):
        return float(value)
    return bool(value) if isinstance(value, np.bool_) else value


def _float(given: Any) -> float | None:
    value = plain(given)
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return None
    try:
        return float(value) + 0.0  # -0.0 is 0.0
    except OverflowError:  # a whole number beyond 1e308
        return None


def _store(owner: object, field: str, value: Any) -> None:
    object.__setattr__(owner, field, value)
