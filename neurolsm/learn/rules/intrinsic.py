"""Intrinsic plasticity: bias and threshold seek a target rate."""

from __future__ import annotations

from dataclasses import dataclass

from neurolsm.describe import checks, likely
from neurolsm.errors import refuse
from neurolsm.program.plasticity import Intrinsic


@dataclass(frozen=True, kw_only=True)
class IntrinsicPlasticity:
    """Each neuron counts its own spikes and corrects its excitability.

        every ``period``:  too many spikes: bias down, threshold up by one step;  too few: the opposite

    Args:
        target_rate: spikes per second, at least 0.
        period: seconds between two corrections, at least one step.
        bias_step: step of the bias, in units of its mantissa, 0..4095.
        threshold_step: step of the threshold mantissa as a share of it, 0..1.
        range: the threshold stays within 1/range and range times its first value, above 1.

    Raises:
        InvalidValue: a field outside its range; when lowered, a rate of more than one spike in each step.

    Source: Triesch, Neural Computation 19 (2007), reduced to the counters and adders a chip has.

    Example:
        >>> import neurolsm as nl
        >>> rule = nl.IntrinsicPlasticity(target_rate=20.0, period=0.1, threshold_step=0.05)
        >>> liquid = nl.Liquid(topology=nl.Explicit([[0.0]]), input=nl.OneToOne(weight=0.5), intrinsic=rule)
        >>> program = nl.lower(nl.LSM(inputs=1, liquid=liquid)).program
        >>> with nl.open_simulator(program, "reference") as simulator:
        ...     _ = simulator.run(nl.Spikes.from_events([([], [])], steps=100, units=1))  # a silent neuron becomes more excitable
        ...     threshold = int(simulator.state.vth[0])
        >>> threshold / int(program.neurons.vth[0])
        0.95
    """

    target_rate: float = 20.0
    period: float = 1.0
    bias_step: int = 0
    threshold_step: float = 0.01
    range: float = 4.0

    def __post_init__(self) -> None:
        checks.number(self, "target_rate", 0)
        checks.number(self, "period", 0, open_low=True, unit="s")
        checks.whole(self, "bias_step", 0, 4095)
        checks.number(self, "threshold_step", 0, 1)
        checks.number(self, "range", 1, open_low=True)
        likely.seconds(self, "period", "0.1 to 10 s", 10 * likely.SLOW)

    def lower(self, dt: float, vth: int, start: int, stop: int) -> Intrinsic:
        """For the neurons start .. stop - 1 with the threshold mantissa ``vth``."""
        period = round(self.period / dt)
        if period < 1:
            refuse("IntrinsicPlasticity", "period", self.period, f"is shorter than a step of {dt:g} s", "Lengthen it")
        if self.target_rate * self.period > period:
            limit = f"is more than one spike in each step of {dt:g} s, which no threshold reaches"
            refuse("IntrinsicPlasticity", "target_rate", self.target_rate, limit, "Seek a lower rate")
        step = max(1, round(self.threshold_step * vth)) if self.threshold_step else 0
        limits = (max(1, round(vth / self.range)), min(131071, round(vth * self.range)))
        return Intrinsic(
            start, stop, period, round(self.target_rate * self.period), self.bias_step, step, vth_limits=limits
        )
