"""Synapses from thresholds and seconds to the chip's lattice, and the threshold that makes the best use of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurolsm.describe.draw import Edges, Network
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
from neurolsm.plasticity import Plasticity
from neurolsm.program import Projection


@dataclass(frozen=True, eq=False)
class Signed:
    """Edges of one sign: the current one spike must add, in thresholds, and whole delays."""

    edges: Edges
    sign_mode: str
    current: NDArray[np.float64]
    delay: NDArray[np.uint8]
    plasticity: Plasticity | None = None


def split_signs(network: Network, peak: NDArray[np.float64], dt: float, report: Report) -> list[Signed]:
    """Each kind of edges as an excitatory and an inhibitory part, so that both keep all 8 bits."""
    parts = []
    for edges in network.edges:
        steps = np.rint(edges.delay / dt)
        if steps.size and steps.max() > DELAY_MAX:
            refuse(
                "Liquid",
                f"delays ({edges.name})",
                f"{edges.delay.max():g} s",
                f"is {steps.max():.0f} steps, the limit is {DELAY_MAX}",
                "Shorten the delays, raise the speed or choose a longer dt",
            )
        if edges.delay.any():
            report.rounding(f"{edges.name} delay", edges.delay, steps * dt, "s")
        for sign_mode, chosen, rule in (
            ("excitatory", edges.weight > 0, edges.excitatory_rule),
            ("inhibitory", edges.weight < 0, edges.inhibitory_rule),
        ):
            if chosen.any():
                part = Edges(
                    f"{edges.name}/{sign_mode}",
                    edges.source,
                    edges.pre[chosen],
                    edges.post[chosen],
                    edges.weight[chosen],
                    edges.delay[chosen],
                    short_term=edges.short_term.take(chosen).in_steps(dt) if edges.short_term else None,
                )
                parts.append(
                    Signed(
                        part,
                        sign_mode,
                        part.weight / peak[part.post],
                        steps[chosen].astype(np.uint8),
                        rule.lower(dt) if rule else None,
                    )
                )
    return parts


def choose_threshold(parts: list[Signed], n: int, leak: float, target: Target) -> int:
    """The largest threshold mantissa at which every weight and bias fits and no neuron's input can reach CURRENT_LIMIT.

    The weight of a synapse is its current times the threshold; a larger threshold means finer weights. ``leak`` is the
    largest bias, in thresholds a step.
    """
    limits = [float(VTH_MAX)]
    load = np.zeros(n)
    finest = 0.0
    for part in parts:
        largest = np.abs(part.current).max()
        finest = max(finest, WEIGHT_MAX / largest)
        limits.append((WEIGHT_MAX << WEIGHT_EXP_MAX) / largest)
        # a plastic weight may grow to the end of its range, up to twice the largest of now
        reach = np.abs(part.current) if part.plasticity is None else 2 * largest
        np.add.at(load, part.edges.post, reach)
    if finest:
        limits.append(finest)
    if load.max(initial=0) > 0:
        limits.append(0.98 * (CURRENT_LIMIT - 1) / load.max())
    if leak:
        limits.append(max((BIAS_MANT_MAX << BIAS_EXP_MAX) / (64 * leak), 1.0))
    vth = int(min(limits))
    # Rounding raises weights, seldom by more than the 2 %; many small ones beside a large one may double.
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
    wanted = part.current * vth
    exp = int(max(0, np.ceil(np.log2(np.abs(wanted).max() / (WEIGHT_MAX + 0.5)))))
    return np.clip(np.rint(wanted / (1 << exp)), -WEIGHT_MAX, WEIGHT_MAX).astype(np.int16), exp


def _load(parts: list[Signed], vth: int, n: int) -> int:
    """The largest input of a step that any neuron could receive; plastic weights may reach the end of their range."""
    load = np.zeros(n)
    for part in parts:
        weight, exp = _lattice(part, vth)
        reach = np.abs(weight) if part.plasticity is None else np.full(weight.size, WEIGHT_MAX)
        load += np.bincount(part.edges.post, reach * float(1 << exp), n)
    return int(load.max(initial=0))


def integer_projection(part: Signed, vth: int, sources: int, report: Report) -> Projection:
    """Round to the lattice, drop what rounds to nothing."""
    wanted = part.current * vth
    largest = np.abs(wanted).max()
    weight, exp = _lattice(part, vth)
    report.rounding(f"{part.edges.name} weight", wanted / largest, weight * float(1 << exp) / largest, "of the largest")
    keep = (weight != 0) | (part.plasticity is not None)
    if not keep.any():
        refuse_target(
            report.target,
            f"weights ({part.edges.name})",
            float(np.abs(part.edges.weight).max()),
            f"all {weight.size} weights round to 0 at the highest threshold that the others allow, mantissa {vth}",
            "Raise them, or lower the largest weights, the fan-in or v_leak",
        )
    dropped = int((~keep).sum())
    if dropped:
        report.notes.append(f"{part.edges.name}: {dropped} of {weight.size} weights round to 0 and were dropped")
    report.notes.append(f"{part.edges.name}: weights use {int(np.abs(weight).max())} of {WEIGHT_MAX}, exponent {exp}")
    return _grouped(part, weight, keep, exp, sources)


def float_projection(part: Signed, sources: int) -> Projection:
    return _grouped(part, part.current, np.ones(part.current.size, bool), 0, sources)


def _grouped(part: Signed, weight: NDArray, keep: NDArray[np.bool_], exp: int, sources: int) -> Projection:
    pre, post = part.edges.pre[keep], part.edges.post[keep]
    order = np.lexsort((post, pre))
    indptr = np.concatenate([[0], np.cumsum(np.bincount(pre, minlength=sources))]).astype(np.int64)
    return Projection(
        part.edges.name,
        part.edges.source,
        part.sign_mode,
        exp,
        indptr,
        post[order].astype(np.int32),
        weight[keep][order],
        part.delay[keep][order],
        part.plasticity,
        part.edges.short_term.take(keep).take(order) if part.edges.short_term else None,
    )
