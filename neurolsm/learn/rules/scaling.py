"""Homeostatic synaptic scaling: all weights of a neuron grow or shrink by a share until it fires at its target rate."""

from __future__ import annotations

from dataclasses import dataclass, replace

from neurolsm.describe import checks
from neurolsm.describe.protocols import check_part
from neurolsm.describe.rule import LearningRule
from neurolsm.errors import refuse
from neurolsm.learn.products import check_stream, product, steps
from neurolsm.program.plasticity import LAVA, Factor, Plasticity, Trace


@dataclass(frozen=True, kw_only=True)
class SynapticScaling:
    """Multiplicative scaling, alone or on top of another rule.

        every 2^decimate steps:  dw = rate w (target - y3),   y3: slow trace of the target's spikes

    Fixed point: y3 = target, that is a rate of target / (impulse tau).

    Args:
        target_rate: spikes per second, above 0.
        tau: time constant of y3, seconds, above 0; carried on from sample to sample.
        impulse: what a spike adds to y3, 1..127; the target must stay below 127.
        rate: share of w for a y3 that is off by 1, above 0.
        decimate: 0..9.
        on: another rule that is not decimated and does not use y3, such as ``STDP()``.
        seed, stream: of stochastic rounding (those of ``on`` if given).

    Raises:
        InvalidValue: a field outside its range; when lowered, a number that the learning engine cannot hold.

    Source: Turrigiano et al., Nature 391 (1998).

    Example:
        >>> import neurolsm as nl
        >>> rule = nl.SynapticScaling(target_rate=20.0, tau=1.0, impulse=2)
        >>> rule.target  # of y3: 20 spikes per second times impulse times tau
        40
    """

    target_rate: float = 20.0
    tau: float = 1.0
    impulse: int = 2
    rate: float = 2.0**-10
    decimate: int = 6
    on: LearningRule | None = None
    seed: int = 1
    stream: str = LAVA

    def __post_init__(self) -> None:
        for name in ("target_rate", "tau", "rate"):
            checks.number(self, name, 0, open_low=True)
        checks.whole(self, "impulse", 1, 127)
        checks.whole(self, "decimate", 0, 9)
        check_stream(self)
        if self.on is not None:
            check_part("SynapticScaling", "on", self.on, LearningRule, "Use STDP() or TripletSTDP()")
        if not 1 <= self.target <= 126:
            refuse(
                "SynapticScaling",
                "target_rate",
                self.target_rate,
                f"gives y3 = {self.target}, outside 1..126",
                "Change impulse or tau",
            )

    @property
    def target(self) -> int:
        """Value of y3 at the target rate."""
        return round(self.target_rate * self.tau * self.impulse)

    def lower(self, dt: float) -> Plasticity:
        base = self.on.lower(dt) if self.on else Plasticity(seed=self.seed, stream=self.stream)
        if any(p.dependency == "u" or p.uses("y3") for p in base.products) or "y3" in base.third:
            refuse(
                "SynapticScaling",
                "on",
                self.on,
                "must not be decimated and must leave y3 free",
                "Use STDP or TripletSTDP",
            )
        scale = product("u", -self.rate, "w", Factor("y3", -self.target))
        return replace(
            base, dw=(*base.dw, scale), decimate=self.decimate, y3=Trace(steps(self.tau, dt), self.impulse),
            reset=tuple(name for name in base.reset if name != "y3"),
        )  # fmt: skip
