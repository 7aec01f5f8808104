"""Arrays that nobody can change any more, so that what was checked once stays checked.

NumPy lets whoever owns an array make it writable again, and pickling forgets that it was not. A sealed array is a view of memory
that only its seal holds: ``setflags(write=True)`` is refused, on the array and on every view of it.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

A = TypeVar("A", bound=np.generic)


class _Held(np.ndarray[Any, Any]):
    """The memory of a sealed array, which is a view of a buffer of it that may not be written."""


PLAIN = (np.ndarray, np.memmap)  # arrays that are what they hold; joblib maps those of a model into memory


def is_sealed(array: Any) -> bool:
    """Whether ``array`` is sealed, or a part of a sealed array; such parts lie in C order, one piece, or are not."""
    if type(array) is not np.ndarray or array.flags.writeable or not array.flags.c_contiguous:
        return False
    base = array.base
    if type(base) is np.ndarray:
        base = base.base
    return type(base) is memoryview and type(base.obj) is _Held


def seal(array: NDArray[A]) -> NDArray[A]:
    """The same memory, sealed. Only for arrays that nobody else holds: whoever does could still write."""
    return array if is_sealed(array) else _sealed(np.ascontiguousarray(array) if array.ndim else array)


def own(array: NDArray[A]) -> NDArray[A]:
    """A sealed copy; the array itself if it is sealed already."""
    return array if is_sealed(array) else _sealed(np.array(array, order="C", copy=True, subok=False))


def _sealed(array: NDArray[A]) -> NDArray[A]:
    found = np.frombuffer(array.view(_Held).data.toreadonly(), array.dtype)
    return found if array.ndim == 1 else found.reshape(array.shape)
