"""The C text of the sums of products of a learning rule, and of when they may change anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from neurolsm.program import INPUT
from neurolsm.program.decay import TAG_RANGES, WEIGHT_RANGE
from neurolsm.program.plan import EVENTS, Plan
from neurolsm.program.plasticity import WIDTHS, Product
from neurolsm_c.design import Design
from neurolsm_c.traces import Traces


@final
@dataclass(frozen=True, eq=False)
class Sums:
    """Writes how one synapse changes, from its traces."""

    traces: Traces

    @property
    def design(self) -> Design:
        return self.traces.design

    @property
    def plan(self) -> Plan:
        return self.traces.plan

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
        if self.traces.one:
            if name in self.plan.rule.third:
                return self.traces.third(name, index, f"{name}_now_{k}")
            return f"lsm.{name}_{k}[{index}]"
        when = {"x0": f"lsm.tx_{k}[i]", "y0": f"lsm.ty_{k}[j]", "u": str(self.plan.rule.t_epoch)}[dependency]
        return self.traces.past(name, index, when)

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

    def text(self) -> list[str]:
        """New weights and tags from the old ones."""
        rule, k, p, lines, ends = self.plan.rule, self.plan.number, self.plan.projection, [], []
        inhibitory = p.sign_mode == "inhibitory"
        if self.traces.asks("w") or rule.dw:
            lines.append(f"const int32_t w = {'-' if inhibitory else ''}lsm.weight_{k}[k];")
        for short, name in (("t", "tag1"), ("d", "tag2")):
            if self.traces.asks(short) or getattr(rule, f"d{short}"):
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
        if self.traces.lava:
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
                if (
                    self.traces.one
                    and f.variable in ("x1", "x2")
                    and not f.constant
                    and self.value(f.variable, "u") != "0"
                ):
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
            "x0": ("n > 0" if inputs else "count > 0") if self.traces.one else f"(lsm.seen_{k} & 1)",
            "y0": "count > 0" if self.traces.one else f"(lsm.seen_{k} & 2)",
            "u": "u_on" if self.traces.asks("u") else "0",
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
