"""Lowering: draw the network, choose the threshold, quantise, check every bound, report."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurolsm.describe.draw import INPUT, Network, draw, expected_synapses
from neurolsm.describe.lsm import LSM
from neurolsm.describe.protocols import refuse_returned
from neurolsm.describe.rule import ExcitabilityRule
from neurolsm.errors import NotAvailable, refuse, refuse_target
from neurolsm.lowering.bounds import check_bounds
from neurolsm.lowering.neurons import decays, float_neurons, integer_neurons
from neurolsm.lowering.report import Report
from neurolsm.lowering.response import peak
from neurolsm.lowering.synapses import choose_threshold, float_projection, integer_projection, split_signs
from neurolsm.lowering.target import DECAY_ONE, get_target
from neurolsm.memory import require
from neurolsm.program import Population, Program
from neurolsm.program.plasticity import Intrinsic
from neurolsm.shown import shown

# The peak while lowering, measured by benchmarks/desk_chip.py
BYTES_A_SYNAPSE, BYTES_A_NEURON = 60, 1000


@shown(neurons="program.n", synapses="program.synapses", program="program.sha256", report="report.counts")
@dataclass(frozen=True, eq=False)
class Lowered:
    """A program, and the report of how it differs from its description."""

    program: Program
    report: Report


def lower(lsm: LSM, target: str = "loihi2", arithmetic: str = "loihi") -> Lowered:
    """Turn a description into the Program of a target.

    Args:
        lsm: the description.
        target: ``loihi1`` or ``loihi2``; ignored in float arithmetic.
        arithmetic: ``loihi`` for the chip's integers, ``float`` for the same equations in float64.

    Raises:
        TargetRefusal: the target cannot hold the description; the message names the field that asks too much.
        NotAvailable: unknown target or arithmetic.

    Example:
        >>> import neurolsm as nl
        >>> lsm = nl.LSM(inputs=2, liquid=nl.Liquid(topology=nl.RandomGraph(n=20, density=0.3)), seed=1)
        >>> lowered = nl.lower(lsm, "loihi1")
        >>> lowered.program.target, lowered.program.n, lowered.program.neurons.vth.dtype.name
        ('loihi1', 20, 'int32')
        >>> nl.lower(lsm, arithmetic="float").program.neurons.vth.dtype.name
        'float64'
    """
    if not isinstance(lsm, LSM):
        refuse("lower", "lsm", type(lsm).__name__, "must be an LSM", "Write LSM(inputs=..., liquid=...)")
    if lsm.tuning is not None:
        remedy = "Lower self_tune(lsm, inputs).lsm, or fit an estimator, or deploy with samples="
        refuse("lower", "lsm.tuning", lsm.tuning, "is still to be done, and needs samples", remedy)
    if arithmetic not in ("loihi", "float"):
        raise NotAvailable(f"arithmetic {arithmetic!r} is unknown. Choose 'loihi' or 'float'")
    _check_memory(lsm)
    network = draw(lsm)
    if arithmetic == "float":
        _refuse_learning(lsm, network)
    lowered = lower_network(network, lsm.dt, lsm.seed, target, arithmetic)
    if not lsm.readout:
        return lowered
    program, report = lsm.readout.attach(lowered.program), lowered.report
    if not isinstance(program, Program):
        refuse_returned(
            lsm.readout, "attach", program, "must be a Program", "Return the program with the readout behind it"
        )
    check_bounds(program.neurons, program.projections, get_target(target), report, liquid=lsm.n)
    return Lowered(program, report)


@np.errstate(under="ignore")  # shares and errors next to nothing are 0
def lower_network(network: Network, dt: float, seed: int, target: str, arithmetic: str) -> Lowered:
    """``lower`` of what was drawn, or of a network from elsewhere that is given in the same terms."""
    populations = tuple(Population(*entry) for entry in network.liquids)
    if arithmetic == "float":
        neurons = float_neurons(network, dt)
        report = Report("float arithmetic")
        parts = split_signs(network, peak(1 - neurons.du, 1 - neurons.dv), dt, report)
        projections = tuple(float_projection(part, _sources(network, part.source)) for part in parts)
        program = Program("none", "float", dt, seed, network.n_inputs, populations, neurons, projections)
        return Lowered(program, report)
    chip = get_target(target)
    for edges in network.edges:
        if edges.short_term is not None:
            remedy = "Use arithmetic='float', or leave it out"
            refuse_target(
                chip.name, "liquid.short_term", edges.name, "synapses of the chip have no such dynamics", remedy
            )
    report = Report(chip.name)
    du, dv = decays(network, dt, report)
    parts = split_signs(network, peak(1 - (du + 1) / DECAY_ONE, 1 - dv / DECAY_ONE), dt, report)
    leak = float((network.constants["v_leak"] * dv).max(initial=0)) / DECAY_ONE
    vth = choose_threshold(parts, network.n, leak, chip)
    neurons = integer_neurons(network, dt, du, dv, vth, chip, report)
    projections = tuple(integer_projection(part, vth, _sources(network, part.source), report) for part in parts)
    check_bounds(neurons, projections, chip, report, liquid=network.n)
    intrinsic = tuple(_intrinsic(rule, dt, vth, start, stop) for rule, start, stop in network.intrinsic)
    program = Program(
        chip.name, "loihi", dt, seed, network.n_inputs, populations, neurons, projections, intrinsic=intrinsic
    )
    return Lowered(program, report)


def _intrinsic(rule: ExcitabilityRule, dt: float, vth: int, start: int, stop: int) -> Intrinsic:
    found = rule.lower(dt, vth, start, stop)
    if not isinstance(found, Intrinsic):
        remedy = "Return an Intrinsic of neurolsm.program.plasticity"
        refuse_returned(rule, "lower", found, "must be an Intrinsic", remedy)
    return found


def _refuse_learning(lsm: LSM, network: Network) -> None:
    plastic = [e.name for e in network.edges if e.excitatory_rule or e.inhibitory_rule]
    found = plastic or (["intrinsic"] if network.intrinsic else []) or (["readout"] if lsm.readout else [])
    if found:
        refuse_target(
            "float", "plasticity", found[0], "learning is defined in the chip's integers only", "Use arithmetic='loihi'"
        )


def _check_memory(lsm: LSM) -> None:
    synapses, _ = expected_synapses(lsm.liquid, lsm.inputs)
    needed = BYTES_A_SYNAPSE * synapses + BYTES_A_NEURON * lsm.n
    remedy = "Make the network smaller, or lower it on a machine with more memory"
    require("LSM", "liquid", f"{lsm.n:,} neurons, about {synapses:,.0f} synapses", needed, remedy)


def _sources(network: Network, source: str) -> int:
    return network.n_inputs if source == INPUT else network.n
