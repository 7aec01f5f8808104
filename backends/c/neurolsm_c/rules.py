"""The C text of a learning rule, written from its products: traces, then sums of products, then one stochastic rounding.

The equations are those of ``neurolsm.semantics.learning``. Where an epoch has one step, traces are moved on first and products read
them as they are; where it has several, a product reads a trace as it was at the step of its dependency, which ``past`` computes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from neurolsm.program import INPUT
from neurolsm.program.decay import ACC_HIGH, ACC_LOW, TAG_RANGES, WEIGHT_RANGE
from neurolsm.program.plan import EVENTS, Plan
from neurolsm.program.plasticity import LAVA, TRACES, WIDTHS, Product
from neurolsm_c.design import Design
from neurolsm_c.streams import decay_name
from neurolsm_c.synapses import span
from neurolsm_c.tables import comment

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


@dataclass(frozen=True, eq=False)
class Writer:
    """Writes the code of one plastic projection."""

    design: Design
    plan: Plan

    @property
    def number(self) -> int:
        """Among all projections."""
        return next(k for k, p in enumerate(self.design.program.projections) if p is self.plan.projection)

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

    # ------------------------------------------------------------------ traces

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

    # ------------------------------------------------------------------ synapses

    def value(self, name: str, dependency: str) -> str:
        """A variable of a product, for the synapse k from i to j."""
        k = self.plan.number
        if name in ("w", "t", "d"):
            return name
        if name in ("x0", "y0", "u"):
            return f"{name}_on"
        live = name in self.plan.slots and (name not in self.plan.rule.third or name in self.design.third)
        if not live:
            return "0"
        index = "i" if name[0] == "x" else "j"
        if self.one:
            if name in self.plan.rule.third:
                return self.third(name, index, f"{name}_now_{k}")
            return f"lsm.{name}_{k}[{index}]"
        when = {"x0": f"lsm.tx_{k}[i]", "y0": f"lsm.ty_{k}[j]", "u": str(self.plan.rule.t_epoch)}[dependency]
        return self.past(name, index, when)

    def product(self, p: Product) -> str:
        """m: the mantissa times all factors, each cut to its width, shifted to the accumulator."""
        wide = p.bits > 31
        kind = "(int64_t)" if wide else ""
        text = f"{kind}{p.mantissa}" if p.mantissa >= 0 else f"{kind}({p.mantissa})"
        for f in p.factors:
            bits = WIDTHS[f.variable]
            low, high = -(1 << bits), (1 << bits) - 1
            if f.variable == "c":
                constant = (f.constant > 0) - (f.constant < 0) if f.sign else f.constant
                text += f" * ({min(max(constant, low), high)})"
                continue
            x = self.value(f.variable, p.dependency)
            if f.constant:
                x = f"{x} {'+' if f.constant > 0 else '-'} {abs(f.constant)}"
            if f.sign:
                text += f" * sign({x})"
            elif f.constant or f.variable in ("w", "t", "d"):  # the others fit as they are
                text += f" * bounded({x}, {low}, {high})"
            else:
                text += f" * {x}"
        shifted = f"({text})" if not p.shift_right else f"(({text}) >> {p.shift_right})"
        shifted = f"(int32_t){shifted}" if wide else shifted
        return f"fit({shifted} * {1 << p.shift_left})" if p.shift_left >= 0 else f"fit({shifted})"

    def sums(self) -> list[str]:
        """New weights and tags from the old ones."""
        rule, k, p, lines, ends = self.plan.rule, self.plan.number, self.plan.projection, [], []
        inhibitory = p.sign_mode == "inhibitory"
        if self.asks("w") or rule.dw:
            lines.append(f"const int32_t w = {'-' if inhibitory else ''}lsm.weight_{k}[k];")
        for short, name in (("t", "tag1"), ("d", "tag2")):
            if self.asks(short) or getattr(rule, f"d{short}"):
                lines.append(f"const int32_t {short} = lsm.{name}_{k}[k];")
        for products, name, array, limits in (
            (rule.dw, "w", f"weight_{k}", WEIGHT_RANGE[p.sign_mode]),
            (rule.dd, "d", f"tag2_{k}", TAG_RANGES["d"]),
            (rule.dt, "t", f"tag1_{k}", TAG_RANGES["t"]),
        ):
            if not products:
                continue
            acc = f"new_{name}"
            lines.append(f"int32_t {acc} = {name} * 128;")
            for product in products:
                gate = {"x0": "x0_on", "y0": "y0_on", "u": "u_on"}[product.dependency]
                change = self.product(product)
                if name == "t":  # its first sum may lie outside the accumulator, and is cut whatever happened
                    lines.append(f"{acc} = fit({acc} + ({gate} ? {change} : 0));")
                else:
                    lines.append(f"if ({gate}) {acc} = fit({acc} + {change});")
            if name == "d" or (name == "w" and p.sign_mode == "excitatory"):
                ends.append(f"if ({acc} < 0) {acc} = 0;")
            if name == "w" and inhibitory:
                ends.append(f"if ({acc} > 0) {acc} = 0;")
            kind = "uint8_t" if name == "w" and p.sign_mode != "mixed" else "int16_t"
            minus = "-" if name == "w" and inhibitory else ""
            ends += [
                f"if (({acc} & 127) != 0) {acc} += ({acc} & 127) >= {self.threshold()} ? 128 : 0;",
                f"lsm.{array}[k] = ({kind}){minus}bounded({acc} >> 7, {limits[0]}, {limits[1]});",
            ]
        return lines + ends

    def threshold(self) -> str:
        """Where an accumulator rounds up."""
        if self.lava:
            return "up"
        return f"(int32_t)(mix({self.plan.rule.seed}u, k * 8u) >> 25) + 1"

    def row_needs(self) -> str | None:
        """What must hold of a source for any of its synapses to change; None if nothing must."""
        if self.plan.rule.dt:
            return None
        found = set()
        for p in self.plan.rule.products:
            needs = {"x0_on"} if p.dependency == "x0" else set()
            for f in p.factors:
                if self.one and f.variable in ("x1", "x2") and not f.constant and self.value(f.variable, "u") != "0":
                    needs.add(f"lsm.{f.variable}_{self.plan.number}[i]")
            if not needs:
                return None
            found.add(min(needs, key=lambda need: need != "x0_on"))
        return " || ".join(sorted(found))

    def due(self) -> str:
        """Whether anything may change a synapse now."""
        k, terms = self.plan.number, []
        inputs = self.plan.projection.source == INPUT
        says = {
            "x0": ("n > 0" if inputs else "count > 0") if self.one else f"(lsm.seen_{k} & 1)",
            "y0": "count > 0" if self.one else f"(lsm.seen_{k} & 2)",
            "u": "u_on" if self.asks("u") else "0",
        }
        for need in self.plan.needs:
            parts = []
            for name, bit in EVENTS.items():
                if need & bit and name in says:
                    parts.append(says[name])
                elif need & bit:
                    parts.append(f"(lsm.stirred & {bit})" if name in self.design.third else "0")
            if not parts:
                return "1"
            terms.append(" && ".join(parts))
        return " || ".join(f"({t})" if " && " in t and len(terms) > 1 else t for t in terms)

    def change(self) -> list[str]:
        """The loop over the synapses."""
        if not self.products:
            return []
        p, k, number = self.plan.projection, self.plan.number, self.number
        first, last = span(p)
        j = self.target(f"post_{number}[k]")
        inner = self.sums()
        text = "\n".join(inner)
        declared = []
        if "x0_on" in text or "x0_on" in (self.row_needs() or ""):
            fired = (
                f"lsm.tx_{k}[i] > 0"
                if not self.one
                else ("lsm.heard[i] > 0" if p.source == INPUT else "lsm.fired[i] > 0")
            )
            declared.append(f"const int32_t x0_on = {fired};")
        needs = self.row_needs()
        lines = [f"for (int32_t i = {first}; i < {last}; i++) {{"]
        lines += [f"    {line}" for line in declared]
        if needs:
            lines.append(f"    if (!({needs})) continue;")
        lines += [
            f"    const uint32_t end = begin_{number}[i - {first} + 1];",
            f"    for (uint32_t k = begin_{number}[i - {first}]; k < end; k++) {{",
        ]
        if "j" in _names(text) or "y0_on" in text:
            lines.append(f"        const int32_t j = {j};")
        if "y0_on" in text:
            lines.append(
                f"        const int32_t y0_on = {f'lsm.ty_{k}[j] > 0' if not self.one else 'lsm.fired[j] > 0'};"
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
        sides = "".join(letter for letter in "xy" if any(n[0] == letter for n in self.live()))
        drawn = {letter: f"draw_{rule.seed + (0 if letter == 'x' else 2)}" for letter in sides} if self.lava else {}
        ended: list[str] = [
            f"    const uint64_t {letter}_number = shown(lsm.{name});" for letter, name in drawn.items()
        ]
        if self.lava and self.products:
            ended.append(f"    const int32_t up = (int32_t)(shown(lsm.draw_epoch_{rule.t_epoch}) >> 46) + 1;")
        if self.asks("u"):
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
        due = self.due()
        block = (
            [f"    if ({due}) {{", *self.decay_third(), *[f"        {line}" for line in changes], "    }"]
            if changes
            else []
        )
        if self.one:
            lines = [*count, *ended, *self.follow(), *block]
        else:
            lines = [
                f"    lsm.within_{k}++;", *self.remember(), f"    if (lsm.within_{k} < {rule.t_epoch}) return;",
                f"    lsm.within_{k} = 0;", *count, *ended, *block, f"    lsm.seen_{k} = 0;", *self.finish(),
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
            f"static void raise(uint8_t *trace, const {index} *who, int32_t count, int32_t impulse)\n{{\n"
            "    for (int32_t i = 0; i < count; i++) {\n        int32_t value = trace[who[i]] + impulse;\n"
            "        trace[who[i]] = (uint8_t)(value > 127 ? 127 : value);\n    }\n}\n"
        )
    if "at_most_127(" in text:
        helpers.append("LSM_INLINE int32_t at_most_127(int32_t x)\n{\n    return x > 127 ? 127 : x;\n}\n")
    if "sign(" in text:
        helpers.append("LSM_INLINE int32_t sign(int32_t x)\n{\n    return (x > 0) - (x < 0);\n}\n")
    seen = sorted({name for w in writers for name in map(w.decayed, w.live()) if f"past_{name}(" in text})
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
