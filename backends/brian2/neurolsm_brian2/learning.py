"""Learning as Brian2 objects: variables for all that is learned, and blocks of code at the end of each step.

A program that does not learn has none of them. Where it may, the host (``learner.py``, ``learn.h``) decides in each step
which blocks run: none in a batch that does not learn, and those of the synapses only when one of them may change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurolsm.errors import refuse
from neurolsm.program import NEURON, Program
from neurolsm.program.decay import TAG_RANGES, WEIGHT_RANGE
from neurolsm.program.plan import Plan, plans
from neurolsm.program.plasticity import TRACES
from neurolsm.program.state import State
from neurolsm_brian2.rules import excitability, side, synapses

EXCITABILITY = ("bias_mant", "vth", "count", "own", "calibrated")  # what intrinsic plasticity changes


class Block(NamedTuple):
    """Code that runs in steps in which the host says so: always where the batch ``learns``; where third factors have
    ``stirred``, so are not 0 or were not before; where the synapses of the plastic projection ``number`` are ``due``."""

    code: Any
    waits_for: str
    number: int


class Cell(NamedTuple):
    """One array that learning changes: a field of ``State``, or of its plastic projection ``number``."""

    number: int | None
    name: str
    forgotten: bool = False  # starts every sample at 0

    def of(self, state: State) -> NDArray[Any]:
        return getattr(state if self.number is None else state.plastic[self.number], self.name)


@dataclass(frozen=True)
class Learning:
    """The learning part of a network.

    Attributes:
        memory: the variable of each cell, in the order of ``cells``.
        blocks: the blocks of code.
    """

    memory: list[Any]
    blocks: list[Block]


def cells(program: Program) -> list[Cell]:
    """All that a run of ``program`` may change besides the inference state."""
    found = [Cell(None, name) for name in EXCITABILITY if program.intrinsic]
    for plan in plans(program):
        names = [*_of_synapses(plan), *[n for letter in _sides(plan) for n in (*plan.side(letter), f"t{letter}")]]
        found += [Cell(plan.number, name, name in plan.rule.forgotten) for name in names]
    return found


def check(program: Program, state: State) -> None:
    """Refuse what would leave the tables of the rules, and a trace at work that no spike and no third factor ever raises."""
    for plan in plans(program):
        plastic, rule = state.plastic[plan.number], plan.rule
        ranges = {"weight": WEIGHT_RANGE[plan.projection.sign_mode], "tag1": TAG_RANGES["t"], "tag2": TAG_RANGES["d"]}
        ranges |= {name: (-128, 127) if name in rule.third else (0, 127 * (name in plan.slots)) for name in TRACES}
        ranges |= {"tx": (0, rule.t_epoch - 1), "ty": (0, rule.t_epoch - 1)}
        for name, (low, high) in ranges.items():
            values = getattr(plastic, name)
            wrong = values[(values < low) | (values > high)]
            if wrong.size:
                where = f"plastic[{plan.number}].{name}"
                refuse("State", where, wrong[0], f"must lie in {low}..{high}", "Take the state from a simulator")


def _sides(plan: Plan) -> str:
    return "xy" if plan.sources else "y"


def _of_synapses(plan: Plan) -> tuple[str, ...]:
    return ("weight", *plan.tags) if plan.projection.size else ()


def variables(program: Program, source: str) -> list[str]:
    """Names of the integer variables that learning needs in the neurons or in the inputs."""
    found = [*EXCITABILITY, "bias_unit"] if program.intrinsic and source == NEURON else []
    for plan in plans(program):
        letters = ("x" * (plan.projection.source == source)) + ("y" * (source == NEURON))
        found += [f"{n}_{plan.number}" for s in letters for n in (*plan.side(s), f"t{s}", f"ended_{s}")]
    return found


def learning(program: Program, start: Any, groups: dict[str, Any], plastic: dict[int, Any]) -> Learning:
    """Attach the rules to ``start`` and the neurons and inputs, and to the ``Synapses`` of plastic projections, by number."""
    neurons, found = groups[NEURON], plans(program)
    blocks: list[Block] = []

    def block(group: Any, code: str, order: int, name: str, waits_for: str = "learns", number: int = 0) -> None:
        runner = group.run_regularly(code, when="end", order=order, name=name)
        blocks.append(Block(runner, waits_for, number))

    def variable(cell: Cell) -> Any:
        if cell.number is None:
            return neurons.variables[cell.name]
        if cell.name in _of_synapses(found[cell.number]):
            return plastic[cell.number].variables[{"weight": "w"}.get(cell.name, cell.name)]
        source = found[cell.number].projection.source
        return groups[source if "x" in cell.name else NEURON].variables[f"{cell.name}_{cell.number}"]

    if program.learns:
        block(start, "begun = study()", 0, "study")
    for plan in found:
        for letter in _sides(plan):
            group = groups[plan.projection.source] if letter == "x" else neurons
            waits_for = "stirred" if letter == "y" and plan.sleeps else "learns"
            block(group, side(plan, letter), 1, f"traces_{letter}_{plan.number}", waits_for)
        if plan.projection.size and plan.rule.products:
            block(plastic[plan.number], synapses(plan), 2, f"learn_{plan.number}", "due", plan.number)
    if program.intrinsic:
        neurons.bias_unit = np.int32(1) << program.neurons.bias_exp
        block(neurons, excitability(program.intrinsic), 3, "excitability")
    return Learning([variable(cell) for cell in cells(program)], blocks)
