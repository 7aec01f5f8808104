"""How large currents may become, so that 32 bits hold them on every backend."""

from __future__ import annotations

import numpy as np

from neurolsm.errors import refuse
from neurolsm.program import Program

WIDEST = {"excitatory": 255, "inhibitory": 255, "mixed": 256}  # a weight that learns may reach the end of its range
TURN = 1 << 24  # what a current that leaves 24 bits loses, once a step
HARMLESS = TURN >> 6  # summed input of a step after which one turn brings every current back into 24 bits
ROOM = (1 << 31) - 2 * TURN


def check_currents(program: Program) -> None:
    """Refuse a program that could drive a current beyond 32 bits, where backends would differ.

    With a summed input of at most L in a step, |u| stays below

        U = max(2^23, (64 L - 2^24) 4096 / (du + 1)),    and U + 64 L must fit.

    Raises:
        InvalidValue: the first neuron for which it does not.
    """
    if not program.integer:
        return
    weight = {p.name: WIDEST[p.sign_mode] << p.weight_exp for p in program.projections}
    if sum(p.size * weight[p.name] for p in program.projections) <= HARMLESS:
        return
    load = np.zeros(program.n, np.int64)
    for p in program.projections:
        if p.plasticity:
            load += np.bincount(p.post, minlength=program.n) * weight[p.name]
        else:
            sums = np.bincount(p.post, np.abs(p.weight).astype(np.float64), minlength=program.n)
            load += sums.astype(np.int64) << p.weight_exp
    summed = load << 6
    lasting = np.maximum(summed - TURN, 0) * 4096 // (program.neurons.du.astype(np.int64) + 1)
    wrong = np.flatnonzero(np.maximum(lasting, TURN >> 1) + summed > ROOM)
    if wrong.size:
        limit = "could drive its current beyond 32 bits"
        remedy = "Lower weights, exponents or fan-in, or let the current decay within a step (du = 4095)"
        refuse("Program", f"input of neuron {wrong[0]}", int(load[wrong[0]]), limit, remedy)
