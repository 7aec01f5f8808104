"""Delays of synapses: a number of seconds, a law, or a speed."""

from __future__ import annotations

from dataclasses import dataclass

from neurolsm.describe import checks
from neurolsm.describe.laws import Law, Pairs, check_law


@dataclass(frozen=True)
class ByDistance:
    """delay = distance / speed, in the units of the topology's positions.

    Args:
        speed: grid units per second, above 0.

    Raises:
        InvalidValue: a field outside its range.

    Example:
        >>> import neurolsm as nl
        >>> topology = nl.Explicit([[0.0, 0.5], [0.0, 0.0]], position=[[0.0, 0.0, 0.0], [3.0, 4.0, 0.0]])
        >>> liquid = nl.Liquid(topology=topology, delays=nl.ByDistance(speed=1000.0))  # 5 grid units: 5 ms
        >>> program = nl.lower(nl.LSM(inputs=1, liquid=liquid)).program
        >>> [p.delay.tolist() for p in program.projections if p.source == "neuron"]
        [[5]]
    """

    speed: float

    def __post_init__(self) -> None:
        checks.number(self, "speed", 0, open_low=True, unit="grid units per second")


Delay = Law | Pairs | ByDistance


def check_delay(owner: object, field: str) -> None:
    if not isinstance(getattr(owner, field), (Pairs, ByDistance)):
        check_law(owner, field, unit="s")
