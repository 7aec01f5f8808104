"""The network that a program is at a given moment: what it has learned, as constants."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np

from neurolsm.program import Program
from neurolsm.program.state import State


def frozen(program: Program, state: State) -> Program:
    """The program with the weights, biases and thresholds of ``state``, and without plasticity."""
    weights = iter([plastic.weight for plastic in state.plastic])
    projections = tuple(
        replace(p, weight=next(weights), plasticity=None) if p.plasticity else p for p in program.projections
    )
    neurons = replace(program.neurons, bias_mant=state.bias_mant, vth=state.vth)
    return replace(program, neurons=neurons, projections=projections, modulators=(), intrinsic=())


def same(one: Program, other: Program) -> bool:
    """Whether two frozen states of one program are the same network."""
    if one is other:
        return True
    return all(
        np.array_equal(getattr(one.neurons, f.name), getattr(other.neurons, f.name)) for f in fields(one.neurons)
    ) and all(np.array_equal(a.weight, b.weight) for a, b in zip(one.projections, other.projections, strict=True))
