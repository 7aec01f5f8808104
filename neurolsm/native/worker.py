"""The child process of one build: started with the first question, ended with ``close``, replaced after a failure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from numpy.typing import NDArray

from neurolsm.errors import BackendFailure
from neurolsm.native.child import Child
from neurolsm.native.entry import flaw

Answer = TypeVar("Answer")


class Nonsense(Exception):
    """An answer that no run of the program gives."""


class Worker:
    """Asks what was built in ``folder`` by ``backend``. It remembers nothing that the next question does not bring along."""

    def __init__(self, folder: Path, backend: str) -> None:
        self._folder, self._backend = folder, backend
        self.child: Child | None = None

    @property
    def fresh(self) -> bool:
        """Whether the next question starts a process, which has been told nothing."""
        return self.child is None

    def ask(self, question: Iterable[NDArray[Any]], read: Callable[[Child], Answer], deadline: float) -> Answer:
        """Send a question and read the answer; ``deadline``: seconds without any progress.

        Raises:
            BackendFailure: the process could not be started, crashed, was killed or stopped, answers nonsense or not in time; the next
                question starts another.
        """
        child = self.child = self.child or self._started()
        child.deadline = deadline
        try:
            child.write(question)
            return read(child)
        except (BrokenPipeError, EOFError):
            self.child = None
            raise child.failure() from None
        except (TimeoutError, Nonsense) as error:
            self.child = None
            raise child.failure(str(error)) from None
        except BaseException:  # an interrupted exchange cannot be taken up again
            self.close()
            raise

    def _started(self) -> Child:
        what = flaw(self._folder)  # it was whole when the simulator was opened, which may be long ago
        if what is not None:
            raise BackendFailure(
                f"{self._backend}: {self._folder} {what}. Open the simulator again, which builds it anew."
            )
        return Child(self._folder, self._backend)

    def close(self) -> None:
        """End the process. May be called twice."""
        child, self.child = self.child, None
        if child is not None:
            child.end()
