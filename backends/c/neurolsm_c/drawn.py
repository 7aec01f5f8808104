"""Weights that are drawn again at each spike instead of stored, for memories of kilobytes.

    w[k] = law[mix(seed, 0, k) >> 26]

for synapse k of a projection: ``mix`` is the generator of stochastic rounding (``neurolsm.program.streams``), integers alone; its
seed comes from the named stream ``NAME/drawn`` of the program's own seed; ``law`` has 64 numbers, the means of 64 equal shares of
the weights that the description has drawn. Eight instructions and 64 bytes take the place of a byte for each synapse.

The draws of a description itself cannot be repeated by a microcontroller in integers: NumPy makes gamma and lognormal numbers of
floats, by rejection, with tables of 6 kilobytes and a logarithm, and lowering divides them by floats. So ``redraw`` makes another
program of the same law, which all backends run with the same bits.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from neurolsm.errors import refuse
from neurolsm.learn.chip.grow import seed_of
from neurolsm.lowering.bounds import check_bounds
from neurolsm.lowering.report import Report
from neurolsm.lowering.target import TARGETS, get_target
from neurolsm.program import Program, Projection
from neurolsm.program.streams import mix
from neurolsm.program.wellformed import check

BITS = 6
LEVELS = 1 << BITS

NUMBER = """
/* One 32-bit number for each synapse of a projection: multiply, xor, shift. */
LSM_INLINE uint32_t number(uint32_t seed, uint32_t index)
{
    uint32_t x = seed ^ (index * 0xC2B2AE3Du);
    x = (x ^ (x >> 15)) * 0x2C1B3C6Du;
    x = (x ^ (x >> 12)) * 0x297A2D39u;
    return x ^ (x >> 15);
}
"""


def draws(weights: object) -> bool:
    """Whether weights are ``drawn`` rather than ``stored``.

    Raises:
        InvalidValue: neither.
    """
    if weights not in ("stored", "drawn"):
        refuse("c", "weights", weights, "must be 'stored' or 'drawn'", "Leave it out to store them")
    return weights == "drawn"


def worth(p: Projection) -> bool:
    """Whether a projection has weights that never learn, differ, and are more than a law."""
    return p.plasticity is None and p.size > LEVELS and bool(np.ptp(p.weight))


def seed_for(program: Program, p: Projection) -> int:
    return seed_of(program, f"{p.name}/drawn")


def shares(program: Program, p: Projection) -> NDArray[np.int64]:
    """Which share of the law each synapse takes, 0..63."""
    index = np.arange(p.size, dtype=np.uint32)
    return (mix(seed_for(program, p), 0, index) >> np.uint32(32 - BITS)).astype(np.int64)


def redraw(program: Program) -> Program:
    """The program with other weights of the same laws, which C code can draw again: ``w[k] = law[mix(seed, 0, k) >> 26]``.

    Weights that learn, that are all alike in a projection, or that are 64 at most, stay. All backends run the program; ``export(...,
    weights="drawn")`` writes it without its weights.

    Args:
        program: in integers.

    Returns:
        Another program, of another hash; the same if its weights are drawn like that already.

    Raises:
        InvalidValue: float arithmetic.
        TargetRefusal: drawn again, a neuron could receive more in a step than its target holds.

    Example:
        >>> import neurolsm as nl
        >>> import neurolsm_c
        >>> liquid = nl.Liquid(topology=nl.RandomGraph(n=60, density=0.3), weights=nl.Gamma(0.1))
        >>> program = nl.lower(nl.LSM(inputs=2, liquid=liquid, seed=1)).program
        >>> other = neurolsm_c.redraw(program)
        >>> other.synapses == program.synapses, other.sha256 == program.sha256
        (True, False)
    """
    check(program)
    if not program.integer:
        refuse("redraw", "program", program.arithmetic, "must be in integers", "Lower it with arithmetic='loihi'")
    projections = []
    for p in program.projections:
        if worth(p) and law_of(program, p) is None:
            ordered, edges = np.sort(p.weight.astype(np.int64)), np.arange(LEVELS + 1) * p.size // LEVELS
            parts = [ordered[a : max(a + 1, b)] for a, b in pairwise(edges.tolist())]
            law = np.array([int(np.rint(part.mean())) for part in parts])
            if p.sign_mode == "mixed" and not (p.weight & 1).any():
                law = law // 2 * 2
            p = replace(p, weight=law[shares(program, p)].astype(p.weight.dtype))
        projections.append(p)
    made = replace(program, projections=tuple(projections))
    check(made)
    if program.target in TARGETS:
        liquid = next((q.start for q in program.populations if q.name in ("gate", "readout")), program.n)
        check_bounds(made.neurons, made.projections, get_target(program.target), Report(program.target), liquid=liquid)
    return made


def law_of(program: Program, p: Projection) -> NDArray[np.int64] | None:
    """The 64 numbers of which the weights of a projection are drawn; None where they are not."""
    law, share = np.zeros(LEVELS, np.int64), shares(program, p)
    law[share] = p.weight
    return law if np.array_equal(law[share], p.weight) else None


def laws(program: Program) -> dict[int, NDArray[np.int64]]:
    """The law of each projection whose weights need not be stored, by its number.

    Raises:
        InvalidValue: weights that are not drawn.
    """
    found = {}
    for number, p in enumerate(program.projections):
        if worth(p):
            law = law_of(program, p)
            if law is None:
                limit = "has weights of a law that integers cannot draw again"
                refuse(
                    "export", "weights='drawn'", p.name, limit, "Export neurolsm_c.redraw(program), or weights='stored'"
                )
            found[number] = law
    return found


def drawn_weight(program: Program, number: int, p: Projection, k: str) -> str:
    """Synapse k of a projection as C."""
    first = seed_for(program, p) * 0x9E3779B1 & 0xFFFFFFFF
    return f"law_{number}[number({first}u, {k}) >> {32 - BITS}]"
