"""One step at a time, on any backend: what a live session stands on."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from neurolsm.execute.backend import Simulator
from neurolsm.program.graded import Graded
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State


class Stepper(Protocol):
    """A program that goes on by single steps, with the bits of ``Simulator.run(..., carry=True)``.

    A simulator may offer ``stepper(learn)`` that returns one of its own; ``RunStepper`` does it for all others. The stepper begins
    with the simulator's state. While it is used, nobody else uses the simulator.

    Attributes:
        u, v: current and voltage after the last step [N]; to be read before the next step, and not to be changed.
        state: a copy of the state after the last step. May be set, from any backend; what is set is checked and copied.
    """

    state: State

    @property
    def u(self) -> NDArray[Any]: ...

    @property
    def v(self) -> NDArray[Any]: ...

    def step(self, channels: NDArray[np.int32], graded: NDArray[np.int16] | None = None) -> NDArray[np.int32]:
        """The neurons that fire in one step.

        Args:
            channels: input channels that spike in it, ascending and each once, as ``Spikes`` holds them; they are trusted.
            graded: values of the graded channels in it [channels]; None for zeros.
        """


class RunStepper:
    """Runs of one step each, for every simulator."""

    def __init__(self, simulator: Simulator, learn: bool) -> None:
        self._simulator, self._learn = simulator, learn
        state = simulator.state
        self._u, self._v = state.u, state.v

    @property
    def u(self) -> NDArray[Any]:
        return self._u

    @property
    def v(self) -> NDArray[Any]:
        return self._v

    @property
    def state(self) -> State:
        return self._simulator.state

    @state.setter
    def state(self, state: State) -> None:
        self._simulator.state = state
        self._u, self._v = state.u.copy(), state.v.copy()

    def step(self, channels: NDArray[np.int32], graded: NDArray[np.int16] | None = None) -> NDArray[np.int32]:
        indptr, channels = np.array([0, channels.size]), channels.copy()
        inputs = Spikes.made(np.ones(1, np.int64), indptr, channels, self._simulator.program.n_inputs)
        values = None if graded is None else Graded.made(np.zeros(1, np.int64), graded[None].copy(), 1)
        found = self._simulator.run(inputs, graded=values, learn=self._learn, carry=True)
        self._u, self._v = found.u[0], found.v[0]
        return found.spikes.unit


def stepper_of(simulator: Simulator, learn: bool) -> Stepper:
    """The simulator's own, or runs of one step."""
    own = getattr(simulator, "stepper", None)
    found: Stepper = RunStepper(simulator, learn) if own is None else own(learn)
    return found
