"""Hardware limits as named constants, each with its source."""

from __future__ import annotations

from dataclasses import dataclass

from neurolsm.errors import NotAvailable

DECAY_ONE = 4096  # decays are 12-bit shares: Lava 0.10 proc/lif/models.py
DU_MAX, DV_MAX = 4095, 4096  # the current decay has an offset of 1 (ds_offset), the voltage decay none
VTH_MAX = (1 << 17) - 1  # 17-bit threshold mantissa: nengo-loihi discretize.py, Lava LIF
BIAS_MANT_MAX, BIAS_EXP_MAX = 4095, 7  # 13-bit signed mantissa, 3-bit exponent: Lava LIF
REFRACTORY_MAX = 63  # nengo-loihi nxsdk_objects.py REFRACT_DELAY_MAX
DELAY_MAX = 62  # 6-bit field; Lava's delay processes hold 0..63, one slot of which is the step in progress
WEIGHT_MAX = 255  # 8 bits and a sign: Brian2Loihi README, Lava weightutils.py
WEIGHT_EXP_MAX = 7  # Lava weightutils.py
CURRENT_LIMIT = 1 << 17  # summed input per step: beyond it the 24-bit current would wrap more than once
STATE_LIMIT = 1 << 23  # 24-bit signed u and v


@dataclass(frozen=True)
class Target:
    """What one chip holds.

    Attributes:
        neurons, synapses: on one chip, 8-bit weights.
        fan_in: synapses onto one neuron, which must lie in the synaptic memory of its core (one byte per synapse).
        adaptive: whether neurons may have an adaptive threshold.
        source: where the numbers come from.
    """

    name: str
    neurons: int
    synapses: int
    fan_in: int
    adaptive: bool
    source: str


TARGETS = {
    "loihi1": Target(
        "loihi1",
        128 * 1024,
        128 * (1 << 17),
        1 << 17,
        True,
        "128 cores, 1,024 compartments and 128 KiB of synaptic memory per core (Davies et al., IEEE Micro 38, 2018; "
        "nengo-loihi block.py)",
    ),
    "loihi2": Target(
        "loihi2",
        1_000_000,
        120_000_000,
        1 << 17,
        True,
        "1 million neurons, 120 million synapses a chip (Intel, Taking Neuromorphic Computing to the Next Level with "
        "Loihi 2, 2021)",
    ),
}


def get_target(name: str) -> Target:
    if name not in TARGETS:
        raise NotAvailable(f"target {name!r} is unknown. Known targets are: {', '.join(TARGETS)}")
    return TARGETS[name]
