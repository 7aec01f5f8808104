"""The C function of a learning rule: traces, then sums of products, then one stochastic rounding."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import final

import numpy as np

from neurolsm.program import INPUT
from neurolsm.program.decay import ACC_HIGH, ACC_LOW
from neurolsm.program.plan import Plan
from neurolsm.program.plasticity import Product
from neurolsm_c.design import Design
from neurolsm_c.rows import Rows, moved, span
from neurolsm_c.sums import Sums
from neurolsm_c.tables import comment
from neurolsm_c.traces import Traces

FIT = f"""
/* The accumulator has 16 bits, as Lava's. */
LSM_INLINE int32_t fit(int32_t x)
{{
    x = x < {ACC_LOW} ? {ACC_LOW} : x;
    return x > {ACC_HIGH} ? {ACC_HIGH} : x;
}}
"""
BOUNDED = """
LSM_INLINE int32_t bounded(int32_t x, int32_t low, int32_t high)
{
    x = x < low ? low : x;
    return x > high ? high : x;
}
"""


@final
@dataclass(frozen=True, eq=False)
class Writer:
    """Writes the code of one plastic projection."""

    design: Design
    plan: Plan

    @property
    def traces(self) -> Traces:
        return Traces(self.design, self.plan)

    @property
    def sums(self) -> Sums:
        return Sums(self.traces)

    @property
    def number(self) -> int:
        """Among all projections."""
        return next(k for k, p in enumerate(self.design.program.projections) if p is self.plan.projection)

    def change(self) -> list[str]:
        """The loop over the synapses."""
        if not self.traces.products:
            return []
        p, k, number = self.plan.projection, self.plan.number, self.number
        first, last = span(p)
        rows = Rows.of(self.design, number, p)
        j = self.target(rows.target("row"))
        inner = self.sums.text()
        text = "\n".join(inner)
        declared = []
        if "x0_on" in text or "x0_on" in (self.sums.row_needs() or ""):
            fired = (
                f"lsm.tx_{k}[i] > 0"
                if not self.traces.one
                else ("lsm.heard[i] > 0" if p.source == INPUT else "lsm.fired[i] > 0")
            )
            declared.append(f"const int32_t x0_on = {fired};")
        needs = self.sums.row_needs()
        lines = [f"for (int32_t i = {first}; i < {last}; i++) {{"]
        lines += [f"    {line}" for line in declared]
        if needs:
            lines.append(f"    if (!({needs})) continue;")
        lines += [
            f"    const uint32_t row = (uint32_t)i{moved(-first)}{'u' * bool(first)};",
            f"    const uint32_t end = {rows.begin('(row + 1)')};",
            f"    for (uint32_t k = {rows.begin('row')}; k < end; k++) {{",
        ]
        if "j" in _names(text) or "y0_on" in text:
            lines.append(f"        const int32_t j = {j};")
        if "y0_on" in text:
            lines.append(
                f"        const int32_t y0_on = {f'lsm.ty_{k}[j] > 0' if not self.traces.one else 'lsm.fired[j] > 0'};"
            )
        lines += [f"        {line}" for line in inner]
        return [*lines, "    }", "}"]

    def target(self, post: str) -> str:
        """The neuron that a synapse reaches, from its place in the ring or in the flat row."""
        p, (low, high) = self.plan.projection, self.design.ring
        away = np.unique(p.post - (p.post - low if self.design.in_ring(p) else self.design.flat(p.post)))
        if away.size > 1:
            return f"({post} < {low} ? {post} : {post} + {high - low})"
        return f"{post} + {away[0]}" if away[0] else post

    def function(self) -> str:
        """``learn_<number>``, called in every learning step."""
        plan, k, rule = self.plan, self.plan.number, self.plan.rule
        head = [f"learns at the end of each epoch of {rule.t_epoch} step{'s' * (rule.t_epoch > 1)}:"]
        for name in ("dw", "dt", "dd"):
            head += [f"       {name[1]} <- {name[1]} {_shown(p)}" for p in getattr(rule, name)]
        lines: list[str] = []
        sides = "".join(letter for letter in "xy" if any(n[0] == letter for n in self.traces.live()))
        drawn = (
            {letter: f"draw_{rule.seed + (0 if letter == 'x' else 2)}" for letter in sides} if self.traces.lava else {}
        )
        ended: list[str] = [
            f"    const uint64_t {letter}_number = shown(lsm.{name});" for letter, name in drawn.items()
        ]
        if self.traces.lava and self.traces.products:
            ended.append(f"    const int32_t up = (int32_t)(shown(lsm.draw_epoch_{rule.t_epoch}) >> 46) + 1;")
        if self.traces.asks("u"):
            mask = (1 << rule.decimate) - 1
            ended.append(
                f"    const int32_t u_on = (lsm.epochs_{k} & {mask}u) == 0;" if mask else "    const int32_t u_on = 1;"
            )
        count = (
            [f"    lsm.epochs_{k} = (lsm.epochs_{k} + 1u) & {(1 << rule.decimate) - 1}u;"]
            if rule.decimate and self.design.uses(plan, "u")
            else []
        )
        changes = self.change()
        due = self.sums.due()
        block = (
            [f"    if ({due}) {{", *self.traces.decay_third(), *[f"        {line}" for line in changes], "    }"]
            if changes
            else []
        )
        if self.traces.one:
            lines = [*count, *ended, *self.traces.follow(), *block]
        else:
            lines = [
                f"    lsm.within_{k}++;", *self.traces.remember(), f"    if (lsm.within_{k} < {rule.t_epoch}) return;",
                f"    lsm.within_{k} = 0;", *count, *ended, *block, f"    lsm.seen_{k} = 0;", *self.traces.finish(),
            ]  # fmt: skip
        lines = _without_unused(lines)
        text = "\n".join(lines)
        unused = [f"    (void){name};" for name in ("events", "n", "spikes", "count") if name not in _names(text)]
        index = self.design.index
        return (
            f"/* {comment(plan.projection.name)} " + "\n".join(comment(line) if i else line for i, line in enumerate(head)) + " */\n"
            f"static void learn_{k}(const {index} *events, int32_t n, const {index} *spikes, int32_t count)\n{{\n"
            + "\n".join([*unused, *lines]) + "\n}\n"
        )  # fmt: skip


def _names(text: str) -> set[str]:
    return set(re.findall(r"(?<![.\w])[A-Za-z_]\w*", text))


def _without_unused(lines: list[str]) -> list[str]:
    """Without constants that nothing reads."""
    kept: list[str] = []
    for k, line in enumerate(lines):
        words = line.split()
        if words[:1] == ["const"] and words[3:4] == ["="] and words[2] not in _names("\n".join(lines[k + 1 :])):
            continue
        kept.append(line)
    return kept


def _shown(p: Product) -> str:
    """A product as a rule writes it."""
    factors = "".join(
        f" * {'sgn' if f.sign else ''}({f.variable}{f' {f.constant:+d}' if f.constant else ''})"
        if f.variable != "c"
        else f" * {f.constant}"
        for f in p.factors
    )
    return f"{p.mantissa:+d} * 2^{p.exponent} * {p.dependency}{factors}"


def rules(design: Design) -> str:
    """All functions of learning, with what they call."""
    writers = [Writer(design, plan) for plan in design.plans]
    functions = [w.function() for w in writers]
    text = "\n".join(functions)
    helpers = [FIT] if "fit(" in text else []
    index = design.index
    if "raise(" in text:
        helpers.append(
            "\n/* The neurons that have fired: their traces grow, to 127 at most. */\n"
            f"static void raise(uint8_t *restrict trace, const {index} *restrict who, int32_t count, int32_t impulse)\n{{\n"
            "    for (int32_t i = 0; i < count; i++) {\n        const int32_t value = trace[who[i]] + impulse;\n"
            "        trace[who[i]] = (uint8_t)bounded(value, 0, 127);\n    }\n}\n"
        )
    if "at_most_127(" in text:
        helpers.append("LSM_INLINE int32_t at_most_127(int32_t x)\n{\n    return x > 127 ? 127 : x;\n}\n")
    if "sign(" in text:
        helpers.append("LSM_INLINE int32_t sign(int32_t x)\n{\n    return (x > 0) - (x < 0);\n}\n")
    seen = sorted({name for w in writers for name in map(w.traces.decayed, w.traces.live()) if f"past_{name}(" in text})
    for name in seen:
        kind = "uint64_t" if "_lava_" in name else "uint32_t"
        helpers.append(
            "/* A trace so many steps into the epoch whose last spike was at step `last`, 0 for none. */\n"
            f"static int32_t past_{name}(int32_t value, {kind} number, int32_t last, int32_t when, int32_t impulse)\n{{\n"
            "    for (int32_t t = 1; t <= when; t++) {\n        if (value == 0 && t != last) continue;\n"
            f"        value = {name}(value, number);\n        if (t == last) {{\n            value += impulse;\n"
            "            value = value < 0 ? 0 : value > 127 ? 127 : value;\n        }\n    }\n    return value;\n}\n"
        )
    return "\n".join([*helpers, *functions])
