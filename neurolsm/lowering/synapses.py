"""Synapses from thresholds and seconds to the chip's lattice, and the threshold that makes the best use of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.describe.draw import Edges, Network
from neurolsm.describe.rule import plasticity_of
from neurolsm.errors import refuse, refuse_target
from neurolsm.lowering.report import Report
from neurolsm.lowering.target import (
    BIAS_EXP_MAX,
    BIAS_MANT_MAX,
    CURRENT_LIMIT,
    DELAY_MAX,
    VTH_MAX,
    WEIGHT_EXP_MAX,
    WEIGHT_MAX,
    Target,
)
from neurolsm.memory import blocks
from neurolsm.program import Projection
from neurolsm.program.plasticity import Plasticity
from neurolsm.program.short_term import ShortTerm


@dataclass(frozen=True, eq=False)
class Signed:
    """Edges of one sign, sorted by (pre, post): the current one spike must add, in thresholds, and whole delays.

    ``strongest`` is the largest weight as described, ``largest`` the largest current, both without the sign.
    """

    name: str
    source: str
    sign_mode: str
    pre: NDArray[np.int32]
    post: NDArray[np.int32]
    current: NDArray[np.float64]
    delay: NDArray[np.uint8]
    strongest: float
    plasticity: Plasticity | None = None
    short_term: ShortTerm | None = None

    @cached_property
    def largest(self) -> float:
        return _largest(self.current)


def split_signs(network: Network, peak: NDArray[np.float64], dt: float, report: Report) -> list[Signed]:
    """Each kind of edges as an excitatory and an inhibitory part, so that both keep all 8 bits.

    Takes the edges out of ``network``, so that a large one is not in memory twice.
    """
    parts = []
    while network.edges:
        edges = network.edges.pop(0)
        steps = _delay_steps(edges, dt, report)
        for sign_mode, chosen, rule in (
            ("excitatory", edges.weight > 0, edges.excitatory_rule),
            ("inhibitory", edges.weight < 0, edges.inhibitory_rule),
        ):
            if not chosen.any():
                continue
            post, current = edges.post[chosen], edges.weight[chosen]
            strongest = _largest(current)
            for block in blocks(post.size):
                current[block] /= peak[post[block]]
            name, plasticity = f"{edges.name}/{sign_mode}", plasticity_of(rule, dt) if rule else None
            if plasticity is not None and sign_mode == "inhibitory" and getattr(rule, "of_strength", False):
                plasticity = plasticity.turned()
            parts.append(
                Signed(
                    name,
                    edges.source,
                    sign_mode,
                    edges.pre[chosen],
                    post,
                    current,
                    steps[chosen],
                    strongest,
                    plasticity,
                    edges.short_term.take(chosen).in_steps(dt) if edges.short_term else None,
                )
            )
    return parts


def _largest(values: NDArray[np.float64]) -> float:
    return float(max(values.max(), -values.min()))


def _delay_steps(edges: Edges, dt: float, report: Report) -> NDArray[np.uint8]:
    """Delays in whole steps."""
    longest = edges.delay.max(initial=0)
    if np.rint(longest / dt) > DELAY_MAX:
        refuse(
            "Liquid",
            f"delays ({edges.name})",
            f"{longest:g} s",
            f"is {np.rint(longest / dt):.0f} steps, the limit is {DELAY_MAX}",
            "Shorten the delays, raise the speed or choose a longer dt",
        )
    steps = np.zeros(edges.delay.size, np.uint8)
    if longest > 0:
        for block in blocks(steps.size):
            steps[block] = np.rint(edges.delay[block] / dt)
        report.rounding_of(f"{edges.name} delay", steps.size, lambda block: steps[block] * dt - edges.delay[block], "s")
    return steps


def choose_threshold(parts: list[Signed], n: int, leak: float, target: Target) -> int:
    """The smallest threshold mantissa that gives every part the finest weights, lowered until all weights and biases fit and no
    neuron's input of a step can reach CURRENT_LIMIT.

    The weight of a synapse is its current times the threshold. At the threshold where the part with the smallest weights uses all of
    0..255 with exponent 0, every other part uses at least half of it with a larger exponent; above that threshold only
    exponents grow. ``leak`` is the largest bias, in thresholds per step.
    """
    limits = [float(VTH_MAX)]
    load = np.zeros(n)
    finest = 0.0
    for part in parts:
        finest = max(finest, WEIGHT_MAX / part.largest)
        limits.append((WEIGHT_MAX << WEIGHT_EXP_MAX) / part.largest)
        for block in blocks(part.post.size):
            # a plastic weight may grow to the end of its range, up to twice the largest of now
            reach = np.abs(part.current[block]) if part.plasticity is None else 2 * part.largest
            np.add.at(load, part.post[block], reach)
    if finest:
        limits.append(finest)
    if load.max(initial=0) > 0:
        limits.append(0.98 * (CURRENT_LIMIT - 1) / load.max())
    if leak:
        limits.append(max((BIAS_MANT_MAX << BIAS_EXP_MAX) / (64 * leak), 1.0))
    vth = int(min(limits))
    # Rounding raises weights, seldom by more than the 2 %; many small ones next to a large one may double.
    while vth >= 1 and (worst_load := _load(parts, vth, n)) >= CURRENT_LIMIT:
        vth = min(vth - 1, int(vth * CURRENT_LIMIT / worst_load))
    if vth < 1:
        worst = int(load.argmax())
        refuse_target(
            target.name,
            "liquid.weights",
            f"{load.max():.4g} thresholds into neuron {worst}",
            f"the summed input of a step must stay below {CURRENT_LIMIT}",
            "Lower the weights or the fan-in",
        )
    return vth


def _lattice(part: Signed, vth: int) -> tuple[NDArray[np.int16], int]:
    """The nearest weights the chip has at the threshold ``vth``, and their exponent."""
    exp = int(max(0, np.ceil(np.log2(part.largest * vth / (WEIGHT_MAX + 0.5)))))
    weight = np.empty(part.current.size, np.int16)
    for block in blocks(weight.size):
        weight[block] = np.clip(np.rint(part.current[block] * vth / (1 << exp)), -WEIGHT_MAX, WEIGHT_MAX)
    return weight, exp


def _load(parts: list[Signed], vth: int, n: int) -> int:
    """The largest input of a step that any neuron could receive; plastic weights may reach the end of their range."""
    load = np.zeros(n)
    for part in parts:
        weight, exp = _lattice(part, vth)
        add_load(load, part.post, weight, exp, part.plasticity is not None)
    return int(load.max(initial=0))


def add_load(load: NDArray[np.float64], post: NDArray[np.int32], weight: NDArray[Any], exp: int, plastic: bool) -> None:
    """Add what all synapses of one projection together can bring each neuron in a step."""
    for block in blocks(post.size):
        reach = np.abs(weight[block]) if not plastic else np.full(post[block].size, WEIGHT_MAX)
        np.add.at(load, post[block], reach * float(1 << exp))


def integer_projection(part: Signed, vth: int, sources: int, report: Report) -> Projection:
    """Round to the lattice, drop what rounds to nothing."""
    largest = part.largest * vth
    weight, exp = _lattice(part, vth)

    def error(block: slice) -> NDArray[np.float64]:
        return (weight[block] * float(1 << exp) - part.current[block] * vth) / largest

    report.rounding_of(f"{part.name} weight", weight.size, error, "of the largest")
    keep = (weight != 0) | (part.plasticity is not None)
    kept = int(np.count_nonzero(keep))
    if not kept:
        refuse_target(
            report.target,
            f"weights ({part.name})",
            part.strongest,
            f"all {weight.size} weights round to 0 at the highest threshold that the others allow, mantissa {vth}",
            "Raise them, or lower the largest weights, the fan-in or v_leak",
        )
    if kept < weight.size:
        report.notes.append(f"{part.name}: {weight.size - kept} of {weight.size} weights round to 0 and were dropped")
    report.notes.append(f"{part.name}: weights use {int(np.abs(weight).max())} of {WEIGHT_MAX}, exponent {exp}")
    return _grouped(part, weight, slice(None) if kept == weight.size else keep, exp, sources)


def float_projection(part: Signed, sources: int) -> Projection:
    return _grouped(part, part.current, slice(None), 0, sources)


def _grouped(part: Signed, weight: NDArray[Any], keep: slice | NDArray[np.bool_], exp: int, sources: int) -> Projection:
    indptr = np.concatenate([[0], np.cumsum(np.bincount(part.pre[keep], minlength=sources))]).astype(np.int64)
    return Projection(
        part.name,
        part.source,
        part.sign_mode,
        exp,
        indptr,
        np.ascontiguousarray(part.post[keep]),
        np.ascontiguousarray(weight[keep]),
        np.ascontiguousarray(part.delay[keep]),
        part.plasticity,
        part.short_term.take(keep) if part.short_term else None,
    )
