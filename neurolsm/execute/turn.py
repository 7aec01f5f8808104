"""One thread at a time: two threads that share a simulator take turns, so that each run begins where another has ended."""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from neurolsm.errors import BackendFailure

T = TypeVar("T", bound=Callable[..., Any])


class Turn:
    """A lock that its thread may take again. A copy, also a pickled one, is a new lock.

    A child that was forked while another thread held it could wait for ever, and finds what it guards half done: it is refused.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._process: int | None = None  # whose thread holds it

    def __enter__(self) -> None:
        process = self._process
        if process is not None and process != os.getpid():
            raise BackendFailure(
                "Simulator: this process was forked while its parent was running it. Open a new one in the child."
            )
        self._lock.acquire()
        self._depth += 1
        self._process = os.getpid()

    def __exit__(self, *exception: object) -> None:
        self._depth -= 1
        if not self._depth:
            self._process = None
        self._lock.release()

    def __reduce__(self) -> tuple[type[Turn], tuple[()]]:
        return Turn, ()


def in_turn(method: T) -> T:
    """The method of a simulator, for one thread at a time with all others that are marked like this."""

    @functools.wraps(method)
    def alone(self: Any, *arguments: Any, **options: Any) -> Any:
        with self.__dict__.setdefault("_turn", Turn()):
            return method(self, *arguments, **options)

    return alone  # type: ignore[return-value]
