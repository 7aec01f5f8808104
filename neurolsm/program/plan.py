"""What of a rule can act, for everyone who writes code for it: live traces and tags, and the events that may change a synapse."""

from __future__ import annotations

from dataclasses import dataclass

from neurolsm.program.parts import INPUT, Projection
from neurolsm.program.plasticity import TRACES, Plasticity
from neurolsm.program.program import Program

# What may change a synapse at the end of an epoch, as bits: a source has fired, a target has fired, the epoch is one that
# ``u`` counts, and a third factor is not 0.
EVENTS = {name: 1 << k for k, name in enumerate(("x0", "y0", "u", "y1", "y2", "y3"))}


@dataclass(frozen=True, eq=False)
class Plan:
    """A plastic projection as a backend runs it.

    Attributes:
        number: place among the plastic projections.
        projection, rule: what learns, and how.
        sources: how many neurons or channels the projection may come from.
        slots: the traces that can ever differ from 0, and their numbers among those of all projections.
    """

    number: int
    projection: Projection
    rule: Plasticity
    sources: int
    slots: dict[str, int]

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags that the rule changes or reads."""
        used = {"t": bool(self.rule.dt), "d": bool(self.rule.dd)}
        names = {"t": "tag1", "d": "tag2"}
        return tuple(names[k] for k in names if used[k] or any(p.uses(k) for p in self.rule.products))

    def side(self, letter: str) -> dict[str, int]:
        """The slots of the traces of the sources (x) or targets (y)."""
        return {name: slot for name, slot in self.slots.items() if name[0] == letter}

    @property
    def sleeps(self) -> bool:
        """Whether nothing happens to the targets but third factors: spikes leave no trace there, and no product asks for them."""
        spikes = any(p.dependency == "y0" or p.uses("y0") for p in self.rule.products)
        return self.rule.t_epoch == 1 and not spikes and self.side("y").keys() <= set(self.rule.third)

    @property
    def needs(self) -> list[int]:
        """Sets of events, each of which may change a synapse. No event is needed where tags are written: a tag
        of -257 moves without any, for its accumulator does not fit and is cut."""
        found = set() if not self.rule.dt else {0}
        for product in self.rule.products:
            third = {f.variable for f in product.factors if f.variable in self.rule.third and not f.constant}
            found.add(sum(EVENTS[name] for name in {product.dependency, *third}))
        return sorted(found)


def plans(program: Program) -> list[Plan]:
    found: list[Plan] = []
    for number, projection in enumerate(program.plastic):
        rule = projection.plasticity
        assert rule is not None
        first = sum(len(plan.slots) for plan in found)
        live = [name for name in TRACES if rule.trace(name).impulse or name in rule.third]
        sources = program.n_inputs if projection.source == INPUT else program.n
        slots = {name: first + k for k, name in enumerate(live)}
        found.append(Plan(number, projection, rule, sources, slots))
    return found
