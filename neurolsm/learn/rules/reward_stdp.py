"""Reward-modulated STDP with an eligibility tag."""

from __future__ import annotations

import math
from dataclasses import dataclass

from neurolsm.describe import checks, likely
from neurolsm.errors import refuse
from neurolsm.learn.language import say_rounded
from neurolsm.learn.products import check_stream, finest, nearest, product, rate_of, steps
from neurolsm.program.plasticity import LAVA, Plasticity, Product, Trace


@dataclass(frozen=True, kw_only=True)
class RewardSTDP:
    """STDP writes a tag that fades; a reward turns the tag into a change of the weight.

        tag <- tag + a_plus exp(-s / tau_plus)  or  - a_minus exp(-s / tau_minus)  at a pair
        tag <- tag exp(-2^decimate dt / tau_eligibility),  dw = rate * reward * tag      every 2^decimate steps

    dw is a change of strength: at inhibitory synapses, whose weights are negative, it is subtracted.

    Three things are the chip's and not the formula's:

    * The share that fades has a mantissa of 4 bits, so it may be wrong by 1/15 (more warns ``RuleRounded``).
    * reward times tag is wider than 15 bits and is cut downward to a multiple of 2^e weight steps, with the least e >= -7 at which
      rate = m 2^(e - 5) has an m <= 7: dw is less than the formula's by half of that in the mean, whatever its sign. For
      rate = 2^-6 these are 1/16 weight steps per reward, for the default 1/256.
    * The reward enters as a trace of the target, and a trace is cut to 0..127 in a step in which its neuron fires. So a
      negative reward is 0 for the synapses onto a neuron that fires in that very step. Give it a step later.

    Args:
        tau_plus, tau_minus, a_plus, a_minus, impulse: as in ``STDP``, for the tag (-256..255).
        tau_eligibility: time constant of the tag, seconds, above 0 (inf: it stays).
        rate: weight steps for a reward of 1 and a tag of 1, above 0. Rewards are -128..127.
        decimate: 0..9.
        seed, stream: of stochastic rounding.

    Raises:
        InvalidValue: a field outside its range; when lowered, a number that the learning engine cannot hold.

    Source: Florian, Neural Computation 19 (2007); Izhikevich, Cerebral Cortex 17 (2007).

    Example:
        >>> from dataclasses import replace
        >>> import neurolsm as nl
        >>> from neurolsm.program.plasticity import Modulator
        >>> rule = nl.RewardSTDP(a_plus=64.0, rate=2.0**-6)
        >>> graph = nl.Explicit([[0.0, 0.1, 0.2], [0.0] * 3, [0.0] * 3])
        >>> neuron, drive = nl.LIF(tau_syn=0.002, tau_mem=0.005), nl.OneToOne(weight=1.3)  # a spike for each input spike
        >>> liquid = nl.Liquid(topology=graph, neuron=neuron, input=drive, plasticity=rule)
        >>> program = nl.lower(nl.LSM(inputs=2, liquid=liquid)).program
        >>> program = replace(program, modulators=(Modulator("y2", 0, program.n),))  # one graded channel rewards all neurons
        >>> pair = nl.Spikes.from_events([([0, 10], [0, 1])], steps=30, units=2)
        >>> def change(reward):  # of the weight, by a pair of spikes and a reward in step 23
        ...     with nl.open_simulator(program, "reference") as simulator:
        ...         before = int(simulator.state.plastic[0].weight[0])
        ...         simulator.run(pair, graded=nl.Graded.build([23], [[reward]], rows=30))
        ...         return int(simulator.state.plastic[0].weight[0]) - before
        >>> change(100), change(0), change(-100)
        (52, 0, -51)
    """

    tau_plus: float = 20e-3
    tau_minus: float = 20e-3
    a_plus: float = 4.0
    a_minus: float = 4.0
    impulse: int = 16
    tau_eligibility: float = 128e-3
    rate: float = 2.0**-10
    decimate: int = 2
    seed: int = 1
    stream: str = LAVA

    of_strength = True  # see LearningRule

    def __post_init__(self) -> None:
        for name in ("tau_plus", "tau_minus", "tau_eligibility"):
            checks.number(self, name, 0, open_low=True, finite=name != "tau_eligibility", unit="s")
        for name in ("a_plus", "a_minus"):
            checks.number(self, name, 0)
        checks.number(self, "rate", 0, open_low=True)
        checks.whole(self, "impulse", 1, 127)
        checks.whole(self, "decimate", 0, 9)
        check_stream(self)
        for name in ("tau_plus", "tau_minus"):
            likely.seconds(self, name, "10e-3 to 100e-3 s")
        likely.seconds(self, "tau_eligibility", "0.1 to 5 s", likely.SLOW)

    def lower(self, dt: float) -> Plasticity:
        passed = 2**self.decimate / steps(self.tau_eligibility, dt)
        if passed > 1:
            refuse(
                "RewardSTDP",
                "tau_eligibility",
                self.tau_eligibility,
                f"fades in fewer than 2^{self.decimate} steps",
                "Lower decimate",
            )
        tag = [product("x0", -self.a_minus / self.impulse, "y1")] if self.a_minus else []
        tag += [product("y0", self.a_plus / self.impulse, "x1")] if self.a_plus else []
        tag += [_fading(-math.expm1(-passed))] if passed else []
        return Plasticity(
            dw=(finest(product("u", self.rate, "t", "y2")),), dt=tuple(tag), decimate=self.decimate, third=("y2",),
            x1=Trace(steps(self.tau_plus, dt), self.impulse), y1=Trace(steps(self.tau_minus, dt), self.impulse),
            seed=self.seed, stream=self.stream,
        )  # fmt: skip


def _fading(lost: float) -> Product:
    """The tag loses this share of itself."""
    found = nearest("u", -lost, "t")
    used = -rate_of(found)
    if abs(used - lost) > lost / 15:
        say_rounded("the share of the tag that fades", lost, used)
    return found
