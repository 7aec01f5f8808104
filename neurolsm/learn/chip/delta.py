"""A layer of linear readout neurons that learns by the delta rule."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurolsm.describe import checks
from neurolsm.errors import refuse
from neurolsm.learn.chip.counters import add_counters, clock_events
from neurolsm.learn.chip.grow import Indices, add_neurons, all_pairs, connect, point_neurons, seed_of, stream_of
from neurolsm.learn.chip.lessons import settle_speed, teacher_values
from neurolsm.learn.products import finest, product
from neurolsm.lowering.target import VTH_MAX
from neurolsm.program import INPUT, NEURON, Program
from neurolsm.program.plasticity import NO_TARGET, Modulator, Plasticity, Trace

READOUT = "readout"
ONE = 64  # teacher value of a score of 1
LARGEST_TEACHER = 1.9  # 1.99 would be the value that says nothing


@dataclass(frozen=True, kw_only=True)
class DeltaReadout:
    """One linear neuron a class, taught by its own error (least mean squares).

        score_k = (sum of w_k c) / unit + bias,     dw_k = rate error_k x1,    error_k = clip(64 (teacher_k - score_k), -128, 127)

    with c the counters of the liquid (``neurolsm.learn.chip.counters``), x1 = ``impulse`` c at most 127, and a unit of
    2^scale weights. The readout neurons never fire; their voltage is the score. The teacher says 1, -1 or nothing a class.

    Args:
        classes: readout neurons, 1..4096; more than the labels known today leaves room for new ones.
        windows: parts of the sample that are counted apart, 1..16.
        activity: spikes per counter that its offset aims at, 0.1..15.
        rate: weight steps for an error of 1 and a trace of 1, above 0.
        impulse: what a spike of a counter adds to x1, 1..127.
        scale: log2 of the weight units that make a score of 1, 0..16.
        stock: whether the readout is one that Lava's own processes can learn, on the backend ``lava:stock``: one random number per step
            rounds all its weights.

    Raises:
        InvalidValue: a field outside its range.

    Source: Widrow and Hoff (1960).

    Example:
        >>> import neurolsm as nl
        >>> liquid = nl.Liquid(topology=nl.RandomGraph(n=20))
        >>> lsm = nl.LSM(inputs=2, liquid=liquid, readout=nl.DeltaReadout(classes=3, windows=1), seed=1)
        >>> program = nl.lower(lsm).program
        >>> [(p.name, p.stop - p.start) for p in program.populations], program.learns
        ([('liquid', 20), ('counter', 20), ('readout', 3)], True)
    """

    classes: int
    windows: int = 3
    activity: float = 1.6
    rate: float = 2.0**-10
    impulse: int = 3
    scale: int = 13
    stock: bool = False

    def __post_init__(self) -> None:
        checks.whole(self, "classes", 1, 4096)
        checks.whole(self, "windows", 1, 16)
        checks.number(self, "activity", 0.1, 15)
        checks.number(self, "rate", 0, open_low=True)
        checks.whole(self, "impulse", 1, 127)
        checks.whole(self, "scale", 0, 16)
        checks.truth(self, "stock")
        product("u", self.rate, "x1", "y2")  # the engine must have it

    @property
    def tail(self) -> int:
        """Steps after the sample until the last spikes have reached the readout."""
        return 3 if self.windows > 1 else 2

    def clock_events(self, steps: int) -> tuple[Indices, Indices]:
        """Steps and channels, counted from the first channel that ``attach`` adds, for a sample of ``steps`` steps."""
        return clock_events(self.windows, steps)

    def attach(self, program: Program) -> Program:
        counted = add_counters(program, self.windows, self.activity, once=False, stock=self.stock)
        program, neurons = add_neurons(counted.program, READOUT, point_neurons(self.classes, vth=VTH_MAX))
        for name, source, sources in (
            ("readout/weights", NEURON, counted.counters), ("readout/bias", INPUT, counted.clocks),
        ):  # fmt: skip
            rule = Plasticity(
                dw=(finest(product("u", self.rate, "x1", "y2")),), third=("y2",), x1=Trace(math.inf, self.impulse),
                seed=seed_of(program, name), stream=stream_of(self.stock),
            )  # fmt: skip
            program = connect(
                program, name, source, *all_pairs(sources, neurons), 0, sign_mode="mixed", plasticity=rule
            )
        teacher = Modulator(
            "y2", int(neurons[0]), int(neurons[-1]) + 1, "error", program.n_graded, self.scale, self.scale
        )
        return replace(program, modulators=(*program.modulators, teacher))

    def scores(self, v: NDArray[np.int32]) -> NDArray[np.float64]:
        """Scores [..., classes] from the voltages of the readout neurons."""
        return v / float(ONE << self.scale)

    def lesson(self, teacher: ArrayLike, settle: int = 0) -> NDArray[np.int16]:
        """Graded values of the last step.

        Args:
            teacher: what each score should be [classes], -1.9..1.9; NaN says nothing.
            settle: speed of the counters' offsets, 0..127.

        Raises:
            InvalidValue: a number outside its range, or not one for each class.
        """
        said = teacher_values("DeltaReadout", teacher, self.classes)
        silent = np.isnan(said)
        wrong = said[~silent & ~(np.abs(said) <= LARGEST_TEACHER)]
        if wrong.size:
            limit = f"must lie in -{LARGEST_TEACHER}..{LARGEST_TEACHER}, or be NaN to say nothing"
            refuse("DeltaReadout", "teacher", wrong[0], limit, "Teach 1 and -1, or scale the targets down")
        targets = np.where(silent, NO_TARGET, np.round(ONE * np.nan_to_num(said)))
        return np.concatenate([[settle_speed("DeltaReadout", settle), 1], targets]).astype(np.int16)
