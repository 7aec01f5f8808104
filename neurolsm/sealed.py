"""Arrays that nobody can change any more, so that what was checked once stays checked.

NumPy lets whoever owns an array make it writable again, and pickling forgets that it was not. A sealed array is a view of memory
that only its seal holds: ``setflags(write=True)`` is refused, on the array and on every view of it.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

A = TypeVar("A", bound=np.generic)


class _Seal:
    """Holds the memory of a sealed array; NumPy asks it where that is, and sees that it may not be written."""

    __slots__ = ("__array_interface__", "_held")

    def __init__(self, array: NDArray[Any]) -> None:
        self._held = array
        self.__array_interface__ = {
            "version": 3, "shape": array.shape, "typestr": array.dtype.str, "data": (array.__array_interface__["data"][0], True),
        }  # fmt: skip


def is_sealed(array: Any) -> bool:
    """Whether ``array`` is sealed, or a part of a sealed array; such parts lie in C order, one piece, or are not."""
    if type(array) is not np.ndarray or array.flags.writeable or not array.flags.c_contiguous:
        return False
    base = array.base
    return type(base) is _Seal or (type(base) is np.ndarray and type(base.base) is _Seal)


def seal(array: NDArray[A]) -> NDArray[A]:
    """The same memory, sealed. Only for arrays that nobody else holds: whoever does could still write."""
    return array if is_sealed(array) else np.asarray(_Seal(np.ascontiguousarray(array)))


def own(array: NDArray[A]) -> NDArray[A]:
    """A sealed copy; the array itself if it is sealed already."""
    return array if is_sealed(array) else np.asarray(_Seal(np.array(array, order="C", copy=True, subok=False)))
