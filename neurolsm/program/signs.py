"""Who is excitatory and who is inhibitory, as the synapses of a program tell."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurolsm.program.parts import NEURON, Projection
from neurolsm.program.program import Program


def signs(program: Program) -> NDArray[np.int8]:
    """1 for each neuron whose synapses excite, -1 where they inhibit, 0 for both or none [N].

    Synapses within the neuron's own population decide, for there Dale's law holds; what it sends to other populations, such as the
    counters of a readout, decides where it has none of its own.
    """
    population = np.zeros(program.n, np.int64)
    for number, here in enumerate(program.populations):
        population[here.slice] = number
    heard = np.zeros((2, 2, program.n), bool)  # own population or another; excites or inhibits
    for projection in program.projections:
        if projection.source != NEURON:
            continue
        pre, sign = projection.pre, _signs_of(projection)
        inside = population[pre] == population[projection.post]
        for place, chosen in enumerate((inside, ~inside)):
            heard[place, 0, pre[chosen & (sign > 0)]] = True
            heard[place, 1, pre[chosen & (sign < 0)]] = True
    excites, inhibits = np.where(heard[0].any(0), heard[0], heard[1])
    return excites.astype(np.int8) - inhibits.astype(np.int8)


def _signs_of(projection: Projection) -> NDArray[np.int8]:
    """By the sign mode, so that a plastic weight of 0 has one too; by the weight where signs are mixed."""
    fixed = {"excitatory": 1, "inhibitory": -1}.get(projection.sign_mode)
    if fixed is None:
        return np.sign(projection.weight).astype(np.int8)
    return np.full(projection.size, fixed, np.int8)
