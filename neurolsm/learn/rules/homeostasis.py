"""Own-rate homeostasis: each neuron learns its own rate, and its bias and threshold bring it back there."""

from __future__ import annotations

from dataclasses import dataclass

from neurolsm.describe import checks, likely
from neurolsm.errors import refuse
from neurolsm.program.learnable import MOST_CALIBRATION
from neurolsm.program.plasticity import Intrinsic


@dataclass(frozen=True, kw_only=True)
class Homeostasis:
    """Each neuron remembers how often it fired when it was tuned, and follows that rate when the world changes.

        for the first ``calibration`` periods:  own rate = mean of its spikes per period
        every period after:  threshold += threshold_step * clip((spikes - own rate) / own rate, -1, 1),  bias likewise down

    The rate is the neuron's memory of the world that its readout was trained in. A change of contrast, of brightness or of the chip
    itself moves all rates; homeostasis moves them back, without labels and without the readout. The change is in proportion to the
    distance, so that a neuron rests where its mean rate is its own.

    Learning must be on in both phases: ``learn`` or ``follow`` of a deployment. ``predict`` changes nothing.

    Args:
        calibration: periods in which each neuron learns its own rate, at least 1.
        period: seconds between two corrections, at least one step. Longer ones count rates more exactly.
        threshold_step: change of the threshold for a rate that is twice the own one or 0, as a share of the first threshold, 0..1.
        bias_step: the same for the bias, in units of its mantissa, 0..4095.
        range: the threshold stays within 1/range and range times its first value, above 1.

    Raises:
        InvalidValue: a field outside its range; when lowered, a calibration of more steps than a chip's counter holds (2^30).

    Source: Turrigiano, Cold Spring Harbor Perspectives in Biology 4 (2012): neurons defend a rate of their own; here by the
        counters, adders and the one division per period that an embedded processor next to the neurons does.

    Example:
        >>> import neurolsm as nl
        >>> rule = nl.Homeostasis(calibration=2, period=0.05, threshold_step=0.2)
        >>> liquid = nl.Liquid(topology=nl.Explicit([[0.0]]), input=nl.OneToOne(weight=2.5), intrinsic=rule)
        >>> program = nl.lower(nl.LSM(inputs=1, liquid=liquid)).program
        >>> often = nl.Spikes.from_events([(range(0, 100, 10), [0] * 10)], steps=100, units=1)
        >>> with nl.open_simulator(program, "reference") as simulator:
        ...     _ = simulator.run(often)  # its own rate
        ...     own = int(simulator.state.own[0])
        ...     _ = simulator.run(nl.Spikes.from_events([([], [])], steps=50, units=1))  # darkness
        ...     threshold = int(simulator.state.vth[0]) / int(program.neurons.vth[0])
        >>> own, round(threshold, 2)
        (29, 0.8)
    """

    calibration: int = 20
    period: float = 1.0
    threshold_step: float = 0.1
    bias_step: int = 0
    range: float = 6.0

    def __post_init__(self) -> None:
        checks.whole(self, "calibration", 1, MOST_CALIBRATION)
        checks.number(self, "period", 0, open_low=True, unit="s")
        checks.number(self, "threshold_step", 0, 1)
        checks.whole(self, "bias_step", 0, 4095)
        checks.number(self, "range", 1, open_low=True)
        likely.seconds(self, "period", "0.1 to 10 s", 10 * likely.SLOW)

    def lower(self, dt: float, vth: int, start: int, stop: int) -> Intrinsic:
        """For the neurons start .. stop - 1 with the threshold mantissa ``vth``."""
        period = round(self.period / dt)
        if period < 1:
            refuse("Homeostasis", "period", self.period, f"is shorter than a step of {dt:g} s", "Lengthen it")
        if period * self.calibration > MOST_CALIBRATION:
            limit = f"times {period} steps of a period is more than {MOST_CALIBRATION} steps"
            refuse("Homeostasis", "calibration", self.calibration, limit, "Calibrate for fewer or shorter periods")
        step = max(1, round(self.threshold_step * vth)) if self.threshold_step else 0
        limits = (max(1, round(vth / self.range)), min(131071, round(vth * self.range)))
        return Intrinsic(start, stop, period, 0, self.bias_step, step, vth_limits=limits, calibration=self.calibration)
