"""Who may go into a session: one thread at a time, nobody once it is closed, and after a step that ended half way only who mends it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from neurolsm.errors import BackendFailure, NeuroLSMError, one_line

MEND = "Set state to one that was kept, call reset(), or open a new session."


class Alone:
    """Lets callers into a session.

    Attributes:
        closed: whether the session is.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.closed = False
        self._lost = ""

    def enter(self, what: str, mend: bool = False) -> None:
        """Refuse a second thread, a closed session, and one that stands nobody knows where, unless it is to be mended."""
        if not self._lock.acquire(blocking=False):
            raise BackendFailure(
                f"Session.{what}: another thread is inside this session. Let threads take turns, or open a session for each."
            )
        if self.closed or (self._lost and not mend):
            self._lock.release()
            if self.closed:
                raise BackendFailure(f"Session.{what}: the session is closed. Open a new one.")
            raise BackendFailure(f"Session.{what}: {self._lost}, so where the session stands is not known. {MEND}")

    def leave(self) -> None:
        self._lock.release()

    @contextmanager
    def inside(self, what: str, mend: bool = False) -> Iterator[None]:
        """To ``enter`` and to ``leave``; who mended it and was not refused has mended it."""
        self.enter(what, mend)
        try:
            yield
            self._lost = ""
        finally:
            self.leave()

    @contextmanager
    def last(self) -> Iterator[None]:
        """Wait for whoever is inside."""
        with self._lock:
            yield

    def lose(self, error: BaseException, where: str) -> None:
        """Remember that ``where`` something ended half way.

        Raises:
            BackendFailure: in place of an error that does not come from this project.
        """
        self._lost = f"{where} was not finished ({type(error).__name__}: {one_line(error)})"
        if isinstance(error, Exception) and not isinstance(error, NeuroLSMError):
            raise BackendFailure(f"Session: {self._lost}. {MEND}") from error
