"""What one core and one chip hold: named constants, each with its source and how far it can be trusted.

Confidence is ``published`` (the maker, or a paper by the maker), ``community`` (open software that was run on the chip), or
``assumed`` (the public record is silent: the smallest figure that any public source gives for the family is used).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from neurolsm.errors import NotAvailable

DAVIES = "Davies et al., Loihi, IEEE Micro 38 (2018)"
BLOCK = "nengo-loihi block.py"
PROFILES = "nengo-loihi hardware/validate.py, marked there as to be checked"
LOIHI2 = "Intel, Taking Neuromorphic Computing to the Next Level with Loihi 2 (2021)"
AS_LOIHI1 = "not public; as on Loihi 1"


@dataclass(frozen=True)
class Limit:
    """One number, where it comes from, and how far to trust it."""

    value: int
    source: str
    confidence: str


@dataclass(frozen=True, kw_only=True)
class Chip:
    """The limits of one chip; those of ``CORE`` hold for every core.

    Attributes:
        cores, tile: neuromorphic cores of a chip; cores that share a router.
        neurons: compartments of a core.
        synaptic_memory: bits of a core.
        input_axons, output_axons: entries of the tables of a core: lists of synapses that spikes from elsewhere start, and
            pairs of a neuron and a list that it starts elsewhere.
        neuron_configurations: distinct (du, dv, refractory, bias exponent, adaptation) of a core.
        thresholds: distinct threshold mantissas of a core.
        synapse_formats: distinct formats (sign mode, exponent, bits, rule) of a core.
        pre_traces, post_traces: distinct trace profiles of plastic synapses of a core.
        delay: steps.
        index_bits: of a synapse that stores its target, where the target is counted.
    """

    name: str
    cores: Limit
    tile: Limit
    neurons: Limit
    synaptic_memory: Limit
    input_axons: Limit
    output_axons: Limit
    neuron_configurations: Limit
    thresholds: Limit
    synapse_formats: Limit
    pre_traces: Limit
    post_traces: Limit
    delay: Limit
    index_bits: Limit

    def limits(self) -> dict[str, Limit]:
        """Every limit by its name."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "name"}

    @property
    def of_a_core(self) -> tuple[int, ...]:
        """The values of ``CORE``, in that order."""
        return tuple(getattr(self, name).value for name in CORE)


CORE = (
    "neurons", "synaptic_memory", "input_axons", "output_axons", "neuron_configurations", "thresholds",
    "synapse_formats", "pre_traces", "post_traces",
)  # fmt: skip

# The memory of a synapse (nengo-loihi block.py, SynapseConfig): lists of at most 64 synapses, each with a header of 10 bits,
# in words of 64 bits; widths that a weight may have; a delay field of 0 to 6 bits; a tag where the rule keeps one.
WORD = 64
BLOCK_SYNAPSES = 64
BLOCK_HEADER = 10
WEIGHT_WIDTHS = (1, 2, 3, 4, 5, 6, 8)
TAG_BITS = 8  # 8 bits and a sign that is the weight's (Lava constants.py: 8 (9))
AXONS_PER_LEARNING_LIST = 2  # a plastic list keeps its traces in a second entry (nengo-loihi Synapse.idxs_per_synapse)
COMPARTMENTS_OF_ADAPTIVE = (
    2  # Rao et al., Nature Machine Intelligence 4 (2022): adaptation runs in a compartment of its own
)

CHIPS = {
    "loihi1": Chip(
        name="loihi1",
        cores=Limit(128, DAVIES, "published"),
        tile=Limit(4, DAVIES, "published"),
        neurons=Limit(1024, f"{DAVIES}; {BLOCK}", "published"),
        synaptic_memory=Limit(16384 * 64, f"{DAVIES}: 128 KB; {BLOCK}: 16,384 words of 64 bits", "published"),
        input_axons=Limit(4096, BLOCK, "community"),
        output_axons=Limit(4096, BLOCK, "community"),
        neuron_configurations=Limit(32, PROFILES, "community"),
        thresholds=Limit(16, PROFILES, "community"),
        synapse_formats=Limit(16, PROFILES, "community"),
        pre_traces=Limit(3, PROFILES, "community"),
        post_traces=Limit(3, "not public; as the traces of sources", "assumed"),
        delay=Limit(62, "6-bit field (nengo-loihi builder/validate.py); one slot is the step in progress", "community"),
        index_bits=Limit(10, f"{BLOCK} has widths of 0 and 6 to 12; 10 address 1,024 compartments", "community"),
    ),
    "loihi2": Chip(
        name="loihi2",
        cores=Limit(120, "120 or 128, sources differ (Lava constants: 128 and 120); the smaller one", "community"),
        tile=Limit(4, AS_LOIHI1, "assumed"),
        neurons=Limit(8192, f"{LOIHI2}: up to 8,192, fewer with more state", "published"),
        synaptic_memory=Limit(16384 * 64, f"{LOIHI2}: 192 KB per core, up to 128 KB for synapses", "community"),
        input_axons=Limit(4096, AS_LOIHI1, "assumed"),
        output_axons=Limit(4096, AS_LOIHI1, "assumed"),
        neuron_configurations=Limit(32, AS_LOIHI1, "assumed"),
        thresholds=Limit(16, AS_LOIHI1, "assumed"),
        synapse_formats=Limit(16, AS_LOIHI1, "assumed"),
        pre_traces=Limit(3, AS_LOIHI1, "assumed"),
        post_traces=Limit(3, AS_LOIHI1, "assumed"),
        delay=Limit(62, "Lava sparse/models.py: 0 to 63; one slot is the step in progress", "community"),
        index_bits=Limit(13, "not public; 13 address 8,192 neurons", "assumed"),
    ),
}


def get_chip(name: str) -> Chip:
    """The limits of the chip of that name."""
    if name not in CHIPS:
        raise NotAvailable(f"target {name!r} is unknown. Known targets are: {', '.join(CHIPS)}")
    return CHIPS[name]
