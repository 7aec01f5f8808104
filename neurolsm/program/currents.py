"""How large currents may become, so that 32 bits hold them on every backend."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from neurolsm.errors import refuse
from neurolsm.program.program import Program

WIDEST = {"excitatory": 255, "inhibitory": 255, "mixed": 256}  # a weight that learns may reach the end of its range
TURN = 1 << 24  # what a current that leaves 24 bits loses, once a step
HARMLESS = TURN >> 6  # summed input of a step after which one turn brings every current back into 24 bits
ROOM = (1 << 31) - 2 * TURN

_known: WeakKeyDictionary[Program, tuple[NDArray[np.int64], NDArray[np.int64]]] = WeakKeyDictionary()


def reach(program: Program) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The largest summed input L of a step, and the largest |u|, of each neuron of a program in integers [n].

    |u| <= max(2^23, (64 L - 2^24) 4096 / (du + 1)),    where 64 L <= 2^24 counts as 2^24
    """
    if program not in _known:
        _known[program] = _reach(program)
    return _known[program]


def _reach(program: Program) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    load = np.full(program.n, HARMLESS, np.int64)
    weight = {p.name: WIDEST[p.sign_mode] << p.weight_exp for p in program.projections}
    if sum(p.size * weight[p.name] for p in program.projections) > HARMLESS:
        summed = np.zeros(program.n, np.int64)
        for p in program.projections:
            if p.plasticity:
                summed += np.bincount(p.post, minlength=program.n) * weight[p.name]
            else:
                sums = np.bincount(p.post, np.abs(p.weight).astype(np.float64), minlength=program.n)
                summed += sums.astype(np.int64) << p.weight_exp
        load = np.maximum(load, summed)
    lasting = ((load << 6) - TURN) * 4096 // (program.neurons.du.astype(np.int64) + 1)
    return load, np.maximum(lasting, TURN >> 1)


def check_currents(program: Program) -> None:
    """Refuse a program that could drive a current beyond 32 bits, where backends would differ.

    Raises:
        InvalidValue: the first neuron for which u and its input do not fit together.
    """
    if not program.integer:
        return
    load, current = reach(program)
    wrong = np.flatnonzero(current + (load << 6) > ROOM)
    if wrong.size:
        limit = "could drive its current beyond 32 bits"
        remedy = "Lower weights, exponents or fan-in, or let the current decay within a step (du = 4095)"
        refuse("Program", f"input of neuron {wrong[0]}", int(load[wrong[0]]), limit, remedy)
