"""A program in a few rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neurolsm.program.program import Program

NAMED = 4  # projections, and populations in their row


def summary(program: Program) -> Iterator[tuple[str, Any]]:
    """Target and arithmetic, populations, projections with their synapses, and the hash that tells programs apart."""
    arithmetic = f"{program.arithmetic} arithmetic, {1e3 * program.dt:g} ms per step, seed {program.seed}"
    yield "target", f"{program.target}, {arithmetic}" if program.integer else arithmetic
    yield "inputs", program.n_inputs
    sizes = [f"{p.stop - p.start:,} {p.name}" for p in program.populations]
    more = [f"{len(sizes) - NAMED} more populations"] if len(sizes) > NAMED else []
    yield "neurons", ", ".join(sizes[:NAMED] + more)
    several = program.projections
    named = several if len(several) <= NAMED else several[: NAMED - 1]
    for p in named:
        learns = ", learn" if p.plasticity else ""
        yield p.name, f"{p.size:,} synapses{learns}"
    rest = several[len(named) :]
    if rest:
        learn = sum(p.size for p in rest if p.plasticity)
        learns = f", {learn:,} of them learn" if learn else ""
        yield f"{len(rest)} more projections", f"{sum(p.size for p in rest):,} synapses{learns}"
    yield "sha256", program.sha256[:16]
