"""Who runs a built program: a child process of this machine that answers one batch after another."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from neurolsm.errors import BackendFailure
from neurolsm.native.child import Child
from neurolsm.native.entry import flaw
from neurolsm.program.spikes import Spikes
from neurolsm_c.design import Design
from neurolsm_c.exchange import Answer, Nonsense, answer


def patience(design: Design, inputs: Spikes) -> float:
    """Seconds after which no answer will come: a minute, and ten times the time of a run in which every neuron fires always."""
    return 60.0 + 1e-7 * (inputs.indptr.size - 1) * (1000 + design.program.n + design.program.synapses)


class Engine(Protocol):
    """Runs one design. It remembers nothing between two batches, so it may be restarted."""

    def run(self, request: list[NDArray[Any]], inputs: Spikes, trace: bool) -> Answer:
        """Run a batch of at least one sample."""

    def close(self) -> None: ...


class HostEngine:
    """Runs what was built in ``folder``; its process starts with the first batch and lives until ``close``."""

    def __init__(self, design: Design, folder: Path, deadline: float | None = None) -> None:
        """``deadline``: seconds that a batch may take without any progress; None for ``patience``."""
        self._design, self._folder, self._deadline = design, folder, deadline
        self._child: Child | None = None

    def run(self, request: list[NDArray[Any]], inputs: Spikes, trace: bool) -> Answer:
        """See ``Engine.run``.

        Raises:
            BackendFailure: the process could not be started, crashed, was killed or stopped, or does not answer in time;
                the next run starts another.
        """
        child = self._child = self._child or self._started()
        child.deadline = patience(self._design, inputs) if self._deadline is None else self._deadline
        try:
            child.write(request)
            return answer(self._design, inputs, trace, child.read)
        except (BrokenPipeError, EOFError):
            self._child = None
            raise child.failure() from None
        except (TimeoutError, Nonsense) as error:
            self._child = None
            raise child.failure(str(error)) from None
        except BaseException:  # an interrupted exchange cannot be taken up again
            self.close()
            raise

    def _started(self) -> Child:
        what = flaw(self._folder)  # it was whole when the simulator was opened, which may be long ago
        if what is not None:
            raise BackendFailure(f"c: {self._folder} {what}. Open the simulator again, which builds it anew.")
        return Child(self._folder, "c")

    def close(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.end()
