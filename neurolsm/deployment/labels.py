"""The labels that a deployment knows: all of one kind, kept in the type in which they were given, in memory and in a file."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from neurolsm.errors import refuse

# Kinds of NumPy's types that an array of its own type holds, so that nothing is turned into anything else.
KINDS = {
    "b": "booleans", "i": "whole numbers", "u": "whole numbers", "f": "real numbers", "c": "complex numbers",
    "U": "strings", "S": "bytes", "M": "dates", "m": "spans of time",
}  # fmt: skip
PLAIN = {bool: "b", int: "i", float: "f", complex: "c", str: "U", bytes: "S"}
DATES: dict[type, str] = {
    datetime.date: "dates",
    datetime.datetime: "dates",
    datetime.timedelta: "spans of time",
}  # what NumPy's tolist makes of its own
KINDS_OF_TIME = ("dates", "spans of time")
NUMBERS = ("whole numbers", "real numbers", "complex numbers")  # compared by value: 1.0 is 1
LONGEST = 1024  # characters; every label of a batch takes the room of the longest
SHOWN = 10
REMEDY = "Declare strings or whole numbers, and keep a table of what they stand for"


def declared(labels: Any) -> NDArray[Any]:
    """Labels [K] in an array of their own type.

    Raises:
        InvalidValue: not a list of different labels, or of a kind that an array and a file would turn into something else:
            mixed kinds, None, tuples, enums, objects, NaN, texts beyond 1,024 characters.
    """
    found = _array(labels)
    if found.ndim != 1 or not found.size:
        _refuse(labels, "must be different labels, at least one, [K]", "Give a list with every label once")
    if found.dtype.kind in "fc" and found.dtype.itemsize > (8 if found.dtype.kind == "f" else 16):
        _refuse(labels, f"are {found.dtype}, which other machines do not have", "Give float64, or whole numbers")
    length = found.dtype.itemsize // (4 if found.dtype.kind == "U" else 1)
    if found.dtype.kind in "US" and length > LONGEST:
        _refuse(f"texts of up to {length:,} characters", f"the limit is {LONGEST:,}", REMEDY)
    if (found != found).any():
        _refuse(labels, "hold what does not equal itself", REMEDY)
    if np.unique(found).size != found.size:
        _refuse(labels, "must be different labels, at least one, [K]", "Give every label once")
    found.flags.writeable = False  # predictions hand it out
    return found


def grown(known: NDArray[Any], more: tuple[Any, ...]) -> NDArray[Any]:
    """``known`` and more labels, in the type of the known ones; texts may be longer.

    Raises:
        InvalidValue: a label of another kind, one that their type cannot hold, or one that is known.
    """
    if not more:
        return known
    new = _array(list(more))
    kind = known.dtype.kind
    if KINDS[new.dtype.kind] != KINDS[kind]:
        _refuse(
            list(more), f"are {KINDS[new.dtype.kind]} among {KINDS[kind]}", f"Declare {KINDS[kind]}, as the others are"
        )
    if kind in "US":
        width = max(known.dtype.itemsize, new.dtype.itemsize) // (4 if kind == "U" else 1)
        dtype = np.dtype(f"{known.dtype.byteorder}{kind}{width}")
    else:
        dtype = known.dtype
        if kind in "Mm":
            same = all(_key(label, dtype) is not None for label in new)
        else:
            with np.errstate(all="ignore"):
                cast = new.astype(dtype)
            same = cast.tolist() == new.tolist() if kind in "iu" else bool((cast == new).all())
        if not same:
            _refuse(list(more), f"do not fit {dtype}, the type of the others", "Deploy with labels of a wider type")
    return declared(np.concatenate([known.astype(dtype), new.astype(dtype)]).astype(dtype))


def places(y: Any, labels: NDArray[Any], samples: int) -> NDArray[np.int64]:
    """The place of each sample's label among the declared ``labels`` [B].

    Raises:
        InvalidValue: no labels, not one for each sample, one that was never declared or is of another kind.
    """
    if y is None:
        refuse("Deployment", "y", None, "labels are needed", "Give one per sample, or use adapt")
    given = y if isinstance(y, (list, tuple)) else np.asarray(y)
    shape = (len(given),) if isinstance(given, (list, tuple)) else given.shape
    if shape != (samples,):
        limit = f"must hold one label for each of the {samples} samples"
        refuse("Deployment", "y", shape, limit, "Give [B] labels")
    if np.ma.isMaskedArray(y) and np.ma.getmaskarray(y).any():
        refuse("Deployment", "y", "masked labels", "say nothing", "Leave those samples out")
    known = {_key(label, labels.dtype): k for k, label in enumerate(labels)}
    found = np.empty(samples, np.int64)
    for k, label in enumerate(given):
        place = known.get(_key(label, labels.dtype))
        if place is None:
            if _kind(label) is None:
                kinds = KINDS[labels.dtype.kind]
                refuse(
                    "Deployment",
                    "y",
                    label,
                    f"was never declared; it is a {type(label).__name__} among {kinds}",
                    "Give a label as it was declared",
                )
            dates = labels.dtype.kind in "Mm"  # as text: NumPy gives numbers for those that Python has no type for
            names = ", ".join(
                f"{one!r:.40}" for one in (labels[:SHOWN].astype(str) if dates else labels[:SHOWN]).tolist()
            )
            names += ", ..." if labels.size > SHOWN else ""
            refuse(
                "Deployment", "y", str(label) if _kind(label) in KINDS_OF_TIME else label, f"was never declared; known are {names}",
                "Call declare(label) first, if the readout has room",
            )  # fmt: skip
        found[k] = place
    return found


def _array(labels: Any) -> NDArray[Any]:
    """As an array of a kind that is known; refused where NumPy would turn a label into something else."""
    if np.ma.isMaskedArray(labels):
        _refuse("a masked array", "may hold labels that are none", "Give its values")
    if hasattr(labels, "__array__") and not isinstance(labels, (str, bytes)):
        found = np.asarray(labels)
        if found.dtype.kind in KINDS:
            return np.array(found)
        # "T" is NumPy's type of strings of any length, which no file holds
        labels = found.tolist() if found.dtype.kind in "OT" and found.ndim == 1 else found
    if not isinstance(labels, Sequence) or isinstance(labels, (str, bytes)):
        shown = labels if np.isscalar(labels) else type(labels).__name__
        _refuse(shown, "must be different labels, at least one, [K]", "Give a list with every label once")
    kinds: dict[str, Any] = {}
    for label in labels:
        kind = _kind(label)
        if kind is None or isinstance(label, (*DATES, np.ndarray)):
            _refuse(label, f"is a {type(label).__name__}, which neither an array nor a file keeps as it is", REMEDY)
        kinds.setdefault(kind, label)
    if len(kinds) > 1:
        (one, first), (other, second) = list(kinds.items())[:2]
        _refuse([first, second], f"mix {one} and {other}", "Give labels of one kind")
    found = np.array(labels)
    if found.dtype.kind == "f" and "whole numbers" in kinds and min(labels) >= 0:
        found = np.array(labels, np.uint64)  # NumPy makes reals of those beyond int64 together with smaller ones
    if labels and (
        found.dtype.kind not in KINDS
        or KINDS[found.dtype.kind] not in kinds
        or any(_key(a, found.dtype) != _key(b, found.dtype) for a, b in zip(found, labels, strict=True))
    ):
        _refuse(list(labels), "cannot be held by an array as they are", REMEDY)
    return found


def _kind(label: Any) -> str | None:
    """Of which kind a label is; None if of none that is known."""
    if np.ma.isMaskedArray(label):
        return None
    if isinstance(label, np.generic) or (isinstance(label, np.ndarray) and not label.ndim):
        return KINDS.get(label.dtype.kind)
    return DATES.get(type(label)) or KINDS.get(PLAIN.get(type(label), ""))


def _key(label: Any, dtype: np.dtype[Any]) -> Any:
    """Equal for equal labels of one kind alone: 1 and 1.0, but neither True nor "1". Dates are given in the unit of ``dtype``."""
    kind = _kind(label)
    if kind in KINDS_OF_TIME:
        return _time(label, dtype) if KINDS.get(dtype.kind) == kind else None
    value = label.item() if isinstance(label, (np.generic, np.ndarray)) else label
    return None if kind is None else ("numbers" if kind in NUMBERS else kind, value)


def _time(label: Any, dtype: np.dtype[Any]) -> Any:
    """A date or a span in the unit of ``dtype``; None if that cannot hold it."""
    if getattr(label, "tzinfo", None) is not None:
        return None
    given = np.asarray(label, dtype.kind)
    try:
        cast = given.astype(dtype)
        # There and back: far dates come to others in fine units, and NumPy compares them in those.
        same = cast == given and cast.astype(given.dtype) == given
    except (TypeError, OverflowError):  # months are no number of days; NumPy 2.5 tells of dates that are too far
        return None
    return (dtype.kind, int(cast.astype(np.int64))) if same else None


def _refuse(value: Any, limit: str, remedy: str) -> NoReturn:
    refuse("Deployment", "labels", value, limit, remedy)
