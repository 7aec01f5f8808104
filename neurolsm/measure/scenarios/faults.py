"""What may happen to the chip itself: parts of a program that die, or that differ from what was described."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from neurolsm.program import Program
from neurolsm.program.parts import Projection
from neurolsm.program.state import State

DEAD, MISMATCH = 0.2, 0.1


@dataclass(frozen=True)
class Fault:
    """A chip that is not what it was.

    Attributes:
        name: what happened.
        apply: program, what it has learned, seed -> the faulty program, and the state it starts from. Which parts are hit depends on
            the seed alone.
    """

    name: str
    apply: Callable[[Program, State, int], tuple[Program, State]]


def dead_neurons(program: Program, state: State, seed: int) -> tuple[Program, State]:
    """A fifth of the neurons: nothing reaches them and they have no bias, so that they never fire."""
    dead = np.random.default_rng([seed, 31]).random(program.n) < DEAD
    found = state.copy()
    found.bias_mant[dead] = 0
    return _without(program, lambda p: dead[p.post]), found


def dead_synapses(program: Program, state: State, seed: int) -> tuple[Program, State]:
    """A fifth of the synapses of every projection has the weight 0."""
    rng = np.random.default_rng([seed, 37])
    return _without(program, lambda p: rng.random(p.size) < DEAD), state.copy()


def _without(program: Program, dead: Callable[[Projection], np.ndarray]) -> Program:
    """The program with weights of 0 where ``dead``. Plastic weights lie in the state, and are left alone."""
    projections = (
        replace(p, weight=np.where(dead(p), 0, p.weight).astype(p.weight.dtype)) for p in program.projections
    )
    return replace(program, projections=tuple(projections))


def mismatch(program: Program, state: State, seed: int) -> tuple[Program, State]:
    """Thresholds and both decays differ from neuron to neuron, with a standard deviation of a tenth."""
    rng = np.random.default_rng([seed, 41])

    def spread(values: np.ndarray, low: int, high: int) -> np.ndarray:
        return np.clip(np.round(values * rng.normal(1.0, MISMATCH, values.size)), low, high).astype(np.int32)

    neurons = program.neurons
    found = state.copy()
    found.vth = spread(state.vth, 1, 131071)
    neurons = replace(neurons, du=spread(neurons.du, 0, 4095), dv=spread(neurons.dv, 0, 4095))
    return replace(program, neurons=neurons), found


FAULTS = (
    Fault("a fifth of the neurons dead", dead_neurons), Fault("a fifth of the synapses dead", dead_synapses),
    Fault("mismatch of a tenth", mismatch),
)  # fmt: skip
