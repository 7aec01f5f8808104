"""Triplet STDP."""

from __future__ import annotations

from dataclasses import dataclass

from neurolsm.describe import checks, likely
from neurolsm.learn.products import check_stream, product, steps
from neurolsm.program.plasticity import LAVA, Factor, Plasticity, Trace


@dataclass(frozen=True, kw_only=True)
class TripletSTDP:
    """STDP in which earlier spikes of the same neuron count, which makes the change depend on the rate.

        at a spike of the target:   dw =  r1 (a2_plus + a3_plus o2)
        at a spike of the source:   dw = -o1 (a2_minus + a3_minus r2)

    dw is a change of strength: at inhibitory synapses, whose weights are negative, it is subtracted. Times are those of the spikes of
    the two neurons, without the delay of the synapse. The products with a3 are cut downward, each by at most 1/16 weight step.

    r1, r2: fast and slow trace of the source; o1, o2: of the target, o2 and r2 taken just before the spike; each spike adds 1.

    Args:
        tau_plus, tau_x, tau_minus, tau_y: time constants of r1, r2, o1, o2, seconds, above 0.
        a2_plus, a3_plus, a2_minus, a3_minus: weight steps, at least 0.
        impulse: what a spike adds to a trace on the chip (the unit of the traces), 1..127.
        seed, stream: of stochastic rounding.

    Raises:
        InvalidValue: a field outside its range; when lowered, a number that the learning engine cannot hold.

    Source: Pfister and Gerstner, Journal of Neuroscience 26 (2006); the defaults have its proportions.

    Example:
        >>> import neurolsm as nl
        >>> rule = nl.TripletSTDP(a2_plus=4.0, a3_plus=16.0, a2_minus=0.0, a3_minus=0.0, impulse=64)
        >>> graph = nl.Explicit([[0.0, 0.1, 0.2], [0.0] * 3, [0.0] * 3])
        >>> neuron, drive = nl.LIF(tau_syn=0.002, tau_mem=0.005), nl.OneToOne(weight=1.3)  # a spike for each input spike
        >>> liquid = nl.Liquid(topology=graph, neuron=neuron, input=drive, plasticity=rule)
        >>> program = nl.lower(nl.LSM(inputs=2, liquid=liquid)).program
        >>> def change(source, target):  # of the weight, by spikes of both neurons at these steps
        ...     times, units = source + target, [0] * len(source) + [1] * len(target)
        ...     with nl.open_simulator(program, "reference") as simulator:
        ...         before = int(simulator.state.plastic[0].weight[0])
        ...         simulator.run(nl.Spikes.from_events([(times, units)], steps=80, units=2))
        ...         return int(simulator.state.plastic[0].weight[0]) - before
        >>> change([40], [50]), change([40], [10, 50])  # exp(-10 / 16.8) (4 + 16 o2), o2 = 0 or 0.73: 2.2 or 8.6
        (2, 7)
    """

    tau_plus: float = 16.8e-3
    tau_x: float = 101e-3
    tau_minus: float = 33.7e-3
    tau_y: float = 125e-3
    a2_plus: float = 0.5
    a3_plus: float = 1.0
    a2_minus: float = 0.75
    a3_minus: float = 0.25
    impulse: int = 16
    seed: int = 1
    stream: str = LAVA

    of_strength = True  # see LearningRule

    def __post_init__(self) -> None:
        for name in ("tau_plus", "tau_x", "tau_minus", "tau_y"):
            checks.number(self, name, 0, open_low=True, unit="s")
        for name in ("a2_plus", "a3_plus", "a2_minus", "a3_minus"):
            checks.number(self, name, 0)
        checks.whole(self, "impulse", 1, 127)
        check_stream(self)
        for name in ("tau_plus", "tau_x", "tau_minus", "tau_y"):
            likely.seconds(self, name, "10e-3 to 200e-3 s")

    def lower(self, dt: float) -> Plasticity:
        one = self.impulse
        dw = []
        for dependency, fast, slow, a2, a3 in (
            ("x0", "y1", "x2", -self.a2_minus, -self.a3_minus),
            ("y0", "x1", "y2", self.a2_plus, self.a3_plus),
        ):
            if a2:
                dw.append(product(dependency, a2 / one, fast))
            if a3:
                dw.append(product(dependency, a3 / one**2, fast, Factor(slow, -one)))
        return Plasticity(
            dw=tuple(dw), x1=Trace(steps(self.tau_plus, dt), one), x2=Trace(steps(self.tau_x, dt), one),
            y1=Trace(steps(self.tau_minus, dt), one), y2=Trace(steps(self.tau_y, dt), one), seed=self.seed, stream=self.stream,
        )  # fmt: skip
