"""A model of the energy and the time that counted events take on Loihi 1. A model: nothing here was measured on a chip.

    dynamic = synops e_syn + active e_act + inactive e_ina + plastic e_pla + spikes e_spk + messages e_msg + hops_x e_x + hops_y e_y
    step    = max over cores (synops t_syn + active t_act + inactive t_ina + plastic t_pla + received t_msg) + barrier
    energy  = dynamic + 104 mW chips time

Two published sets of constants give the range. The first is the maker's, from before silicon, at 0.75 V: the least an event can
take. The second was fitted to boards by others; it has no figure for learning, where the maker's stands in.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from neurolsm.hardware.events import Events
from neurolsm.hardware.place import Placement

STATIC_WATT = 0.104  # a chip; community measurements with idle cores, about 0.8 mW a core


@dataclass(frozen=True, kw_only=True)
class Costs:
    """Picojoules of an event."""

    source: str
    synop: float
    active: float
    inactive: float
    plastic: float
    spike: float
    message: float
    hop_x: float
    hop_y: float


DAVIES = Costs(
    source="Davies et al., Loihi, IEEE Micro 38 (2018), table 2: pre-silicon, 0.75 V",
    synop=23.6, active=81.0, inactive=52.0, plastic=120.0, spike=0.0, message=1.7, hop_x=3.0, hop_y=4.0,
)  # fmt: skip
BOARDS = Costs(
    source="SANA-FE arch/loihi.yaml, fitted to Nahuku boards (sparse and dense synapses: the larger); learning as Davies et al.",
    synop=35.5, active=51.2 + 21.6, inactive=51.2, plastic=120.0, spike=69.3, message=111.0, hop_x=3.0, hop_y=4.0,
)  # fmt: skip
# Nanoseconds of an event in its core (Davies et al., table 2), and of the barrier at the end of a step.
SYNOP_NS, ACTIVE_NS, INACTIVE_NS, PLASTIC_NS, MESSAGE_NS = 3.5, 8.4, 5.3, 6.1, 2.1
BARRIER_NS = (113.0, 465.0)  # with 1 tile and with 32, Davies et al.
BARRIER_BOARDS_NS = 1800.0  # the slowest fitted by SANA-FE (0.6 to 1.8 us)
ASSUMPTIONS = (
    "a model from counted events, not a measurement; use it to compare designs, not to predict a meter",
    "events in one core follow one another, cores run side by side, the slowest core of a step sets its length",
    "a compartment is active where u or v is not 0 or a bias drives it; the chip's own criterion is not public",
    "learning looks at the synapses whose rule has an event in the epoch; the chip may visit more",
    "routers form a mesh of 8 x 4 tiles; input spikes enter at their core; embedded processors and chip-to-chip links cost nothing",
    "static power is that of a whole chip, however few of its cores are used",
)


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """Energy and time of one sample. Pairs are (least, most).

    Attributes:
        model: says that this is one.
        samples, steps: that were run; steps of a sample on average.
        counts: events of a sample.
        dynamic: joules, by kind of event, for each set of costs.
        dynamic_joule: their sums.
        fast_second: time if every step ends as soon as it can.
        fast_joule: with static power over that time.
        real_second: steps times dt.
        real_joule: with static power over that time.
        assumptions, sources: what it stands on.
    """

    model: str
    samples: int
    steps: float
    counts: dict[str, float]
    dynamic: dict[str, dict[str, float]]
    dynamic_joule: tuple[float, float]
    fast_second: tuple[float, float]
    fast_joule: tuple[float, float]
    real_second: float
    real_joule: tuple[float, float]
    assumptions: tuple[str, ...]
    sources: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self)


def estimate(events: Events, placement: Placement, dt: float) -> Estimate | None:
    """The model's answer for ``events`` on Loihi 1; None for Loihi 2, of which no energy of an event is public.

    Args:
        dt: seconds that one step stands for.
    """
    if placement.chip.name != "loihi1":
        return None
    samples = max(events.samples, 1)
    counts = {name: total / samples for name, total in events.totals().items() if name not in ("samples", "steps")}
    dynamic = {costs.source: _dynamic(counts, costs) for costs in (DAVIES, BOARDS)}
    sums = sorted(sum(parts.values()) for parts in dynamic.values())
    fast = tuple(seconds / samples for seconds in _fast(events, placement))
    real = events.steps * dt / samples
    static = STATIC_WATT * placement.chips
    return Estimate(
        model="model, not a measurement", samples=events.samples, steps=events.steps / samples, counts=counts,
        dynamic=dynamic, dynamic_joule=(sums[0], sums[1]), fast_second=(fast[0], fast[1]),
        fast_joule=(sums[0] + static * fast[0], sums[1] + static * fast[1]), real_second=real,
        real_joule=(sums[0] + static * real, sums[1] + static * real), assumptions=ASSUMPTIONS,
        sources=(DAVIES.source, BOARDS.source),
    )  # fmt: skip


def _dynamic(counts: dict[str, float], costs: Costs) -> dict[str, float]:
    messages = counts["within"] + counts["across"] + counts["outside"]
    picojoule = {
        "synaptic operations": counts["synops"] * costs.synop, "active neuron updates": counts["active"] * costs.active,
        "inactive neuron updates": counts["inactive"] * costs.inactive,
        "plastic updates": counts["plastic"] * costs.plastic, "spikes": counts["spikes"] * costs.spike,
        "messages": messages * costs.message,
        "hops": counts["hops_x"] * costs.hop_x + counts["hops_y"] * costs.hop_y,
    }  # fmt: skip
    return {name: 1e-12 * value for name, value in picojoule.items()}


def _fast(events: Events, placement: Placement) -> tuple[float, float]:
    """Seconds of all steps, with the maker's barrier for the tiles in use, and with the slowest that was fitted."""
    busy = (
        SYNOP_NS * events.synops + ACTIVE_NS * events.active + INACTIVE_NS * events.inactive
        + PLASTIC_NS * events.plastic + MESSAGE_NS * events.received
    ).max(axis=1, initial=0).sum()  # fmt: skip
    cores = min(placement.cores, placement.chip.cores.value)
    tiles = -(-cores // placement.chip.tile.value)
    barrier = BARRIER_NS[0] + (BARRIER_NS[1] - BARRIER_NS[0]) * (tiles - 1) / 31
    return 1e-9 * (busy + events.steps * barrier), 1e-9 * (busy + events.steps * BARRIER_BOARDS_NS)
