"""What the arrays of ``Spikes`` must be before compiled code trusts them; looked at once, for afterwards nobody can change them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.errors import refuse
from neurolsm.memory import require
from neurolsm.program.sealed import own

if TYPE_CHECKING:
    from neurolsm.program.spikes import Spikes

MOST_UNITS = (1 << 31) - 1  # units are int32
MOST_ROWS = 1 << 48
INT64, INT32 = np.dtype(np.int64), np.dtype(np.int32)
BUILD = "Build them with Spikes.from_dense, from_list or from_events"


def checked(spikes: Spikes) -> None:
    """Check all arrays and keep copies that nobody can change.

    Raises:
        InvalidValue: the first array that is wrong.
    """
    units, merged = (number(name, getattr(spikes, name, None)) for name in ("units", "merged"))
    if units > MOST_UNITS:
        refuse("Spikes", "units", units, f"must be at most {MOST_UNITS}", BUILD)
    steps, indptr, unit = (
        own(whole("Spikes", name, getattr(spikes, name, None), dtype, BUILD))
        for name, dtype in (("steps", np.int64), ("indptr", np.int64), ("unit", np.int32))
    )
    _rows(steps, indptr, unit)
    _units(indptr, unit, units)
    keep(spikes, steps, indptr, unit, units, merged)


def keep(spikes: Spikes, steps: Any, indptr: Any, unit: Any, units: int, merged: int) -> None:
    """Set all fields to what was checked; ``intact`` knows them again."""
    own_fields = {"steps": steps, "indptr": indptr, "unit": unit, "units": units, "merged": merged}
    spikes.__dict__.update(own_fields, _kept=(steps, indptr, unit, units))


def intact(spikes: Spikes) -> bool:
    """Whether all fields are what was checked."""
    kept = spikes.__dict__.get("_kept")
    return (
        kept is not None
        and kept[0] is spikes.steps
        and kept[1] is spikes.indptr
        and kept[2] is spikes.unit
        and kept[3] is spikes.units
        and _plain(kept[0], INT64)
        and _plain(kept[1], INT64)
        and _plain(kept[2], INT32)
    )


def _plain(array: NDArray[Any], dtype: Any) -> bool:
    return array.dtype == dtype and array.ndim == 1 and array.flags.c_contiguous


def number(field: str, value: Any) -> int:
    """A whole number that is not negative, as int."""
    if not isinstance(value, (int, np.integer)) or isinstance(value, (bool, np.timedelta64)) or value < 0:
        refuse("Spikes", field, value, "must be a whole number, at least 0", BUILD)
    return int(value)


def whole(owner: str, field: str, values: Any, dtype: Any, remedy: str, ndim: int = 1) -> NDArray[Any]:
    """Whole numbers with ``ndim`` axes as ``dtype``, none of them changed by that."""
    if isinstance(values, np.ma.MaskedArray):
        refuse(owner, field, "a masked array", "must be plain numbers", remedy)
    try:
        array = np.asarray(values)
    except (ValueError, TypeError, OverflowError):  # rows of different lengths, numbers beyond 64 bits
        array = np.zeros(0, object)
    if array.dtype.kind not in "iu" and not (array.dtype.kind == "f" and array.ndim == ndim and not array.size):
        refuse(owner, field, values, "must be whole numbers", remedy)
    if array.ndim != ndim:
        refuse(owner, field, array.shape, f"must have {ndim} {'axis' if ndim == 1 else 'axes'}", remedy)
    limits = np.iinfo(dtype)
    if array.dtype != dtype and array.size and (array.min() < limits.min or array.max() > limits.max):
        wrong = array.min() if array.min() < limits.min else array.max()
        refuse(owner, field, wrong, f"must lie in {limits.min}..{limits.max}", remedy)
    return array.astype(dtype, copy=False)


def _rows(steps: NDArray[np.int64], indptr: NDArray[np.int64], unit: NDArray[np.int32]) -> None:
    if steps.size and steps.min() < 0:
        refuse("Spikes", "steps", steps.min(), "must not be negative", BUILD)
    rows = int(steps.sum()) if float(steps.sum(dtype=np.float64)) < MOST_ROWS else MOST_ROWS
    if indptr.size != rows + 1:
        refuse("Spikes", "steps", rows, f"steps in all samples; indptr has {indptr.size - 1} rows", BUILD)
    if indptr[0] != 0 or indptr[-1] != unit.size:
        ends = (int(indptr[0]), int(indptr[-1]))
        refuse("Spikes", "indptr", ends, f"must begin with 0 and end with {unit.size}, the number of spikes", BUILD)
    if (indptr[1:] < indptr[:-1]).any():
        row = int(np.flatnonzero(indptr[1:] < indptr[:-1])[0])
        refuse("Spikes", f"indptr[{row + 1}]", indptr[row + 1], f"is below {indptr[row]}, the one before", BUILD)


def _units(indptr: NDArray[np.int64], unit: NDArray[np.int32], units: int) -> None:
    if not unit.size:
        return
    low, high = int(unit.min()), int(unit.max())
    if low < 0 or high >= units:
        limit = f"must lie in 0..{units - 1}" if units else "there is no unit"
        refuse("Spikes", "unit", low if low < 0 else high, limit, "Check the number of input channels")
    rises = unit[1:] > unit[:-1]
    borders = indptr[1:-1]  # where the next row begins, the unit may be any
    rises[borders[(borders > 0) & (borders < unit.size)] - 1] = True
    if not rises.all():
        at = int(np.flatnonzero(~rises)[0]) + 1
        refuse(
            "Spikes",
            f"unit[{at}]",
            unit[at],
            f"comes after {unit[at - 1]}: units ascend within a step, each once",
            BUILD,
        )


def room(steps: NDArray[np.int64], units: int) -> None:
    """Refuse samples so long that their rows alone would not fit, or could not be numbered."""
    rows = float(steps.sum(dtype=np.float64))
    if rows >= MOST_ROWS or rows * max(units, 1) >= 2.0**62:
        refuse("Spikes", "steps", rows, f"steps of {units} units are too many", "Give fewer or shorter samples")
    require("Spikes", "steps", f"{rows:,.0f}", 24 * rows, "Give fewer or shorter samples")
