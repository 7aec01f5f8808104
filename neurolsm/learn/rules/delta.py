"""The delta rule: activity of the source times the error of the target."""

from __future__ import annotations

import math
from dataclasses import dataclass

from neurolsm.describe import checks, likely
from neurolsm.learn.products import check_stream, finest, product, steps
from neurolsm.program.plasticity import SYNAPSE, Plasticity, Trace


@dataclass(frozen=True, kw_only=True)
class DeltaRule:
    """Least mean squares with a graded error as third factor.

        dw = rate * error * (x1 - share x2)     in steps in which the target reports an error, -128..127

    x1 counts the source's spikes of the sample; x2 is its slow baseline over samples, so that what fires always, teaches
    nothing.

    dw changes the signed weight, at inhibitory synapses too: an error above 0 raises the voltage of the target. The product is wider
    than 15 bits and is cut downward, to a multiple of 2^e weight steps, with the least e >= -7 at which rate = m 2^(e - 3) has an m <= 7: dw is less than the formula's by
    half of that in the mean, whatever its sign, 1/256 weight step for the default. An error is a trace of the target, cut to 0..127
    in a step in which its neuron fires: teach neurons that do not fire, or in steps in which they do not.

    Args:
        rate: weight steps for an error of 1 and a trace of 1, above 0.
        impulse: what a spike adds to x1, 1..127.
        tau: time constant of x1, seconds (inf: it counts).
        baseline_tau: time constant of x2, seconds; 0: no baseline. x2 is carried on from sample to sample.
        baseline_impulse: what a spike adds to x2.
        share: how much of x2 is subtracted.
        seed, stream: of stochastic rounding. The default draws for each synapse: with one draw for all, errors of rounding
            add up across the synapses of a neuron.

    Raises:
        InvalidValue: a field outside its range; when lowered, a number that the learning engine cannot hold.

    Source: Widrow and Hoff (1960).

    Example:
        >>> import neurolsm as nl
        >>> from neurolsm.learn.language import format_series
        >>> format_series(nl.DeltaRule().lower(1e-3).dw)
        '2^-7*1*u0*x1*y2'
    """

    rate: float = 2.0**-10
    impulse: int = 16
    tau: float = math.inf
    baseline_tau: float = 0.0
    baseline_impulse: int = 1
    share: float = 1.0
    seed: int = 1
    stream: str = SYNAPSE

    def __post_init__(self) -> None:
        checks.number(self, "rate", 0, open_low=True)
        checks.whole(self, "impulse", 1, 127)
        checks.number(self, "tau", 0, open_low=True, finite=False, unit="s")
        checks.number(self, "baseline_tau", 0, unit="s")
        checks.whole(self, "baseline_impulse", 0, 127)
        checks.number(self, "share", 0)
        check_stream(self)
        likely.seconds(self, "tau", "20e-3 to 1 s, or infinite", likely.SLOW)

    def lower(self, dt: float) -> Plasticity:
        dw = [finest(product("u", self.rate, "x1", "y2"))]
        slow = Trace()
        if self.baseline_tau and self.share:
            dw.append(finest(product("u", -self.rate * self.share, "x2", "y2")))
            slow = Trace(steps(self.baseline_tau, dt), self.baseline_impulse)
        return Plasticity(
            dw=tuple(dw), third=("y2",), x1=Trace(steps(self.tau, dt), self.impulse), x2=slow, seed=self.seed,
            stream=self.stream, reset=("x1", "y1", "y2", "y3"),
        )  # fmt: skip
