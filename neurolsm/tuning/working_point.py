"""Where a network works: how often its neurons fire, and how much of what reaches them comes from themselves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurolsm.program import INPUT, Program
from neurolsm.program.parts import Projection
from neurolsm.program.spikes import Spikes

RECURRENT = "/recurrent"  # in the names of projections within one liquid


@dataclass(frozen=True)
class WorkingPoint:
    """Attributes:
    rate: spikes per neuron and step.
    inputs, recurrent: mean of the absolute weights that arrive at a neuron in a step, from outside its liquid and from within.
    """

    rate: float
    inputs: float
    recurrent: float

    @property
    def branching(self) -> float:
        """Share of what arrives that comes from within a liquid; in a deep one, spikes of the liquid before count as input."""
        total = self.inputs + self.recurrent
        return self.recurrent / total if total else 0.0


def working_point(program: Program, inputs: Spikes, spikes: Spikes) -> WorkingPoint:
    """From the spikes that went in and those that came out."""
    steps = max(int(inputs.steps.sum()), 1)
    heard = np.bincount(inputs.unit, minlength=program.n_inputs) / steps
    fired = np.bincount(spikes.unit, minlength=program.n) / steps
    return WorkingPoint(float(fired.mean()), *arriving(program, heard, fired))


def arriving(program: Program, heard: NDArray[np.float64], fired: NDArray[np.float64]) -> tuple[float, float]:
    """Mean absolute weight that arrives at a neuron in a step, from outside and from within, at given rates of channels and neurons."""
    found = {True: 0.0, False: 0.0}
    for p in program.projections:
        found[RECURRENT in p.name] += float(strength(p) @ (heard if p.source == INPUT else fired)) / program.n
    return found[False], found[True]


def strength(p: Projection) -> NDArray[np.float64]:
    """Sum of the absolute weights of each source."""
    total = np.concatenate([[0.0], np.cumsum(np.abs(p.effective.astype(np.float64)))])
    return total[p.indptr[1:]] - total[p.indptr[:-1]]
