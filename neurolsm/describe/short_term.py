"""Short-term plasticity of synapses: depression and facilitation within a sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from neurolsm.describe import likely
from neurolsm.describe.laws import Constant, Law, Pairs, check_law
from neurolsm.errors import refuse


@dataclass(frozen=True, kw_only=True)
class ShortTermPlasticity:
    """Dynamic synapses of Markram and Tsodyks: what a spike delivers depends on the spikes before it.

        at a spike, t after the one before it:
            u <- U + u (1 - U) exp(-t / facilitation),   R <- 1 + (R - u_before R - 1) exp(-t / recovery)
            delivered: weight u R,   with u = U and R = 1 at the first spike

    so the first spike delivers U times the weight. Short recovery and long facilitation make a synapse that grows with
    the rate, the opposite one that fades. Only in float arithmetic: the chip has nothing like it.

    Args:
        use: U, the share of its resources that a synapse spends on a spike at rest, 0..1: one law, or ``Pairs`` of laws. What a
            law draws above 1 counts as 1.
        recovery: time constant with which spent resources come back, seconds, above 0 (D in the literature).
        facilitation: time constant with which raised use falls back, seconds, above 0 (F).

    Raises:
        InvalidValue: a field outside its range.

    Source: Markram, Wang and Tsodyks, PNAS 95 (1998), equations 1 and 2; Maass, Natschlaeger and Markram, Neural Computation
    14 (2002), for the order of the terms.

    Example:
        >>> import neurolsm as nl
        >>> synapse = nl.ShortTermPlasticity(use=0.5, recovery=1.0, facilitation=0.01)  # depresses
        >>> liquid = nl.Liquid(topology=nl.Explicit([[0.0, 0.1], [0.0, 0.0]]), short_term=synapse)
        >>> len(nl.lower(nl.LSM(inputs=1, liquid=liquid), arithmetic="float").program.dynamic)  # projections that have it
        1
        >>> nl.lower(nl.LSM(inputs=1, liquid=liquid))
        Traceback (most recent call last):
            ...
        neurolsm.errors.TargetRefusal: target loihi2 cannot hold LSM.liquid.short_term = ...
    """

    use: Law | Pairs = 0.5
    recovery: Law | Pairs = 1.1
    facilitation: Law | Pairs = 50e-3

    def __post_init__(self) -> None:
        for field, unit in (("use", ""), ("recovery", "s"), ("facilitation", "s")):
            value: Any = getattr(self, field)
            if not isinstance(value, Pairs):
                check_law(self, field, above_zero=field != "use", unit=unit)
        for law in _laws(self.use):
            if (share := _constant(law)) is not None and share > 1:
                refuse("ShortTermPlasticity", "use", share, "must be 0 to 1", "Give the share that a spike spends")
        for field in ("recovery", "facilitation"):
            for law in _laws(getattr(self, field)):
                if (tau := _constant(law)) is not None and tau <= 0:
                    refuse("ShortTermPlasticity", field, tau, "must be above 0 s", "Give the time constant in seconds")
            if not isinstance(getattr(self, field), Pairs):
                likely.seconds(self, field, "10e-3 to 2 s", likely.SLOW)


def _laws(value: Any) -> tuple[Any, ...]:
    return (value.ee, value.ei, value.ie, value.ii) if isinstance(value, Pairs) else (value,)


def _constant(law: Any) -> float | None:
    """The value of a law that has but one."""
    value = law.value if isinstance(law, Constant) else law
    return float(value) if isinstance(value, (int, float)) else None
