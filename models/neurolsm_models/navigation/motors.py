"""Motor neurons: one per action; each learns what reward its action brings, by a local rule with three factors.

    v_j(t)  = sum of w_ij x_i(t),     x_i = spikes of source i, low-pass filtered over one decision
    act:      the neuron with the highest voltage drives the wheels
    reward:   error_j = clip(64 (reward - v_j / unit), -128, 127) in the neuron that has just acted, 0 in the others
    learn:    dw_ij = 2^-16 pace error_j x_i

The membrane leaks at the rate at which the trace of the learning engine fades, so that what a synapse has contributed and what it
is held responsible for are one number: the trace is the eligibility. The reward is one number; the neuron that acted compares it
with its own voltage. ``pace``, 0..127, is a second broadcast number, the plasticity that all synapses are allowed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from neurolsm.learn.chip.grow import Indices, add_inputs, add_neurons, all_pairs, connect, point_neurons, seed_of
from neurolsm.learn.products import product
from neurolsm.lowering.target import VTH_MAX
from neurolsm.program import INPUT, NEURON, Program
from neurolsm.program.plasticity import NO_TARGET, SYNAPSE, Modulator, Plasticity, Trace
from neurolsm.random import stream

MOTOR = "motor"
ONE = 64  # graded value of a reward of 1
LEARN = 1  # graded value that makes motor neurons compare
RATE = 2.0**-16
PACE_MAX = 127


@dataclass(frozen=True, kw_only=True)
class Motors:
    """A layer of motor neurons that hear a liquid and its input channels.

    Args:
        actions: how many, 2 or more.
        tau: steps over which spikes count, that of the membrane and of the trace.
        impulse: what a spike adds to the trace, 1..127.
        scale: log2 of the weight units that stand for a reward of 1.
        liquid: False: they hear the input channels alone.
        inputs: False: they hear the liquid alone.
    """

    actions: int
    tau: float = 8.0
    impulse: int = 12
    scale: int = 12
    liquid: bool = True
    inputs: bool = True

    def attach(self, program: Program) -> Program:
        """``program`` with motor neurons, and one more input channel, the last, that is always on: their bias."""
        heard = {NEURON: np.arange(program.n if self.liquid else 0)}
        channels = np.arange(program.n_inputs if self.inputs else 0)
        program, bias = add_inputs(program, 1)
        heard[INPUT] = np.concatenate([channels, bias])
        return self.add(program, MOTOR, heard)

    def add(
        self, program: Program, name: str, heard: dict[str, Indices], born: NDArray[np.int64] | None = None
    ) -> Program:
        """``program`` with neurons called ``name`` that hear those sources; ``born``: their weights, None for random ones near 0."""
        leak = round(4096 * (1 - math.exp(-1 / self.tau)))
        program, motors = add_neurons(program, name, point_neurons(self.actions, vth=VTH_MAX, leak=leak))
        first, last = int(motors[0]), int(motors[-1]) + 1
        for source, pre in heard.items():
            label = f"{name}/{source}"
            rule = Plasticity(
                dw=(product("u", RATE, "x1", "y2", "y3"),), third=("y2", "y3"), x1=Trace(self.tau, self.impulse),
                seed=seed_of(program, label), stream=SYNAPSE,
            )  # fmt: skip
            pairs = all_pairs(pre, motors)
            weight = stream(program.seed, label).integers(-4, 5, pairs[0].size) if born is None else born
            if pre.size:
                program = connect(program, label, source, *pairs, weight, sign_mode="mixed", plasticity=rule)
        pace = Modulator("y3", first, last, "direct", program.n_graded)
        teacher = Modulator("y2", first, last, "error", pace.channel + 1, self.scale, self.scale)
        return replace(program, modulators=(*program.modulators, pace, teacher))

    def values(self, v: NDArray[np.int32]) -> NDArray[np.float64]:
        """The rewards that voltages stand for."""
        return v / float(ONE << self.scale)

    def lesson(self, action: int, reward: float, pace: int) -> NDArray[np.int16]:
        """Graded values of one step: the pace, and the reward for the neuron that acted."""
        value = np.full(2 + self.actions, NO_TARGET, np.int16)
        value[0], value[1], value[2 + action] = pace, LEARN, round(ONE * reward)
        return value
