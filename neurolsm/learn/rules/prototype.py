"""Hebbian prototypes: the weights of a target become the mean activity of what it stands for."""

from __future__ import annotations

import math
from dataclasses import dataclass

from neurolsm.describe import checks, likely
from neurolsm.learn.products import check_stream, product, steps
from neurolsm.program.plasticity import SYNAPSE, Plasticity, Trace


@dataclass(frozen=True, kw_only=True)
class PrototypeRule:
    """Move the weights towards the trace of the source whenever a teacher marks the target.

        dw = rate * teacher * (gain x1 - w)     fixed point: w = gain * mean of x1 over what was marked

    A target that was never marked keeps weight 0: a new class takes the next free neuron, and the others stay as they are.

    Args:
        rate: share of the way for a teacher of 1, above 0; the teacher (third factor y2) is -128..127.
        gain: weight steps for a trace of 1, above 0.
        impulse: what a spike adds to x1, 1..127.
        tau: time constant of x1, seconds (inf: it counts the spikes of the sample).
        seed, stream: of stochastic rounding.

    Raises:
        InvalidValue: a field outside its range; when lowered, a number that the learning engine cannot hold.

    Source: the Hebbian prototypes of Hajizada et al., Continual learning for autonomous robots (CLP), 2022.

    Example:
        >>> import neurolsm as nl
        >>> from neurolsm.learn.language import format_series
        >>> format_series(nl.PrototypeRule().lower(1e-3).dw)
        '2^-1*1*u0*x1*y2 - 2^0*1*u0*w*y2'
    """

    rate: float = 2.0**-5
    gain: float = 2.0
    impulse: int = 8
    tau: float = math.inf
    seed: int = 1
    stream: str = SYNAPSE

    def __post_init__(self) -> None:
        checks.number(self, "rate", 0, open_low=True)
        checks.number(self, "gain", 0, open_low=True)
        checks.whole(self, "impulse", 1, 127)
        checks.number(self, "tau", 0, open_low=True, finite=False, unit="s")
        check_stream(self)
        likely.seconds(self, "tau", "20e-3 to 1 s, or infinite", likely.SLOW)

    def lower(self, dt: float) -> Plasticity:
        return Plasticity(
            dw=(product("u", self.rate * self.gain, "x1", "y2"), product("u", -self.rate, "w", "y2")),
            third=("y2",), x1=Trace(steps(self.tau, dt), self.impulse), seed=self.seed, stream=self.stream,
        )  # fmt: skip
