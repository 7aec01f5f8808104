"""Who runs a built program: a child process of this machine that answers one batch after another."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from neurolsm.execute.patience import patience
from neurolsm.native.worker import Worker
from neurolsm.program.spikes import Spikes
from neurolsm_c.design import Design
from neurolsm_c.exchange import Answer, answer


class Engine(Protocol):
    """Runs one design. It remembers nothing between two batches, so it may be restarted."""

    def run(self, request: list[NDArray[Any]], inputs: Spikes, trace: bool) -> Answer:
        """Run a batch of at least one sample."""

    def close(self) -> None: ...


class HostEngine:
    """Runs what was built in ``folder``; its process starts with the first batch and lives until ``close``."""

    def __init__(self, design: Design, folder: Path, deadline: float | None = None) -> None:
        """``deadline``: seconds that a batch may take without any progress; None for ``patience``."""
        self._design, self._deadline = design, deadline
        self._worker = Worker(folder, "c")

    def run(self, request: list[NDArray[Any]], inputs: Spikes, trace: bool) -> Answer:
        """See ``Engine.run`` and, for what may go wrong, ``Worker.ask``."""
        deadline = patience(self._design.program, inputs) if self._deadline is None else self._deadline
        return self._worker.ask(request, lambda child: answer(self._design, inputs, trace, child.read), deadline)

    def close(self) -> None:
        self._worker.close()
