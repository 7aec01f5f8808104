"""Plastic synapses whose sources and targets fire when they are told to, on the emulator: the bench on which rules are measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from neurolsm.execute.backend import open_simulator
from neurolsm.learn.chip.grow import connect, point_neurons
from neurolsm.lowering.target import DV_MAX
from neurolsm.program import INPUT, Population, Program
from neurolsm.program.graded import Graded
from neurolsm.program.plasticity import SYNAPSE, Modulator, Plasticity
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import PlasticState

VTH = 1000  # above any single plastic synapse, far below the drive
DRIVE, DRIVE_EXP = 255, 7
Raster = NDArray[np.bool_]


def bench(rule: Plasticity, synapses: int, sign_mode: str, dt: float) -> Program:
    """``synapses`` pairs of a source and a target, each with a plastic synapse and a channel that makes the target fire.

    Every synapse draws its own rounding, whatever the stream of the rule; a third factor is the graded channel 0 for all.
    """
    neurons = point_neurons(synapses, vth=VTH, leak=DV_MAX)
    empty = Program(
        "loihi2", "loihi", dt, 0, 2 * synapses, (Population("targets", 0, synapses),), neurons, (),
        tuple(Modulator(name, 0, synapses) for name in rule.third),
    )  # fmt: skip
    each = np.arange(synapses)
    learner = replace(rule, stream=SYNAPSE)
    learning = connect(empty, "learning", INPUT, each, each, 0, sign_mode=sign_mode, plasticity=learner)
    return connect(learning, "drive", INPUT, each + synapses, each, DRIVE, exp=DRIVE_EXP)


def present(
    program: Program, weight: NDArray[np.int64], pieces: int, pre: Raster, post: Raster, *, carry: bool = True,
    third: int = 0,
) -> Iterator[PlasticState]:  # fmt: skip
    """What the synapses remember after each of equal parts of a stream in which sources and targets fire as told.

    Args:
        program: a ``bench``.
        weight: of each synapse at the start.
        pieces: how many parts.
        pre, post: who fires when [steps, synapses]; no target in step 0.
        carry: whether the parts are one stream, or samples that start from rest.
        third: the third factor in the last step of each part.
    """
    drive = np.roll(post, -1, axis=0)  # a spike acts in the next step
    parts = Spikes.from_list(np.array_split(np.concatenate([pre, drive], axis=1), pieces))
    with open_simulator(program) as simulator:
        state = simulator.state
        state.plastic[0].weight[:] = weight
        simulator.state = state
        for k in range(pieces):
            lesson = Graded.build([int(parts.steps[k]) - 1], np.full((1, program.n_graded), third), int(parts.steps[k]))
            simulator.run(parts[k], graded=lesson, carry=carry)
            yield simulator.state.plastic[0]
