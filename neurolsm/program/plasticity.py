"""Plasticity as the Program holds it: sums of products, traces, random streams, third factors. Data only.

The rules are those of Loihi's learning engine as Lava 0.10 models it (lava/magma/core/learning, fixed point), so that a rule
that Lava can run gives the same bits there.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

DEPENDENCIES = ("x0", "y0", "u")
TRACES = ("x1", "x2", "y1", "y2", "y3")
WIDTHS = {"x0": 1, "y0": 1, **dict.fromkeys(TRACES, 7), "w": 9, "d": 9, "t": 9, "c": 8}  # bits of a factor
MANTISSA_BITS = 4
ACCUMULATOR_BITS = 15
TRACE_MAX = 127
LAVA, SYNAPSE = "lava", "synapse"
MODULATORS = ("direct", "error", "each")
NO_TARGET = -128  # a teacher value that says nothing
THIRD_FACTOR_TAU = 65535.0  # what Lava gives to the y traces of a three-factor rule


@dataclass(frozen=True)
class Factor:
    """``variable + constant``, or its sign; ``c`` is the constant alone."""

    variable: str
    constant: int = 0
    sign: bool = False


@dataclass(frozen=True)
class Product:
    """``mantissa 2^exponent dependency factor factor ...``"""

    dependency: str
    mantissa: int
    exponent: int
    factors: tuple[Factor, ...] = ()

    @property
    def bits(self) -> int:
        """Width of the product before it is shifted back to the accumulator."""
        return sum(WIDTHS[f.variable] for f in self.factors) + MANTISSA_BITS

    @property
    def shift_right(self) -> int:
        return max(0, self.bits - ACCUMULATOR_BITS)

    @property
    def shift_left(self) -> int:
        return self.exponent + 7

    def uses(self, *variables: str) -> bool:
        return any(f.variable in variables for f in self.factors)


def _turned(p: Product) -> Product:
    """-p(-w): the sign changes for the weight's own sake, and once more for each factor w + c = -((-w) - c)."""
    factors = tuple(Factor("w", -f.constant, f.sign) if f.variable == "w" else f for f in p.factors)
    sign = -((-1) ** sum(f.variable == "w" for f in factors))
    mantissa, exponent = (4 * -sign, p.exponent + 1) if p.mantissa == -8 else (p.mantissa * sign, p.exponent)
    return Product(p.dependency, mantissa, exponent, factors)


@dataclass(frozen=True)
class Trace:
    """decays by exp(-1 / tau) a step (tau in steps; 0: gone after a step; inf: kept), grows by ``impulse`` at a spike."""

    tau: float = 0.0
    impulse: int = 0


@dataclass(frozen=True)
class Plasticity:
    """How the synapses of one projection change.

    Attributes:
        dw, dt, dd: products that change the weight, the tag and the second tag (Lava's "delay", which delays nothing).
        decimate: the k of ``u<k>``: these products act in each 2^k-th epoch.
        x1, x2, y1, y2, y3: traces of the spikes of the source and of the target.
        third: y traces that are set from outside in each step instead (a reward, an error), see ``Modulator``.
        t_epoch: steps of a learning epoch.
        seed: of the rounding streams.
        stream: ``lava``: one draw per step for all synapses, Lava's own; ``synapse``: a draw for each, nearer to the chip.
        reset: traces that start every sample at 0, see ``forgotten``; the others, weights and tags are carried on.
    """

    dw: tuple[Product, ...] = ()
    dt: tuple[Product, ...] = ()
    dd: tuple[Product, ...] = ()
    decimate: int = 0
    x1: Trace = Trace()
    x2: Trace = Trace()
    y1: Trace = Trace()
    y2: Trace = Trace()
    y3: Trace = Trace()
    third: tuple[str, ...] = ()
    t_epoch: int = 1
    seed: int = 1
    stream: str = LAVA
    reset: tuple[str, ...] = TRACES

    def trace(self, name: str) -> Trace:
        return Trace(THIRD_FACTOR_TAU, 0) if name in self.third else getattr(self, name)

    @property
    def products(self) -> tuple[Product, ...]:
        return self.dw + self.dt + self.dd

    def turned(self) -> Plasticity:
        """The rule for weights of the other sign: what this does to w, that does to -w. Tags stay as they are."""
        return replace(self, dw=tuple(_turned(p) for p in self.dw))

    @property
    def forgotten(self) -> tuple[str, ...]:
        """What starts every sample at 0: the traces ``reset``, and the spike times of a side (``tx`` of the sources, ``ty`` of the
        targets) that has such a trace, so that no spike of an unfinished epoch pairs with one of the next sample. The clock runs
        on: epochs and periods are counted over all samples, as the chip counts them, and do not begin anew with a sample."""
        times = tuple(f"t{side}" for side in "xy" if any(name[0] == side for name in self.reset))
        return self.reset + times

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self)

    @staticmethod
    def from_dict(data: dict[str, Any]) -> Plasticity:
        """The inverse of ``to_dict``."""

        def products(entries: list[dict[str, Any]]) -> tuple[Product, ...]:
            return tuple(
                Product(e["dependency"], e["mantissa"], e["exponent"], tuple(Factor(**f) for f in e["factors"]))
                for e in entries
            )

        values = {f.name: data[f.name] for f in fields(Plasticity)}
        values |= {name: products(data[name]) for name in ("dw", "dt", "dd")}
        values |= {name: Trace(**data[name]) for name in TRACES}
        values |= {name: tuple(data[name]) for name in ("third", "reset")}
        return Plasticity(**values)


@dataclass(frozen=True)
class Modulator:
    """Sets a third factor of a range of neurons in each step.

    ``direct``: y = graded[channel], the same for all of them (a reward). ``error``: in steps where graded[channel] is not 0,
    neuron k of the range computes its own error, y_k = clip(((graded[channel + 1 + k] << target_exp) - v_k) >> shift, -128, 127)
    (a delta rule: the teacher says what each should have been). A target of -128 says nothing: the error is 0.
    ``each``: y_k = graded[channel + k], a value for each neuron of the range (a teacher that marks some of them).

    A trace that no modulator sets in a step is 0. Where several have a neuron and a trace in common, they act in the program's order
    and the last one counts; one of kind ``error`` does nothing in steps in which graded[channel] is 0.

    Attributes:
        trace: ``y1``, ``y2`` or ``y3``.
        start, stop: the neurons.
        kind: ``direct``, ``error`` or ``each``.
        channel: first graded channel.
        target_exp, shift: scale of the target and of the error, for ``error``.
    """

    trace: str
    start: int
    stop: int
    kind: str = "direct"
    channel: int = 0
    target_exp: int = 0
    shift: int = 0

    @property
    def channels(self) -> int:
        return {"direct": 1, "error": 1 + self.stop - self.start, "each": self.stop - self.start}[self.kind]


@dataclass(frozen=True)
class Intrinsic:
    """Excitability that seeks a target rate: every ``period`` steps each neuron of a range counts its own spikes.

        count > target: bias_mant -= bias_step, vth += vth_step;   count < target: the opposite;   within their limits

    With ``calibration`` = C > 0 each neuron seeks its own rate instead. For C periods it only sums its spikes in ``own`` and counts the
    periods in ``calibrated``; from then on, with unit = max(own, C),

        e = clip(count C - own, -unit, unit);   bias_mant -= e bias_step / unit,   vth += e vth_step / unit

    where / drops the fraction, towards 0. The change is in proportion to how far the neuron is from its rate, so that the rate at
    which it stays is its mean: a rule that looked at the sign alone would settle at the median, which for a neuron that fires in
    few periods is silence.

    A neuron has one counter, so no two rules of a program have a neuron in common. Periods are counted by the clock, over all samples.

    Attributes:
        start, stop: the neurons.
        period: steps between two changes.
        target: spikes in a period; not used where each neuron has its own.
        bias_step, vth_step: sizes of a change, in units of bias_mant and vth.
        bias_limits, vth_limits: closed ranges.
        calibration: periods in which each neuron learns its own rate; 0 where all seek ``target``.
    """

    start: int
    stop: int
    period: int
    target: int
    bias_step: int = 0
    vth_step: int = 0
    bias_limits: tuple[int, int] = (-4096, 4095)
    vth_limits: tuple[int, int] = (1, 131071)
    calibration: int = 0

    @staticmethod
    def from_dict(data: dict[str, Any]) -> Intrinsic:
        """From JSON values."""
        return Intrinsic(**{**data, "bias_limits": tuple(data["bias_limits"]), "vth_limits": tuple(data["vth_limits"])})
