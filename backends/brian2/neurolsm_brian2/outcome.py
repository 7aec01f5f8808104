"""What an engine is asked and what it answers; the two engines are the C++ process and Brian2's NumPy target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import NDArray

from neurolsm.spikes import Spikes
from neurolsm.state import State


@dataclass(frozen=True, eq=False)
class Outcome:
    """Raw results of a batch.

    Attributes:
        counts: spikes in each row (step of a sample), integers [sum(steps)].
        unit: the neurons that spiked, row by row in ascending order.
        u, v: after the last step of each sample [B, N].
        traces: u and v after every step, by name, [sum(steps), N]; empty unless asked for.
        state: after the last step of the last sample, by field of ``State``: what ``state_names`` lists.
    """

    counts: NDArray[Any]
    unit: NDArray[Any]
    u: NDArray[Any]
    v: NDArray[Any]
    traces: dict[str, NDArray[Any]]
    state: dict[str, Any]


class Engine(Protocol):
    """Runs one program. It remembers nothing between two runs, so it may be restarted."""

    def run(self, inputs: Spikes, state: State, carry: bool, trace: bool) -> Outcome:
        """Run at least one sample, with the biases, thresholds and weights of ``state``.

        Args:
            inputs: the samples.
            state: where the run starts.
            carry: the samples are one stream that goes on from ``state``; else each starts from rest.
            trace: record u and v after every step.
        """

    def close(self) -> None: ...
