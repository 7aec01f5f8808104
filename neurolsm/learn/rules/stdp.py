"""Pair STDP, additive or multiplicative."""

from __future__ import annotations

from dataclasses import dataclass

from neurolsm.describe import checks, likely
from neurolsm.learn.products import check_stream, product, steps
from neurolsm.program.plasticity import LAVA, Factor, Plasticity, Trace


@dataclass(frozen=True, kw_only=True)
class STDP:
    """Spike-timing-dependent plasticity of pairs of spikes.

        dw = a_plus exp(-s / tau_plus)      the target fires s after the source
        dw = -a_minus exp(-s / tau_minus)   the source fires s after the target

    in units of one of the 255 weight steps; a simultaneous pair does both. ``multiplicative`` scales the first with
    (255 - w) / 255 and the second with w / 255. w is the strength, 0..255: at inhibitory synapses, whose weights are -w, a_plus
    makes the inhibition stronger and a_minus weaker. (``Rule`` and the rules of errors speak of the signed weight.)

    s is the time between the spikes of the two neurons themselves: the delay of the synapse does not count, as on the chip, where
    traces lie at the neurons. A spike that arrives d steps late and makes its target fire at once pairs with s = d + 1 steps.

    Args:
        tau_plus, tau_minus: seconds, above 0.
        a_plus, a_minus: weight steps per pair, at least 0.
        impulse: what a spike adds to a trace, 1..127; spikes closer than a time constant saturate it sooner if it is large.
        seed, stream: of stochastic rounding.

    Raises:
        InvalidValue: a field outside its range; when lowered, a number that the learning engine cannot hold.

    Source: Song, Miller and Abbott, Nature Neuroscience 3 (2000); multiplicative: van Rossum, Bi and Turrigiano,
    Journal of Neuroscience 20 (2000).

    Example:
        >>> import neurolsm as nl
        >>> rule = nl.STDP(a_plus=8.0, a_minus=8.0)
        >>> graph = nl.Explicit([[0.0, 0.1, 0.2], [0.0] * 3, [0.0] * 3])
        >>> neuron, drive = nl.LIF(tau_syn=0.002, tau_mem=0.005), nl.OneToOne(weight=1.3)  # a spike for each input spike
        >>> liquid = nl.Liquid(topology=graph, neuron=neuron, input=drive, plasticity=rule)
        >>> program = nl.lower(nl.LSM(inputs=2, liquid=liquid)).program
        >>> def change(source, target):  # of the weight, by one spike of each neuron at these steps
        ...     with nl.open_simulator(program, "reference") as simulator:
        ...         before = int(simulator.state.plastic[0].weight[0])
        ...         simulator.run(nl.Spikes.from_events([([source, target], [0, 1])], steps=30, units=2))
        ...         return int(simulator.state.plastic[0].weight[0]) - before
        >>> change(0, 10), change(10, 0)  # 8 exp(-10 / 20) = 4.9, rounded stochastically
        (4, -5)
    """

    tau_plus: float = 20e-3
    tau_minus: float = 20e-3
    a_plus: float = 1.0
    a_minus: float = 1.0
    impulse: int = 16
    multiplicative: bool = False
    seed: int = 1
    stream: str = LAVA

    of_strength = True  # see LearningRule

    def __post_init__(self) -> None:
        checks.number(self, "tau_plus", 0, open_low=True, unit="s")
        checks.number(self, "tau_minus", 0, open_low=True, unit="s")
        checks.number(self, "a_plus", 0)
        checks.number(self, "a_minus", 0)
        checks.whole(self, "impulse", 1, 127)
        checks.truth(self, "multiplicative")
        check_stream(self)
        for name in ("tau_plus", "tau_minus"):
            likely.seconds(self, name, "10e-3 to 100e-3 s")

    def lower(self, dt: float) -> Plasticity:
        dw = []
        if self.a_minus:
            soft = (Factor("w"),) if self.multiplicative else ()
            dw.append(product("x0", -self.a_minus / self.impulse / (255 if soft else 1), "y1", *soft))
        if self.a_plus:
            soft = (Factor("w", -255),) if self.multiplicative else ()
            dw.append(product("y0", self.a_plus / self.impulse / (-255 if soft else 1), "x1", *soft))
        return Plasticity(
            dw=tuple(dw), x1=Trace(steps(self.tau_plus, dt), self.impulse), y1=Trace(steps(self.tau_minus, dt), self.impulse),
            seed=self.seed, stream=self.stream,
        )  # fmt: skip
