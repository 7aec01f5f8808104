"""Arrays that users give: read as what they are, or refused by name, whatever library or type they come from.

Values behind a mask are never read; tables (pandas, polars) are read by rows and columns and not by the names of their
columns; what holds words, dates, complex numbers or objects is no array of numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.errors import refuse

REGULAR = "Give samples of different length as a list of arrays [T, N]"


def take(owner: str, field: str, x: Any, remedy: str = REGULAR) -> NDArray[Any]:
    """``x`` as an array of whatever type it has, with nothing hidden behind a mask."""
    x = unwrapped(owner, field, x)
    try:
        return np.asarray(x)
    except (
        ValueError,
        TypeError,
        OverflowError,
        RuntimeError,
    ):  # rows of different lengths; a tensor on another device
        refuse(owner, field, type(x).__name__, "must be an array of numbers, a regular one", remedy)


def real(owner: str, field: str, x: Any, remedy: str = REGULAR) -> NDArray[np.float64]:
    """Finite real numbers (or truth values, as 0 and 1) as float64."""
    array = take(owner, field, x, remedy)
    if array.dtype.kind not in "biuf":
        refuse(owner, field, str(array.dtype), "must hold real numbers", "Convert it to numbers first")
    with np.errstate(over="ignore"):  # longer floats may hold more; that is infinity here, and refused
        values = array.astype(np.float64)
    if array.dtype.kind == "f" and not np.isfinite(values).all():
        refuse(owner, field, "NaN or infinity", "must be finite", "Remove or replace the missing values first")
    return values


def whole(owner: str, field: str, x: Any, remedy: str) -> NDArray[np.int64]:
    """Whole numbers of any integer or floating type as int64; they are looked at before they are converted."""
    array = take(owner, field, x)
    kind = array.dtype.kind
    if kind not in "iuf" and array.size:
        refuse(owner, field, str(array.dtype), "must be whole numbers", remedy)
    if kind == "f":
        bad = ~np.isfinite(array) | (array != np.floor(array))
        if bad.any():
            refuse(owner, field, array[bad].flat[0], "must be finite and a whole number", remedy)
    if array.size and kind in "uf" and not (-(2**63) <= int(array.min()) and int(array.max()) < 2**63):
        refuse(owner, field, array.max(), "does not fit into 64 bits", remedy)
    return array.astype(np.int64)


def samples_of(owner: str, field: str, x: Any, what: str) -> Iterator[Any]:
    """The samples of a batch one after the other; refused where ``x`` has none to give."""
    try:
        return iter(x)
    except TypeError:  # None, a number, an array without axes
        refuse(owner, field, x, f"must be {what}", "Give a list of them, also for one")


def is_table(x: Any) -> bool:
    """Whether ``x`` is a table or a column of one, of pandas or polars, whose iteration would give names instead of rows."""
    return callable(getattr(x, "to_numpy", None)) and not isinstance(x, type)


def unwrapped(owner: str, field: str, x: Any) -> Any:
    """``x`` without masks and tables, also where a list holds them."""
    if is_table(x):
        x = x.to_numpy()
    if isinstance(x, np.ma.MaskedArray):
        if _hides(x):
            refuse(owner, field, "a masked array", "hides some of its values behind a mask", "Fill or drop them first")
        return x.data
    if isinstance(x, (list, tuple)):
        kinds = set(map(type, x))
        if any(issubclass(kind, (list, tuple, np.ma.MaskedArray)) or hasattr(kind, "to_numpy") for kind in kinds):
            return [unwrapped(owner, f"{field}[{k}]", one) for k, one in enumerate(x)]
    return x


def _hides(x: np.ma.MaskedArray[Any, Any]) -> bool:
    mask = np.ma.getmaskarray(x)
    return any(mask[name].any() for name in mask.dtype.names) if mask.dtype.names else bool(mask.any())
