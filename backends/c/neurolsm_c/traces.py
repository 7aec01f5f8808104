"""The C text of the traces of a learning rule.

The equations are those of ``neurolsm.semantics.learning``. Where an epoch has one step, traces are moved on first and products read
them as they are; where it has several, a product reads a trace as it was at the step of its dependency, which ``past`` computes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from neurolsm.program import INPUT
from neurolsm.program.plan import Plan
from neurolsm.program.plasticity import LAVA, TRACES
from neurolsm_c.design import Design
from neurolsm_c.streams import decay_name


@final
@dataclass(frozen=True, eq=False)
class Traces:
    """Writes what the traces of one plastic projection do."""

    design: Design
    plan: Plan

    @property
    def one(self) -> bool:
        return self.plan.rule.t_epoch == 1

    @property
    def lava(self) -> bool:
        return self.plan.rule.stream == LAVA

    @property
    def products(self) -> bool:
        return bool(self.plan.projection.size and self.plan.rule.products)

    def asks(self, *names: str) -> bool:
        return self.products and self.design.uses(self.plan, *names)

    def draw(self, letter: str) -> str:
        """The number of a side in this step."""
        return f"{letter}_number"

    def numbers(self, name: str, index: str) -> str:
        """The random number with which a trace of one neuron decays."""
        if self.lava:
            return self.draw(name[0])
        return f"mix({self.plan.rule.seed}u, (uint32_t){index} * 8u + {1 + TRACES.index(name)}u)"

    def decayed(self, name: str) -> str:
        return decay_name(self.plan.rule.trace(name).tau, self.plan.rule.stream)

    def follow(self) -> list[str]:
        """One step of traces that spikes raise, where an epoch is a step."""
        k, lines = self.plan.number, []
        for letter in "xy":
            size = self.plan.sources if letter == "x" else self.design.program.n
            events = "events, n" if letter == "x" and self.plan.projection.source == INPUT else "spikes, count"
            for name in self.design.spike_traces(self.plan, letter):
                if not size:
                    continue
                here, impulse = f"lsm.{name}_{k}", self.plan.rule.trace(name).impulse
                if self.plan.rule.trace(name).tau != float("inf"):
                    lines += [
                        f"    for (int32_t i = 0; i < {size}; i++)",
                        f"        if ({here}[i]) {here}[i] = (uint8_t){self.decayed(name)}({here}[i], {self.numbers(name, 'i')});",
                    ]
                lines.append(f"    raise({here}, {events}, {impulse});")
        return lines

    def remember(self) -> list[str]:
        """Spikes within an epoch of several steps: earlier ones add their impulse at once, the last waits for its end."""
        k, lines = self.plan.number, []
        seen = f"lsm.seen_{k}"
        for letter, bit in (("x", 1), ("y", 2)):
            events, count = (
                ("events", "n") if letter == "x" and self.plan.projection.source == INPUT else ("spikes", "count")
            )
            if not (self.plan.sources if letter == "x" else self.design.program.n):
                continue
            last = f"lsm.t{letter}_{k}"
            lines += [f"    if ({count}) {seen} |= {bit};", f"    for (int32_t i = 0; i < {count}; i++) {{"]
            for name in self.design.spike_traces(self.plan, letter):
                here = f"lsm.{name}_{k}[{events}[i]]"
                impulse = self.plan.rule.trace(name).impulse
                lines.append(f"        if ({last}[{events}[i]]) {here} = (uint8_t)at_most_127({here} + {impulse});")
            kind = "uint8_t" if self.plan.rule.t_epoch < 256 else "uint16_t"
            lines += [f"        {last}[{events}[i]] = ({kind})lsm.within_{k};", "    }"]
        return lines

    def finish(self) -> list[str]:
        """Traces at the end of an epoch of several steps."""
        k, epoch, lines = self.plan.number, self.plan.rule.t_epoch, []
        for letter in "xy":
            size = self.plan.sources if letter == "x" else self.design.program.n
            if not size:
                continue
            names = self.design.spike_traces(self.plan, letter)
            if names:
                lines.append(f"    for (int32_t i = 0; i < {size}; i++) {{")
                for name in names:
                    lines.append(f"        lsm.{name}_{k}[i] = (uint8_t){self.past(name, 'i', str(epoch))};")
                lines.append("    }")
            lines.append(f"    memset(lsm.t{letter}_{k}, 0, sizeof lsm.t{letter}_{k});")
        return lines

    def past(self, name: str, index: str, when: str) -> str:
        """The value of a trace so many steps into the epoch."""
        k, plan = self.plan.number, self.plan
        last = f"lsm.t{name[0]}_{k}[{index}]"
        value = self.third(name, index) if name in plan.rule.third else f"lsm.{name}_{k}[{index}]"
        return f"past_{self.decayed(name)}({value}, {self.numbers(name, index)}, {last}, {when}, {plan.rule.trace(name).impulse})"

    def third(self, name: str, index: str, field: str = "") -> str:
        """A third factor of one neuron; 0 outside the range that modulators reach."""
        first, last = self.design.third_span(name)
        here = f"lsm.{field or name}[{index} - {first}]" if first else f"lsm.{field or name}[{index}]"
        posts = self.plan.projection.post
        if posts.size and first <= posts.min() and posts.max() < last:
            return here
        return f"((uint32_t)({index} - {first}) < {last - first}u ? {here} : 0)"

    def live(self) -> list[str]:
        return [n for n in self.plan.slots if n not in self.plan.rule.third or n in self.design.third]

    def decay_third(self) -> list[str]:
        """Third factors decay once, too, and are cut to 0..127 where the neuron itself has fired."""
        if not self.one:
            return []
        lines, k = [], self.plan.number
        for name in self.design.live_third(self.plan):
            if not self.asks(name):
                continue
            first, last = self.design.third_span(name)
            j = f"j + {first}" if first else "j"
            lines += [
                f"        for (int32_t j = 0; j < {last - first}; j++) {{",
                f"            int32_t y = lsm.{name}[j];",
                f"            if (y) y = {self.decayed(name)}(y, {self.numbers(name, f'({j})')});",
                f"            lsm.{name}_now_{k}[j] = (int8_t)(lsm.fired[{j}] && y < 0 ? 0 : y);",
                "        }",
            ]
        return lines
