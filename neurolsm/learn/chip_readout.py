"""Readouts on the chip: neurons that add up what the liquid says and learn from a teacher.

    liquid -> relays, one a neuron and window -> readout neurons -> voltage at the end of the sample = score of the class
                 ^ clock channel of the window        ^ clock channels (bias)         | teacher: error, third factor y2

A relay fires one step after its liquid neuron, but only while the clock channel of its window is on, so that the readout
sees spike counts in windows. The readout neurons never fire; their voltage is 64 times the weighted sum of all spikes of
the sample. In the last step a teacher value for each class makes each readout neuron compute its own error.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from neurolsm.describe import checks
from neurolsm.describe.rule import LearningRule
from neurolsm.errors import refuse
from neurolsm.learn.rules.delta import DeltaRule
from neurolsm.lowering.target import DU_MAX, DV_MAX, VTH_MAX
from neurolsm.plasticity import Modulator, Plasticity
from neurolsm.program import INPUT, NEURON, Neurons, Population, Program, Projection

RELAY, READOUT = "relay", "readout"
RELAY_WEIGHT, RELAY_VTH = 100, 150  # two inputs at once make a relay fire, one does not
LATENCY = 2  # steps from a spike of the liquid to the voltage of a readout neuron, with relays


@dataclass(frozen=True, kw_only=True)
class DeltaReadout:
    """A layer of linear readout neurons that learns by the delta rule.

        score_k = 64 sum over windows, neurons of w_k * spikes,   error_k = clip((teacher_k 2^scale - score_k) / 2^scale)

    Args:
        classes: readout neurons, at least 1; more than the labels known today leaves room for new ones.
        windows: parts of the sample that are counted apart, 1..16; above 1 it costs a relay a neuron and window.
        rule: how the weights change; ``DeltaRule`` or another rule with the third factor y2.
        scale: log2 of the voltage that one unit of the teacher stands for, 0..16.

    Raises:
        InvalidValue: a field outside its range.
    """

    classes: int
    windows: int = 1
    rule: LearningRule = DeltaRule()
    scale: int = 13

    def __post_init__(self) -> None:
        checks.whole(self, "classes", 1, 4096)
        checks.whole(self, "windows", 1, 16)
        checks.whole(self, "scale", 0, 16)
        if self.rule.lower(1e-3).third != ("y2",):
            refuse(
                "DeltaReadout", "rule", self.rule, "must have y2, and only y2, as third factor", "Use DeltaRule(...)"
            )

    @property
    def clocks(self) -> int:
        return self.windows

    @property
    def latency(self) -> int:
        """Steps after the sample until the last spikes have reached the readout."""
        return LATENCY if self.windows > 1 else 1

    def attach(self, program: Program) -> Program:
        plasticity = self.rule.lower(program.dt)
        liquid = program.n
        if self.windows > 1:
            program = _add_relays(program, self.windows)
        sources = np.arange(liquid, program.n) if self.windows > 1 else np.arange(liquid)
        first = program.n
        program = _add_neurons(program, READOUT, self.classes, _integrators(self.classes))
        targets = np.arange(first, first + self.classes)
        clocks = np.arange(program.n_inputs - self.windows, program.n_inputs) if self.windows > 1 else None
        if clocks is None:
            program = _add_inputs(program, 1)
            clocks = np.array([program.n_inputs - 1])
        plastic = (
            _all_to_all("readout/weights", NEURON, program.n, sources, targets, plasticity),
            _all_to_all("readout/bias", INPUT, program.n_inputs, clocks, targets, plasticity),
        )
        teacher = Modulator("y2", first, first + self.classes, "error", program.n_graded, self.scale, self.scale)
        return replace(
            program, projections=program.projections + plastic, modulators=(*program.modulators, teacher)
        )  # fmt: skip


def _add_relays(program: Program, windows: int) -> Program:
    liquid, first = program.n, program.n
    program = _add_inputs(_add_neurons(program, RELAY, liquid * windows, _relays(liquid * windows)), windows)
    clock = program.n_inputs - windows
    window, unit = np.divmod(np.arange(liquid * windows), liquid)
    gates = (
        _synapses("readout/relay", NEURON, program.n, unit, first + np.arange(liquid * windows)),
        _synapses("readout/clock", INPUT, program.n_inputs, clock + window, first + np.arange(liquid * windows)),
    )
    return replace(program, projections=program.projections + gates)


def _relays(n: int) -> Neurons:
    """Neurons without memory: they fire if both inputs come in one step."""
    return _neurons(n, du=DU_MAX, dv=DV_MAX, vth=RELAY_VTH)


def _integrators(n: int) -> Neurons:
    """Neurons that add up and never fire: no leak, the highest threshold."""
    return _neurons(n, du=DU_MAX, dv=0, vth=VTH_MAX)


def _neurons(n: int, du: int, dv: int, vth: int) -> Neurons:
    def constant(value: int) -> NDArray[np.int32]:
        return np.full(n, value, np.int32)

    zero = constant(0)
    return Neurons(constant(du), constant(dv), constant(vth), zero, zero, zero, zero, zero)


def _add_neurons(program: Program, name: str, n: int, more: Neurons) -> Program:
    old = program.neurons
    joined = Neurons(**{f: np.concatenate([getattr(old, f), getattr(more, f)]) for f in Neurons.__dataclass_fields__})
    grown = tuple(_more_sources(p, n) if p.source == NEURON else p for p in program.projections)
    populations = (*program.populations, Population(name, program.n, program.n + n))
    return replace(program, neurons=joined, populations=populations, projections=grown)


def _add_inputs(program: Program, n: int) -> Program:
    grown = tuple(_more_sources(p, n) if p.source == INPUT else p for p in program.projections)
    return replace(program, n_inputs=program.n_inputs + n, projections=grown)


def _more_sources(projection: Projection, n: int) -> Projection:
    return replace(projection, indptr=np.concatenate([projection.indptr, np.full(n, projection.indptr[-1])]))


def _synapses(name: str, source: str, sources: int, pre: NDArray[np.int64], post: NDArray[np.int64]) -> Projection:
    order = np.lexsort((post, pre))
    indptr = np.concatenate([[0], np.cumsum(np.bincount(pre, minlength=sources))]).astype(np.int64)
    return Projection(
        name, source, "excitatory", 0, indptr, post[order].astype(np.int32), np.full(pre.size, RELAY_WEIGHT, np.int16),
        np.zeros(pre.size, np.uint8),
    )  # fmt: skip


def _all_to_all(
    name: str, source: str, sources: int, pre: NDArray[np.int64], post: NDArray[np.int64], plasticity: Plasticity
) -> Projection:
    fan_out = np.zeros(sources, np.int64)
    fan_out[pre] = post.size
    size = pre.size * post.size
    indptr = np.concatenate([[0], np.cumsum(fan_out)]).astype(np.int64)
    return Projection(
        name, source, "mixed", 0, indptr, np.tile(post, pre.size).astype(np.int32), np.zeros(size, np.int16),
        np.zeros(size, np.uint8), plasticity,
    )  # fmt: skip
