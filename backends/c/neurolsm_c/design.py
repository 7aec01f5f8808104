"""What is decided before any text is written: where input waits, which arrays there are, and where they lie in memory.

Input that is on its way waits in a ring of rows for the neurons that any delayed synapse reaches, and in one flat row for the
others, so that a readout of thousands of counters does not pay for the delays of the liquid.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurolsm.program import Program, Projection
from neurolsm.program.plan import EVENTS, Plan, plans
from neurolsm.program.plasticity import LAVA, TRACES
from neurolsm.program.state import State
from neurolsm_c.drawn import laws
from neurolsm_c.tables import SIZES, smallest

WEIGHT_TYPE = {"mixed": "int16_t", "excitatory": "uint8_t", "inhibitory": "uint8_t"}  # inhibitory: the size alone


@dataclass(frozen=True)
class Field:
    """One array (or number, where ``size`` is 0) of the state.

    Attributes:
        name, type, size: as in C.
        about: a few words for the comment.
    """

    name: str
    type: str
    size: int
    about: str

    @property
    def bytes(self) -> int:
        return SIZES[self.type] * max(self.size, 1)


@dataclass(frozen=True, eq=False)
class Design:
    """A program and what its C code looks like.

    Attributes:
        program: what runs.
        moved: biases and thresholds lie in memory though nothing here moves them, for states in which something has.
        start: with what it begins; None for the state of rest.
        drawn: whether weights that never learn are drawn again at each spike instead of stored.
    """

    program: Program
    moved: bool = False
    start: State | None = None
    drawn: bool = False
    plans: list[Plan] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "plans", plans(self.program))

    @cached_property
    def laws(self) -> dict[int, NDArray[np.int64]]:
        """Of which numbers the weights of a projection are drawn again, by its number."""
        return laws(self.program) if self.drawn else {}

    @property
    def moves(self) -> bool:
        """Whether biases and thresholds lie in memory."""
        return self.moved or bool(self.program.intrinsic)

    @property
    def index(self) -> str:
        """The type of neurons and channels in lists of events."""
        return smallest(0, max(self.program.n, self.program.n_inputs))

    @property
    def slots(self) -> int:
        """Rows of the ring."""
        return self.program.max_delay + 1

    @cached_property
    def ring(self) -> tuple[int, int]:
        """The neurons whose input waits in the ring, from the first to the one after the last; the others have no delay."""
        delayed = np.zeros(self.program.n, np.int64)
        for p in self.program.projections:
            np.maximum.at(delayed, p.post, p.delay)
        inside = [(p.start, p.stop) for p in self.program.populations if delayed[p.start : p.stop].any()]
        if not inside:
            return 0, 0
        low, high = min(a for a, _ in inside), max(b for _, b in inside)
        changed = True
        while changed:  # a projection reaches one kind of neurons alone
            changed = False
            for p in self.program.projections:
                within = (p.post >= low) & (p.post < high)
                if within.any() and not within.all():
                    first, last = min(low, int(p.post.min())), max(high, int(p.post.max()) + 1)
                    low, high, changed = first, last, True
        return low, high

    @property
    def width(self) -> int:
        return self.ring[1] - self.ring[0]

    def in_ring(self, p: Projection) -> bool:
        low, high = self.ring
        return bool(p.size and low <= p.post[0] < high)

    def flat(self, neuron: ArrayLike) -> NDArray[np.int64]:
        """The place of neurons outside the ring in the flat row."""
        low, high = self.ring
        number = np.asarray(neuron, np.int64)
        return number - np.where(number < low, 0, high - low)

    @cached_property
    def rests(self) -> NDArray[np.bool_]:
        """The neurons that stay as they are while neither input nor current moves them, as soon as one step has been done: no leak
        and no bias, and what is above the threshold has fired. ``lsm.settled`` says that a step has been done."""
        neurons = self.program.neurons
        still = (neurons.dv == 0) & (neurons.bias_mant == 0)
        return still & (not (self.moves or neurons.adapts or neurons.refracts))

    # ------------------------------------------------------------------ learning

    def third_span(self, name: str) -> tuple[int, int]:
        """The neurons in which some modulator sets this third factor; (0, 0) where none does or nobody asks."""
        if not any(name in plan.rule.third for plan in self.plans):
            return 0, 0
        spans = [(m.start, m.stop) for m in self.program.modulators if m.trace == name]
        return (min(a for a, _ in spans), max(b for _, b in spans)) if spans else (0, 0)

    @property
    def third(self) -> tuple[str, ...]:
        """The third factors that somebody sets and somebody asks for."""
        return tuple(name for name in TRACES if self.third_span(name)[1])

    def live_third(self, plan: Plan) -> tuple[str, ...]:
        return tuple(name for name in self.third if name in plan.rule.third)

    def spike_traces(self, plan: Plan, letter: str) -> tuple[str, ...]:
        """The traces of one side that spikes raise."""
        return tuple(name for name in plan.side(letter) if name not in plan.rule.third)

    def uses(self, plan: Plan, *names: str) -> bool:
        """Whether a product asks for one of these, as its dependency or as a factor."""
        return any(p.dependency in names or p.uses(*names) for p in plan.rule.products)

    @property
    def hears_fired(self) -> bool:
        """Whether learning asks of single neurons whether they have fired in this step."""
        return any(
            plan.rule.t_epoch == 1
            and (
                self.uses(plan, "y0")
                or (self.uses(plan, "x0") and plan.projection.source != "input")
                or bool(self.live_third(plan))
            )
            for plan in self.plans
        )

    @property
    def hears_inputs(self) -> bool:
        return any(
            plan.rule.t_epoch == 1 and self.uses(plan, "x0") and plan.projection.source == "input"
            for plan in self.plans
        )

    @property
    def hears_when_stirred(self) -> bool:
        """Whether it asks only in steps in which a third factor is not 0."""
        third = sum(EVENTS[name] for name in self.third)
        return all(need & third for plan in self.plans if plan.rule.t_epoch == 1 for need in plan.needs)

    @cached_property
    def draws(self) -> dict[str, tuple[str, int]]:
        """The generators of the stream ``lava``: name -> what moves it on (step, epoch of so many steps) and its seed."""
        found: dict[str, tuple[str, int]] = {}
        for plan in self.plans:
            if plan.rule.stream != LAVA:
                continue
            for letter, seed in (("x", plan.rule.seed), ("y", plan.rule.seed + 2)):
                if plan.side(letter):
                    found[f"draw_{seed}"] = ("step", seed)
            if plan.rule.products:
                found[f"draw_epoch_{plan.rule.t_epoch}"] = ("epoch", plan.rule.t_epoch)
        return found

    # ------------------------------------------------------------------ memory

    @cached_property
    def fields(self) -> list[Field]:
        """The state, the widest types first, so that no compiler leaves gaps."""
        program, n = self.program, self.program.n
        found = [Field("program", "uint32_t", 2, "the program whose state this is")]

        def add(name: str, kind: str, size: int, about: str) -> None:
            found.append(Field(name, kind, size, about))

        add("u", "int32_t", n, "current")
        add("v", "int32_t", n, "voltage")
        if self.width:
            add("ring", "int32_t", self.slots * self.width, f"input on its way, {self.slots} rows")
            add("head", "uint32_t", 0, "the row that arrives next")
        if self.width < n:
            add("flat", "int32_t", n - self.width, "input that arrives in the next step")
        if program.neurons.adapts:
            add("theta", "int32_t", n, "adaptive part of the threshold")
        if program.neurons.refracts:
            add("refractory", "uint8_t", n, "steps for which v still stays 0")
        if self.moves:
            add("bias_mant", "int16_t", n, "bias, as it has moved")
            add("vth", "int32_t", n, "threshold, as it has moved")
        if program.intrinsic:
            add("count", "int32_t", n, "spikes of this period")
            if any(rule.calibration for rule in program.intrinsic):
                add("own", "int32_t", n, "spikes in the periods of calibration")
                add("calibrated", "int32_t", n, "how many such periods there were")
            for r, _ in enumerate(program.intrinsic):
                add(f"period_{r}", "uint32_t", 0, "steps done in this period")
        if self.rests.any():
            add("settled", "uint8_t", 0, "whether a step has been done since another state was given")
        if program.learns:
            add("clock", "uint64_t", 0, "learning steps so far")
            add("learn", "uint8_t", 0, "whether what can learn does so")
        if program.n_graded:
            add("graded", "int8_t", program.n_graded, "what teach() has said")
            add("taught", "uint8_t", 0, "whether it has, for the next step")
        for name in self.third:
            first, last = self.third_span(name)
            add(name, "int8_t", last - first, f"third factor of neurons {first} to {last - 1}")
        if self.third:
            add("stirred", "uint8_t", 0, "third factors that are not 0")
        for name in self.draws:
            add(name, "uint32_t", 4, "a generator of random numbers")
        for plan in self.plans:
            self._plastic(plan, add)
        if self.hears_fired:
            add("fired", "uint8_t", n, "who has fired in this step")
        if self.hears_inputs:
            add("heard", "uint8_t", program.n_inputs, "which channels have in this step")
        return sorted(found, key=lambda f: -SIZES[f.type])

    def _plastic(self, plan: Plan, add: object) -> None:
        assert callable(add)
        k, p, rule, n = plan.number, plan.projection, plan.rule, self.program.n
        if p.size:
            size = "weight, its size" if p.sign_mode == "inhibitory" else "weight"
            add(f"weight_{k}", WEIGHT_TYPE[p.sign_mode], p.size, size)
            for tag in plan.tags:
                add(f"{tag}_{k}", "int16_t", p.size, "tag")
        for letter, count in (("x", plan.sources), ("y", n)):
            if not count:
                continue
            for name in self.spike_traces(plan, letter):
                add(f"{name}_{k}", "uint8_t", count, f"trace of the {'sources' if letter == 'x' else 'targets'}")
            if rule.t_epoch > 1:
                kind = "uint8_t" if rule.t_epoch < 256 else "uint16_t"
                add(f"t{letter}_{k}", kind, count, "step of the epoch of the last spike")
        if rule.t_epoch > 1:
            add(f"within_{k}", "uint16_t", 0, "steps done in this epoch")
            add(f"seen_{k}", "uint8_t", 0, "who has fired in this epoch: 1 sources, 2 targets")
        if rule.decimate and self.uses(plan, "u"):
            add(f"epochs_{k}", "uint32_t", 0, f"epochs so far, modulo {1 << rule.decimate}")
        if rule.t_epoch == 1 and p.size:
            for name in self.live_third(plan):
                first, last = self.third_span(name)
                add(f"{name}_now_{k}", "int8_t", last - first, "third factor after one decay")

    @property
    def size(self) -> int:
        """Bytes of the state."""
        whole = sum(f.bytes for f in self.fields)
        widest = max(SIZES[f.type] for f in self.fields)
        return -(-whole // widest) * widest
