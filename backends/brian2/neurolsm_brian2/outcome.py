"""What an engine is asked and what it answers; the two engines are the C++ process and Brian2's NumPy target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import NDArray

from neurolsm.program.graded import Graded
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State


@dataclass(frozen=True, eq=False)
class Outcome:
    """Raw results of a batch.

    Attributes:
        counts: spikes in each row (step of a sample), integers [sum(steps)].
        unit: the neurons that spiked, row by row in ascending order.
        u, v: after the last step of each sample [B, N].
        traces: u and v after every step, by name, [sum(steps), N]; empty unless asked for.
        state: after the last step of the last sample, by field of ``State``: what ``state_names`` lists.
        memory: the same for what ``learning.cells`` lists, in its order.
    """

    counts: NDArray[Any]
    unit: NDArray[Any]
    u: NDArray[Any]
    v: NDArray[Any]
    traces: dict[str, NDArray[Any]]
    state: dict[str, Any]
    memory: list[NDArray[Any]]


class Engine(Protocol):
    """Runs one program. It remembers nothing between two runs, so it may be restarted."""

    def run(self, inputs: Spikes, graded: Graded, state: State, learn: bool, carry: bool, trace: bool) -> Outcome:
        """Run at least one sample, with what ``state`` has learned.

        Args:
            inputs: the samples.
            graded: rewards and teacher values, for all their rows.
            state: where the run starts.
            learn: what was learned changes.
            carry: the samples are one stream that goes on from ``state``; else each starts from rest.
            trace: record u and v after every step.
        """

    def close(self) -> None: ...
