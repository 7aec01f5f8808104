"""Prototypes: each readout neuron remembers what one kind of sample sounds like; what is new takes a new neuron."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurolsm.describe import checks
from neurolsm.errors import refuse
from neurolsm.learn.chip.counters import COUNTER, UNIT, add_counters, clock_events
from neurolsm.learn.chip.delta import READOUT
from neurolsm.learn.chip.grow import (
    Indices,
    add_inputs,
    add_neurons,
    all_pairs,
    connect,
    point_neurons,
    seed_of,
    stream_of,
)
from neurolsm.learn.chip.lessons import settle_speed, teacher_values
from neurolsm.learn.products import product
from neurolsm.lowering.target import CURRENT_LIMIT, REFRACTORY_MAX, VTH_MAX
from neurolsm.program import INPUT, NEURON, Program
from neurolsm.program.plasticity import Modulator, Plasticity, Trace

SILENT = "silent"
IMPRINT = 127  # teacher value at which a neuron becomes a copy of the sample
LARGEST_WEIGHT = 64


@dataclass(frozen=True, kw_only=True)
class PrototypeReadout:
    """Neurons that hold the mean of the samples they stand for, and measure how many bits agree.

        agreement_k = (sum of w_k c) / full,      dw_k = teacher_k / 128 (x1 - w_k)

    Each counter of the liquid (``neurolsm.learn.chip.counters``, at most one spike per sample) has a partner that fires if it
    stayed silent, so that every sample has the same number of spikes and scores compare (complement coding). With
    teacher 127 a neuron becomes a copy of the sample, with a small one it moves towards it; others stay as they are. The host
    makes cosines of the agreements, with one number for each neuron (``neurolsm.deployment.teach_prototypes``).

    Args:
        neurons: prototypes there is room for, 1..65536.
        windows: parts of the sample that are counted apart, 1..16.
        activity: share of samples in which a counter fires that its offset aims at, 0.05..0.95.
        margin: a sample is new unless its label leads by this much in score, 0..1.
        pull: how far a prototype moves towards a sample that it names well, 0..1; 0 leaves prototypes as copies.
        copies: the first samples of each label that become copies, whatever their score, 0..65536. Each later one moves the prototype
            of its label that fits it best, so that no label is described worse because it was easily told when it came, and
            ``margin`` has no meaning; 0: copies are made where ``margin`` asks for them.
        nearest: the score of a label is the mean of this many of its best prototypes, 1..64.
        replace: once all neurons are in use, what is new takes the one whose prototype has not named a labelled sample well for
            longest, so that the memory follows surroundings that drift; False: what is new is not remembered.
        stock: whether the readout is one that Lava's own processes can learn, on the backend ``lava:stock``: one random number
            per step rounds all its weights, and a synapse to itself keeps a counter from firing again, in place of a refractory period.

    Raises:
        InvalidValue: a field outside its range.

    Source: complement coding: Carpenter, Grossberg and Rosen, Neural Networks 4 (1991); growth on the chip: Hajizada et al.,
    Interactive continual learning for robots (ICONS 2022).

    Example:
        >>> import neurolsm as nl
        >>> liquid = nl.Liquid(topology=nl.RandomGraph(n=20))
        >>> lsm = nl.LSM(inputs=2, liquid=liquid, readout=nl.PrototypeReadout(neurons=8, windows=1), seed=1)
        >>> program = nl.lower(lsm).program
        >>> [(p.name, p.stop - p.start) for p in program.populations], program.learns
        ([('liquid', 20), ('counter', 20), ('silent', 20), ('readout', 8)], True)
    """

    neurons: int
    windows: int = 3
    activity: float = 0.5
    margin: float = 0.2
    pull: float = 0.1
    copies: int = 0
    nearest: int = 1
    replace: bool = False
    stock: bool = False

    def __post_init__(self) -> None:
        checks.whole(self, "neurons", 1, 65536)
        checks.whole(self, "windows", 1, 16)
        checks.number(self, "activity", 0.05, 0.95)
        checks.probability(self, "margin")
        checks.probability(self, "pull")
        checks.whole(self, "copies", 0, 65536)
        checks.whole(self, "nearest", 1, 64)
        checks.truth(self, "replace")
        checks.truth(self, "stock")

    @property
    def tail(self) -> int:
        """Steps after the sample until the last spikes have reached the readout."""
        return 5 if self.windows > 1 else 4

    def clock_events(self, steps: int) -> tuple[Indices, Indices]:
        """Steps and channels, counted from the first channel that ``attach`` adds, for a sample of ``steps`` steps."""
        t, channel = clock_events(self.windows, steps)
        asked = steps + self.tail - 3  # one step after the last counter can have fired
        return np.append(t, asked), np.append(channel, self.windows + 1 if self.windows > 1 else 1)

    def attach(self, program: Program) -> Program:
        counted = add_counters(program, self.windows, self.activity, once=True, stock=self.stock)
        program, counters = counted.program, counted.counters
        n = counters.size
        program, ask = add_inputs(program, 1)
        program, silent = add_neurons(
            program, SILENT, point_neurons(n, vth=0, refractory=0 if self.stock else REFRACTORY_MAX)
        )
        program = connect(program, "readout/heard", NEURON, counters, silent, -2 * UNIT, sign_mode="inhibitory")
        program = connect(program, "readout/ask", INPUT, *all_pairs(ask, silent), UNIT)
        program, neurons = add_neurons(program, READOUT, point_neurons(self.neurons, vth=VTH_MAX))
        pair = product("u", 2.0**-7, "x1", "y2"), product("u", -(2.0**-7), "w", "y2")
        rule = Plasticity(
            dw=pair, third=("y2",), x1=Trace(math.inf, _full_weight(n)), seed=seed_of(program, "readout/weights"),
            stream=stream_of(self.stock),
        )  # fmt: skip
        sources = np.concatenate([counters, silent])
        program = connect(program, "readout/weights", NEURON, *all_pairs(sources, neurons), 0, plasticity=rule)
        teacher = Modulator("y2", int(neurons[0]), int(neurons[-1]) + 1, "each", program.n_graded)
        return replace(program, modulators=(*program.modulators, teacher))

    def agreement(self, v: NDArray[np.int32], program: Program) -> NDArray[np.float64]:
        """Share of agreeing bits [..., neurons], 0..1, from the voltages of the readout neurons."""
        found = program.population(COUNTER)
        n = found.stop - found.start
        return v / float(64 * n * _full_weight(n))

    def lesson(self, teacher: ArrayLike, settle: int = 0) -> NDArray[np.int16]:
        """Graded values of a teaching step.

        Args:
            teacher: whole numbers [neurons], 0..127: how far each prototype moves, in 1/128.
            settle: speed of the counters' offsets, 0..127.

        Raises:
            InvalidValue: a number outside its range, or not one for each neuron.
        """
        marks = teacher_values("PrototypeReadout", teacher, self.neurons)
        wrong = marks[~((marks >= 0) & (marks <= IMPRINT) & (marks == np.floor(marks)))]
        if wrong.size:
            limit = f"must be whole numbers in 0..{IMPRINT}"
            refuse(
                "PrototypeReadout", "teacher", wrong[0], limit, "Give 127 to copy a sample and less to move towards it"
            )
        return np.concatenate([[settle_speed("PrototypeReadout", settle)], marks]).astype(np.int16)


def _full_weight(counters: int) -> int:
    """The largest weight with which all ``counters`` that agree fill the voltage without saturating it."""
    return max(1, min(LARGEST_WEIGHT, (CURRENT_LIMIT - 1) // counters))
