"""What a chip lacks: programs that use it are refused by name, with the nearest thing that works."""

from __future__ import annotations

from neurolsm.errors import refuse_target
from neurolsm.hardware.limits import Chip
from neurolsm.program import Program


def check_features(program: Program, chip: Chip) -> None:
    """Refuse a program that ``chip`` cannot run, whatever its size.

    Raises:
        TargetRefusal: float arithmetic, a second tag (which on the chip is the delay), too long delays, or third factors
            of single neurons on Loihi 1.
    """
    if not program.integer:
        refuse_target(
            chip.name, "arithmetic", program.arithmetic,
            "the chip counts in integers; float64 and what is defined in it alone, such as short-term plasticity, stay on the host",
            "Lower with arithmetic='loihi'; long-term rules such as STDP run on the chip",
        )  # fmt: skip
    if program.max_delay > chip.delay.value:
        refuse_target(
            chip.name, "delays", program.max_delay, f"the limit is {chip.delay.value} steps", "Shorten the delays"
        )
    for p in program.plastic:
        assert p.plasticity is not None
        if p.plasticity.dd:
            refuse_target(
                chip.name, f"{p.name}.plasticity.dd", len(p.plasticity.dd),
                "on the chip the variable d is the delay of the synapse, not a second tag",
                "Keep one tag, in dt; learned second tags run on the emulator, Brian2 and Lava's simulator",
            )  # fmt: skip
    for m in program.modulators:
        if chip.name == "loihi1" and m.kind != "direct":
            refuse_target(
                chip.name, "modulators", m.kind,
                "Loihi 1 has one reward for all, not a third factor for each neuron",
                "Use target='loihi2', or a rule with one reward such as RewardSTDP",
            )  # fmt: skip


def notes(program: Program, chip: Chip) -> list[str]:
    """What runs, but not in the neuromorphic cores, or at a price."""
    found = []
    if program.neurons.adapts:
        found.append(
            "adaptive thresholds are counted as a second compartment, which Loihi needs for them; the public record has no "
            "measurement of this arithmetic on the chip"
        )
    if program.intrinsic:
        found.append("intrinsic plasticity is done by the embedded processors, every period, from spike counters")
    if any(p.plasticity is not None and p.plasticity.stream == "lava" for p in program.projections):
        found.append(
            "rounding of learned weights draws from Lava's stream in simulation and from the core's own on the chip"
        )
    return found
