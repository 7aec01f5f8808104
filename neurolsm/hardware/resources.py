"""The resource report: what a program takes on a chip, core by core, and what decides it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from neurolsm.describe.lsm import LSM
from neurolsm.errors import NeuroLSMError, TargetRefusal
from neurolsm.hardware.alternatives import alternatives
from neurolsm.hardware.coding import CODINGS, UNUSED
from neurolsm.hardware.demand import slot_bits, trace_profile
from neurolsm.hardware.features import notes
from neurolsm.hardware.limits import CHIPS, CORE
from neurolsm.hardware.place import Placement, output_axons, place
from neurolsm.hardware.validate import violations
from neurolsm.lowering import lower
from neurolsm.program import Program
from neurolsm.shown import shown

BYTE = 8  # bits of a synapse in a count by hand


@dataclass(frozen=True)
class Connections:
    """One projection.

    Attributes:
        synapses, plastic: how many; whether they learn.
        bits: of a synapse without its index: weight, delay, tag.
        coding: how many cores store it in which coding.
    """

    name: str
    source: str
    synapses: int
    plastic: bool
    bits: int
    coding: dict[str, int]


@dataclass(frozen=True)
class OtherMap:
    """What another input map would take; ``refused`` says why it cannot be placed."""

    name: str
    cores: int
    synapses: int
    synaptic_memory: int
    binding: str
    refused: str = ""


@shown(
    target="target", chips="chips", cores="cores", neurons="neurons", synapses="synapses", plastic_synapses="plastic_synapses", binding="binding", notes="notes",
)  # fmt: skip
@dataclass(frozen=True, kw_only=True)
class Resources:
    """What a program takes. Pairs are (used, available).

    Attributes:
        target, chips, cores: the chip; how many chips and cores are used.
        neurons, synapses, plastic_synapses, inputs: of the program.
        binding: the limit that decides how many cores are needed.
        cores_with_indices: cores if each synapse also stores its target, the conservative reading of the public record; 0 if
            it cannot be placed then.
        by_hand: bits of all synapses at one byte each, and cores' worth of synaptic memory that is.
        total: every limit summed over the cores used.
        fullest: every limit in the core that has used most of it.
        per_core: every limit in every core.
        fan_in, fan_out: the largest; no limit of their own, memory and axons bound them.
        delay: longest, in steps.
        neuron_configurations, thresholds, trace_profiles: distinct ones in the whole program.
        connections: the projections.
        other_maps: the figures with other input maps.
        limits: value, source and confidence of every limit.
        notes: what to know besides.
    """

    target: str
    chips: int
    cores: int
    neurons: int
    synapses: int
    plastic_synapses: int
    inputs: int
    binding: str
    cores_with_indices: int
    by_hand: tuple[int, float]
    total: dict[str, tuple[int, int]]
    fullest: dict[str, tuple[int, int]]
    per_core: list[dict[str, tuple[int, int]]]
    fan_in: int
    fan_out: int
    delay: tuple[int, int]
    neuron_configurations: int
    thresholds: int
    trace_profiles: tuple[int, int]
    connections: list[Connections]
    other_maps: list[OtherMap]
    limits: dict[str, dict[str, Any]]
    notes: list[str]

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self)


def resources(source: LSM | Program, target: str, *, chips: int = 1) -> tuple[Resources, Placement]:
    """The report of a description or of a program, and the placement it describes.

    A placement is never reported before the independent validator has found nothing wrong with it.

    Raises:
        TargetRefusal: it does not fit, or uses what the chip lacks.
    """
    program = lower(source, target).program if isinstance(source, LSM) else source
    placement = place(program, target, chips=chips)
    wrong = violations(program, placement)
    if wrong:
        raise NeuroLSMError(f"the placement is wrong, please report it: {wrong[0]}")
    chip = placement.chip
    used = placement.used
    available = dict(zip(CORE, chip.of_a_core, strict=True))
    rows = [dict(zip(CORE, zip(row, chip.of_a_core, strict=True), strict=True)) for row in used.tolist()]
    fan_in = sum((np.bincount(p.post, minlength=program.n) for p in program.projections), np.zeros(program.n, int))
    fan_out = sum((np.diff(p.indptr) for p in program.projections if p.source == "neuron"), np.zeros(program.n, int))
    profiles = [len({trace_profile(p, names) for p in program.plastic}) for names in (("x1", "x2"), ("y1", "y2", "y3"))]
    found = Resources(
        target=chip.name, chips=placement.chips, cores=placement.cores, neurons=program.n, synapses=program.synapses,
        plastic_synapses=sum(p.size for p in program.plastic), inputs=program.n_inputs, binding=placement.binding,
        cores_with_indices=_cores_with_indices(program, target),
        by_hand=(program.synapses * BYTE, program.synapses * BYTE / available["synaptic_memory"]),
        total={k: (int(used[:, c].sum()), placement.cores * available[k]) for c, k in enumerate(CORE)},
        fullest={k: (int(used[:, c].max()), available[k]) for c, k in enumerate(CORE)},
        per_core=rows, fan_in=int(fan_in.max(initial=0)), fan_out=int(fan_out.max(initial=0)),
        delay=(program.max_delay, chip.delay.value),
        neuron_configurations=_distinct(program, "du", "dv", "refractory", "bias_exp", "theta_step", "theta_decay"),
        thresholds=_distinct(program, "vth"), trace_profiles=(profiles[0], profiles[1]),
        connections=[_connections(program, placement, k) for k in range(len(program.projections))],
        other_maps=_other_maps(source, target) if isinstance(source, LSM) else [],
        limits={name: asdict(limit) for name, limit in chip.limits().items()}, notes=_notes(program, placement),
    )  # fmt: skip
    return found, placement


def _distinct(program: Program, *names: str) -> int:
    return len(np.unique(np.stack([getattr(program.neurons, name) for name in names]), axis=1).T)


def _cores_with_indices(program: Program, target: str) -> int:
    try:
        return place(program, target, chips=1 << 20, indices=True).cores
    except TargetRefusal:
        return 0


def _connections(program: Program, placement: Placement, k: int) -> Connections:
    p = program.projections[k]
    chosen = placement.coding[:, k]
    coding = {name: int((chosen == c).sum()) for c, name in enumerate(CODINGS) if (chosen == c).any()}
    assert sum(coding.values()) == int((chosen != UNUSED).sum())
    return Connections(p.name, p.source, p.size, p.plasticity is not None, slot_bits(p), coding)


def _other_maps(lsm: LSM, target: str) -> list[OtherMap]:
    found = []
    for name, other in alternatives(lsm):
        try:
            program = lower(other, target).program
            placed = place(program, target, chips=1 << 20)
            bits = int(placed.used[:, CORE.index("synaptic_memory")].sum())
            found.append(OtherMap(name, placed.cores, program.synapses, bits, placed.binding))
        except NeuroLSMError as error:
            found.append(OtherMap(name, 0, 0, 0, "", str(error)))
    return found


def _notes(program: Program, placement: Placement) -> list[str]:
    chip = CHIPS[placement.chip.name]
    assumed = [name.replace("_", " ") for name, limit in chip.limits().items() if limit.confidence == "assumed"]
    said = notes(program, chip)
    if assumed:
        said.append(
            f"not public for {chip.name}, so the smallest figure known for the family is used: {', '.join(assumed)}"
        )
    said.append(
        "synaptic memory follows the one public formula (nengo-loihi), which counts weight, delay and tag of a synapse but not "
        "its index; the conservative count with indices is given next to it"
    )
    far = output_axons(program, placement.core, placement.cores).sum()
    if placement.chips > 1 and far:
        said.append("spikes between chips take more energy and time than the model counts")
    if program.n_inputs:
        said.append("input channels are driven by the embedded processors or from outside and take no output axons")
    return said
