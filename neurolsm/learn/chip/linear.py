"""A layer of linear readout neurons that answers, and learns by the delta rule, after every value of a series."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurolsm.describe import checks
from neurolsm.errors import refuse
from neurolsm.learn.chip.delta import READOUT
from neurolsm.learn.chip.grow import (
    Indices,
    add_inputs,
    add_neurons,
    all_pairs,
    connect,
    point_neurons,
    seed_of,
    stream_of,
)
from neurolsm.learn.chip.lessons import teacher_values
from neurolsm.lowering.target import DELAY_MAX, DV_MAX, VTH_MAX
from neurolsm.program import INPUT, NEURON, Program
from neurolsm.program.plasticity import NO_TARGET, TRACE_MAX, Factor, Modulator, Plasticity, Product, Trace

ECHO = "echo"
WEIGHTS, CHANNELS, BIAS = "readout/weights", "readout/inputs", "readout/bias"
ONE = 127  # teacher value of an output of 1
FRACTION = 10  # a product of x1 and y2 with mantissa 1 and the smallest exponent is x1 y2 / 2^10 weight steps
STRONGEST, LARGEST = 8, 7  # impulse of the trace, mantissa
SHIFTS = range(23)
ALONE = 12  # scale where nothing was measured
CLOCK_LEAD = 2  # the clock spike of a value comes so many steps before the end of the value, and acts in its last step


@dataclass(frozen=True, kw_only=True)
class LinearReadout:
    """Linear neurons whose voltage is the output at any time, taught by their own error (least mean squares).

        out_k = sum_i w_ki r_i / (127 2^(scale - 6)),    r_i <- r_i exp(-1 / tau) + spike_i
        dw_ki = share r_i error_k 127 2^(scale - 6) / power,    error_k = target_k - out_k in steps of 1/127, at most 1

    with i over the neurons of the liquid, the input channels, their echoes one, two, ... values later, and a clock channel that
    fires once a value, whose weight is the bias. Echoes are neurons that repeat each spike. They are heard in place of longer time
    constants, because a voltage that outlasts its value remembers spikes by the weights of then, and a lesson comes too late for
    them. The readout neurons never fire. Weights change in the steps in which the teacher speaks alone (``lesson``): the last of a
    value.

    Args:
        outputs: numbers that are said after each value, 1..4096.
        hold: steps of a value, 2..63; that of the estimator.
        echoes: values for which spikes come back, 0..16; each costs a neuron for every neuron and channel that is heard.
        tau: time constant of r in steps, above 0. None: half a value.
        share: of an error that one lesson takes back, in the mean, above 0 and at most 1.
        power: mean of the sum of all r_i^2 after a value, above 0; ``LSMSequenceRegressor.deploy`` measures it. None: 1 for each
            neuron and channel that is heard.
        scale: log2 of the voltage of an output of 1/127, 6..16. None: ``LSMSequenceRegressor.deploy`` takes the largest that has
            room for the first weights; alone it is 12.
        channels: whether the input channels are heard, too.
        stock: whether the readout is one that Lava's own processes can learn, on the backend ``lava:stock``: one random number per step
            rounds all its weights.

    Raises:
        InvalidValue: a field outside its range, or a share that the learning engine does not have.

    Source: Widrow and Hoff (1960); a step that is measured in the power of what is heard: Nagumo and Noda (1967).

    Example:
        >>> import neurolsm as nl
        >>> liquid = nl.Liquid(topology=nl.RandomGraph(n=20))
        >>> lsm = nl.LSM(inputs=2, liquid=liquid, readout=nl.LinearReadout(outputs=3, echoes=1), seed=1)
        >>> program = nl.lower(lsm).program
        >>> [(p.name, p.stop - p.start) for p in program.populations], program.n_inputs, program.n_graded
        ([('liquid', 20), ('echo1', 22), ('readout', 3)], 3, 4)
    """

    outputs: int = 1
    hold: int = 8
    echoes: int = 2
    tau: float | None = None
    share: float = 0.5
    power: float | None = None
    scale: int | None = None
    channels: bool = True
    stock: bool = False

    def __post_init__(self) -> None:
        checks.whole(self, "outputs", 1, 4096)
        checks.whole(self, "hold", 2, DELAY_MAX + 1)
        checks.whole(self, "echoes", 0, 16)
        checks.number(self, "share", 0, 1, open_low=True)
        for name in ("tau", "power"):
            if getattr(self, name) is not None:
                checks.number(self, name, 0, open_low=True, finite=True)
        if self.scale is not None:
            checks.whole(self, "scale", 6, 16)
        checks.truth(self, "channels")
        checks.truth(self, "stock")
        if not 1 <= self._leak <= 4095:
            refuse("LinearReadout", "tau", self.tau, "must be 0.13 to 4,000 steps", "Take about half a value")

    @property
    def tail(self) -> int:
        """Steps after a value until the readout has answered: none, it answers at any time."""
        return 0

    def clock_events(self, steps: int) -> tuple[Indices, Indices]:
        """Step and channel, counted from the first that ``attach`` adds, of the clock spike of a value of ``steps`` steps."""
        return np.array([max(steps - CLOCK_LEAD, 0)]), np.zeros(1, np.int64)

    def attach(self, program: Program) -> Program:
        channels = np.arange(program.n_inputs if self.channels else 0)
        program = self._echo(program, channels)
        heard = np.arange(program.n)
        impulse, mantissa, shift = self.step(heard.size + channels.size)
        program, clock = add_inputs(program, 1)
        program, neurons = add_neurons(program, READOUT, point_neurons(self.outputs, vth=VTH_MAX, leak=self._leak))
        for name, source, sources in ((WEIGHTS, NEURON, heard), (CHANNELS, INPUT, channels), (BIAS, INPUT, clock)):
            if not sources.size:
                continue
            rule = Plasticity(
                dw=(Product("u", mantissa, -7, (Factor("x1"), Factor("y2"))),), third=("y2",), x1=Trace(self._tau, impulse),
                seed=seed_of(program, name), stream=stream_of(self.stock),
            )  # fmt: skip
            program = connect(
                program, name, source, *all_pairs(sources, neurons), 0, sign_mode="mixed", plasticity=rule
            )
        first, last = int(neurons[0]), int(neurons[-1])
        teacher = Modulator("y2", first, last + 1, "error", program.n_graded, self.exponent, shift)
        return replace(program, modulators=(*program.modulators, teacher))

    def _echo(self, program: Program, channels: Indices) -> Program:
        """``program`` with neurons that repeat the spikes of the liquid and of ``channels`` one value later, and so on."""
        sources, n, late = np.arange(program.n), program.n, self.hold - 1  # a spike takes a step to act
        for k in range(1, self.echoes + 1):
            program, echo = add_neurons(program, f"{ECHO}{k}", point_neurons(n + channels.size, vth=1, leak=DV_MAX))
            to = echo[:n] if k == 1 else echo
            program = connect(program, f"readout/{ECHO}{k}", NEURON, sources, to, 2, delay=late)
            if k == 1 and channels.size:
                program = connect(program, f"readout/{ECHO}{k}/inputs", INPUT, channels, echo[n:], 2, delay=late)
            sources = echo
        return program

    @property
    def _tau(self) -> float:
        return self.hold / 2 if self.tau is None else self.tau

    @property
    def _leak(self) -> int:
        return round(-4096 * math.expm1(-1 / self._tau))

    @property
    def exponent(self) -> int:
        """``scale``, or what it is where nothing was measured."""
        return ALONE if self.scale is None else self.scale

    def step(self, sources: int) -> tuple[int, int, int]:
        """Impulse of the trace, mantissa of the product and shift of the error that give the share.

            share = 2^6 power impulse mantissa / (2^10 2^shift)        of v, in the mean

        The shift is that of the teacher if it can be; the impulse is as large as it can be, for it is what the trace is rounded to.
        """
        power = float(sources + 1) if self.power is None else self.power
        wanted, shift = self.share * 2.0 ** (self.exponent + FRACTION - 6) / power, self.exponent
        strongest = int(min(max(TRACE_MAX / max(self._tau, 1), 1), STRONGEST))
        while wanted > strongest * LARGEST and shift > SHIFTS[0]:
            wanted, shift = wanted / 2, shift - 1
        while wanted < 1.5 and shift < SHIFTS[-1]:
            wanted, shift = 2 * wanted, shift + 1
        pairs = [(i, m) for i in range(strongest, 0, -1) for m in range(1, LARGEST + 1)]
        impulse, mantissa = min(pairs, key=lambda pair: abs(math.log(pair[0] * pair[1] / wanted)))
        if not 0.5 < impulse * mantissa / wanted < 2:
            limit = f"with a power of {power:g} and a scale of {self.exponent} is not in the learning engine"
            refuse("LinearReadout", "share", self.share, limit, "Change the scale")
        return impulse, mantissa, shift

    def outs(self, v: NDArray[np.int32], program: Program) -> NDArray[np.float64]:
        """Outputs [..., outputs], 1 for the largest target, from the voltages of the readout neurons.

        An error is cut downward to whole units of the third factor: the neurons learn to stay half a unit below their targets.
        """
        found: NDArray[np.float64] = (v.astype(np.float64) + self.below(program)) / (ONE << self.exponent)
        return found

    def below(self, program: Program) -> float:
        """How far below its target a neuron's voltage learns to be."""
        return (2.0 ** program.modulators[-1].shift - 1) / 2

    def lesson(self, targets: ArrayLike) -> NDArray[np.int16]:
        """Graded values of the last step of a value.

        Args:
            targets: what each output should have been [outputs], -1..1; NaN says nothing.

        Raises:
            InvalidValue: a number outside its range, or not one for each output.
        """
        said = teacher_values("LinearReadout", targets, self.outputs)
        silent = np.isnan(said)
        wrong = said[~silent & ~(np.abs(said) <= 1)]
        if wrong.size:
            refuse("LinearReadout", "targets", wrong[0], "must lie in -1..1, or be NaN to say nothing", "Scale them")
        values = np.where(silent, NO_TARGET, np.round(ONE * np.nan_to_num(said)))
        return np.concatenate([[1], values]).astype(np.int16)
