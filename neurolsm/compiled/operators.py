"""What Numba found an operator to be for these types, kept while kernels are compiled.

Numba asks one after the other who has ever given an operator a meaning, whenever it meets one: sixteen say no to the element of an array
before one says yes, and a kernel has a thousand of them.
"""

# mypy: ignore-errors
from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from weakref import WeakKeyDictionary

from numba.core.types.functions import BaseFunction

_found = WeakKeyDictionary()
_lock, _depth = threading.Lock(), 0
_asked = BaseFunction.get_call_type


def _remembered(self, context, args, kws):
    """``get_call_type``, asked once for the same types. What is compiled for them depends on the flags of the caller, and is not kept."""
    if kws:
        return _asked(self, context, args, kws)
    known = _found.setdefault(self, {})
    key = context, *args
    found = known.get(key)
    if found is None:
        found = _asked(self, context, args, kws)
        if self.get_impl_key(found) is self.typing_key:
            known[key] = found
    return found


@contextlib.contextmanager
def remembering() -> Iterator[None]:
    """Within the block, answers are kept; others that use Numba meanwhile get the same ones."""
    global _depth, _asked
    with _lock:
        if not _depth:
            _asked, BaseFunction.get_call_type = BaseFunction.get_call_type, _remembered
        _depth += 1
    try:
        yield
    finally:
        with _lock:
            _depth -= 1
            if not _depth:
                BaseFunction.get_call_type = _asked
