"""The mapper: every neuron of a program onto a core of a chip, with no limit of any core broken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurolsm.errors import refuse, refuse_target
from neurolsm.hardware.coding import DENSE, SHARED, SPARSE, UNUSED, list_bits_of, list_hashes
from neurolsm.hardware.demand import Demand
from neurolsm.hardware.features import check_features
from neurolsm.hardware.limits import CORE, Chip, get_chip
from neurolsm.hardware.pack import MEMORY, OUTPUT_AXONS, destinations, pack
from neurolsm.program import Program

ROUNDS = 12  # of packing with better and better counts of output axons, before the worst case is taken
REMEDIES = {
    "synaptic_memory": "Lower the fan-in of the neuron",
    "input_axons": "Lower the fan-in of the neuron, or collect sources in relay neurons",
    "output_axons": "Lower the fan-out of the neuron, or let several neurons repeat it",
    "synapse_formats": "Describe fewer kinds of synapses onto the neuron",
    "pre_traces": "Give the rules onto the neuron the same traces x1 and x2",
    "post_traces": "Give the rules onto the neuron the same traces y1, y2 and y3",
}


@dataclass(frozen=True, eq=False)
class Placement:
    """Where everything is.

    Attributes:
        chip: whose limits are kept.
        chips: how many of them are used.
        indices: whether each sparse synapse was counted with the index of its target.
        core: of each neuron, int64 [n]; cores are numbered through all chips.
        used: of each limit of ``limits.CORE`` in each core, int64 [cores, limits].
        coding: of each projection in each core, an index into ``coding.CODINGS``, or 3 where it has no synapse, int8.
        closed: the limit that closed each core, an index into ``limits.CORE``; -1 for the last one.
    """

    chip: Chip
    chips: int
    indices: bool
    core: NDArray[np.int64]
    used: NDArray[np.int64]
    coding: NDArray[np.int8]
    closed: NDArray[np.int64]

    @property
    def cores(self) -> int:
        return self.closed.size

    @property
    def binding(self) -> str:
        """The limit that decides how many cores are needed: the one that closed most; the fullest where one core is enough."""
        closed = self.closed[self.closed >= 0]
        if closed.size:
            return CORE[int(np.bincount(closed, minlength=len(CORE)).argmax())]
        return CORE[int((self.used / np.array(self.chip.of_a_core)).max(axis=0).argmax())]


def place(program: Program, target: str | Chip = "", *, chips: int = 1, indices: bool = False) -> Placement:
    """Place ``program`` on the cores of up to ``chips`` chips.

    Neurons keep their order, in which topologies put neighbours side by side; where they have more profiles than a core holds,
    they are sorted by profile first. How many output axons a neuron needs depends on where its targets are, so packing is
    repeated with the counts of the round before until they hold.

    Args:
        program: in Loihi arithmetic.
        target: ``loihi1``, ``loihi2`` or limits of one's own; empty for the program's own target.
        chips: at most this many, at least 1.
        indices: count the index of each sparse synapse (see ``hardware.coding``).

    Raises:
        TargetRefusal: the chip lacks a feature, one neuron breaks a limit alone, or more chips would be needed.
    """
    if isinstance(chips, bool) or not isinstance(chips, (int, np.integer)) or chips < 1:
        refuse("place", "chips", chips, "must be a whole number, at least 1", "Leave it out for one chip")
    chip = target if isinstance(target, Chip) else get_chip(target or (program.target if program.integer else "loihi2"))
    check_features(program, chip)
    demand = Demand.of(program)
    core, closed = _settle(program, demand, chip, chip.index_bits.value if indices else 0)
    if indices:  # cores with fewer neurons need narrower indices, which leave room for more
        width = index_width(int(np.bincount(core).max()))
        if width < chip.index_bits.value:
            narrow = _settle(program, demand, chip, width)
            core, closed = min((core, closed), narrow, key=lambda found: found[1].size)
    cores = closed.size
    needed = -(-cores // chip.cores.value)
    placement = Placement(chip, needed, indices, core, *_usage(program, demand, chip, indices, core, cores), closed)
    if needed > chips:
        refuse_target(
            chip.name, "liquid", f"{cores:,} cores",
            f"{chips} chip{'s have' if chips > 1 else ' has'} {chips * chip.cores.value:,}; {placement.binding} binds",
            f"Give chips={needed}, or lower what binds",
        )  # fmt: skip
    return placement


def _settle(program: Program, demand: Demand, chip: Chip, width: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pack until the output axons that were allowed cover those that are needed; ``width`` bits per index, 0 for none."""
    order = _order(demand, chip)
    lists = np.repeat(np.arange(len(program.projections)), np.diff(demand.first))
    index = np.full(demand.slot.size, width, np.int64)
    limits = np.array(chip.of_a_core, np.int64)
    if width:
        limits[0] = min(limits[0], 1 << width)
    outgoing = np.zeros(program.n, np.int64)
    worst = _fan_out(program)
    for k in range(ROUNDS + 1):
        core, closed, neuron, broken = pack(
            order, demand.back, demand.heard, lists, demand.slot, index, demand.axons, demand.dense, demand.pre,
            demand.post, demand.configuration, demand.threshold, demand.compartments, outgoing, limits,
        )  # fmt: skip
        if neuron >= 0:
            _refuse_neuron(program, demand, chip, int(neuron), CORE[broken], int(outgoing[neuron]))
        actual = output_axons(program, core, closed.size)
        sums = np.bincount(core, actual, closed.size)
        if (sums <= limits[OUTPUT_AXONS]).all():
            break
        outgoing = np.maximum(outgoing, actual) if k < ROUNDS - 1 else worst
    return core, closed


def index_width(members: int) -> int:
    """Bits of an index into a core with ``members`` neurons; at least 6, the narrowest field (nengo-loihi block.py)."""
    return max(6, (members - 1).bit_length())


def _order(demand: Demand, chip: Chip) -> NDArray[np.int64]:
    n = demand.configuration.size
    many = demand.configuration.max() >= chip.neuron_configurations.value
    if many or demand.threshold.max() >= chip.thresholds.value:
        return np.lexsort((np.arange(n), demand.threshold, demand.configuration))
    return np.arange(n)


def _fan_out(program: Program) -> NDArray[np.int64]:
    found = np.zeros(program.n, np.int64)
    for p in program.projections:
        if p.source == "neuron":
            found += np.diff(p.indptr)
    return found


def output_axons(program: Program, core: NDArray[np.int64], cores: int) -> NDArray[np.int64]:
    """Entries of each neuron in the table of output axons of its core: one for each projection and core it reaches."""
    found = np.zeros(program.n, np.int64)
    for p in program.projections:
        if p.source == "neuron":
            found += destinations(p.indptr, p.post, core, cores)
    return found


def _refuse_neuron(program: Program, demand: Demand, chip: Chip, neuron: int, limit: str, outgoing: int) -> None:
    heard = demand.heard[demand.back[neuron] : demand.back[neuron + 1]]
    refuse_target(
        chip.name, "liquid", f"neuron {neuron}",
        f"alone needs more {limit} than a core has, {getattr(chip, limit).value:,} "
        f"({heard.size:,} synapses onto it, {outgoing:,} output axons)",
        REMEDIES.get(limit, "Make the neuron simpler"),
    )  # fmt: skip


def _usage(
    program: Program, demand: Demand, chip: Chip, indices: bool, core: NDArray[np.int64], cores: int
) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
    """What each core holds under a placement, with the cheapest coding of each projection, and which coding that is."""
    used = np.zeros((cores, len(CORE)), np.int64)
    coding = np.full((cores, len(program.projections)), UNUSED, np.int8)
    members = np.bincount(core, minlength=cores)
    used[:, 0] = np.bincount(core, demand.compartments, cores)
    used[:, OUTPUT_AXONS] = np.bincount(core, output_axons(program, core, cores), cores)
    for column, profile in ((4, demand.configuration), (5, demand.threshold)):
        used[:, column] = np.bincount(
            np.unique(core * (profile.max() + 1) + profile) // (profile.max() + 1), minlength=cores
        )
    keys = np.random.default_rng(0).integers(0, 2**64, program.n, np.uint64)
    present = np.zeros((cores, len(program.projections)), bool)
    widths, none = np.array([index_width(int(m)) for m in members]), np.zeros(cores, np.int64)
    for k, p in enumerate(program.projections):
        _, where, many, total = list_hashes(p.indptr, p.post, _plain(p.weight), p.delay, core, cores, keys)
        lists = np.bincount(where, minlength=cores)
        slot = int(demand.slot[k])
        costs = np.full((3, cores), np.iinfo(np.int64).max)
        costs[SPARSE] = np.bincount(where, sizes(slot, widths if indices else none, where, many), cores)
        full = np.bincount(where, many, cores) == lists * members
        allowed = full | demand.dense[k]
        costs[DENSE][allowed] = (lists * sizes(slot, none, np.arange(cores), members))[allowed]
        if p.plasticity is None:
            once = np.unique(total, return_index=True)[1]
            costs[SHARED] = np.bincount(where[once], sizes(slot, widths, where[once], many[once]), cores)
        chosen = costs.argmin(axis=0)
        here = lists > 0
        present[:, k] = here
        used[here, MEMORY] += costs[chosen, np.arange(cores)][here]
        coding[here, k] = chosen[here]
        used[:, 2] += lists * int(demand.axons[k])
    used[:, 6] = present.sum(axis=1)
    for column, profile in ((7, demand.pre), (8, demand.post)):
        for value in np.unique(profile[profile >= 0]):
            used[:, column] += present[:, profile == value].any(axis=1)
    return used, coding


def _plain(weight: NDArray[np.int16]) -> NDArray[np.int64]:
    return weight.astype(np.int64)


def sizes(slot: int, widths: NDArray[np.int64], where: NDArray[np.int64], many: NDArray[np.int64]) -> NDArray[np.int64]:
    """Bits of lists of ``many`` synapses in the cores ``where``, whose indices have ``widths`` bits."""
    return list_bits_of(many, slot + widths[where])
