"""The C text of the synapses: tables by source, and a loop for each projection."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurolsm.program import INPUT, Projection
from neurolsm_c.bundles import Bundle, bundles
from neurolsm_c.design import WEIGHT_TYPE, Design
from neurolsm_c.drawn import drawn_weight
from neurolsm_c.rows import Rows, moved, span
from neurolsm_c.tables import comment, table, type_of

FIRST = """/* The first place in an ascending list that holds at least `value`. */
static int32_t first_from(const {index} *list, int32_t count, uint32_t value)
{{
    int32_t low = 0;
    while (low < count) {{
        const int32_t middle = (low + count) / 2;
        if (list[middle] < value) low = middle + 1;
        else count = middle;
    }}
    return low;
}}
"""


@dataclass(frozen=True)
class Weights:
    """What synapses add: the numbers of an array of a kind, or one number for all where ``kind`` is empty; or ``formula``, in which
    %K stands for the synapse."""

    name: str
    kind: str
    scale: int
    sign: str
    text: str = ""
    formula: str = ""

    @property
    def array(self) -> bool:
        return bool(self.kind)

    def of(self, k: str, name: str = "") -> str:
        """``+= `` what synapse k of the array (or of another name for it) adds."""
        if self.formula:
            return f"{self.sign} {self.formula.replace('%K', k)}" + (f" * {self.scale}" if self.scale > 1 else "")
        if not self.array:
            return f"+= {int(self.name) * self.scale}"
        return f"{self.sign} {name or self.name}[{k}]" + (f" * {self.scale}" if self.scale > 1 else "")


def weights(design: Design, number: int, p: Projection) -> Weights:
    """In memory where they learn, nowhere where all are alike, else in a table."""
    scale, sign = 1 << p.weight_exp, "-=" if p.sign_mode == "inhibitory" else "+="
    plastic = [plan.number for plan in design.plans if plan.projection is p]
    if plastic:
        return Weights(f"lsm.weight_{plastic[0]}", WEIGHT_TYPE[p.sign_mode], scale, sign)
    if np.unique(p.weight).size == 1:
        return Weights(str(int(p.weight[0])), "", scale, "+=")
    law = design.laws.get(number)
    values = (p.weight.astype(np.int64) if law is None else law) * (-1 if sign == "-=" else 1)
    if p.sign_mode == "mixed" and not (values & 1).any():
        values, scale = values // 2, 2 * scale
    if law is not None:
        formula = drawn_weight(design.program, number, p, "%K")
        return Weights("", "", scale, sign, table(f"law_{number}", values), formula)
    name = f"weight_of_{number}"
    return Weights(name, type_of(values), scale, sign, table(name, values))


def rows_table(design: Design) -> str:
    """Row k steps after the one that arrives next, without a division."""
    slots, width = design.slots, design.width
    rows = ", ".join(f"lsm.ring + {k % slots * width}" for k in range(2 * slots - 1))
    return (
        "/* The ring twice over: rows[head + k] arrives k steps after the next step. */\n"
        f"static int32_t *const rows[{2 * slots - 1}] = {{ {rows} }};\n"
    )


def synapses(design: Design, number: int, p: Projection) -> str:
    """Tables and the loop ``deliver_<number>``; nothing for a projection without synapses."""
    if not p.size:
        return ""
    rows, weight = Rows.of(design, number, p), weights(design, number, p)
    text = rows.tables() + weight.text + (table(f"delay_{number}", p.delay) if rows.late else "")
    if not design.in_ring(p):
        row, prepare = "lsm.flat", ""
    elif rows.late:
        row, prepare = f"row[delay_{number}[k]]", "    int32_t *const *row = rows + lsm.head;\n    LSM_KEEP(row);\n"
    else:
        row, prepare = "row", f"    int32_t *row = rows[lsm.head + {int(p.delay[0])}u];\n"
    first, last = span(p)
    start = f"first_from(sources, count, {first}u)" if first else "0"
    where = f"(uint32_t)sources[i]{moved(-first)}" + ("u" if first else "")
    sources = design.program.n_inputs if p.source == INPUT else design.program.n
    stop = [f"if (source >= {last - first}u) break;"] if last < sources else []
    body = _written_out(rows, weight, row) if rows.short else _loop(rows, weight, row)
    body = [f"const uint32_t source = {where};", *stop, *body]
    if not any("source" in line for line in body[1:]):  # all reach the same with the same
        body = body[1:]
    unused = "" if first or "source" in body[0] else "    (void)sources;\n"
    return (
        f"/* {comment(p.name)}: {p.size} synapses. A spike at step t adds weight << {p.weight_exp} to the input of step t + 1 + delay. */\n"
        f"{text}\nstatic void deliver_{number}(const {design.index} *sources, int32_t count)\n{{\n{unused}{prepare}"
        f"    for (int32_t i = {start}; i < count; i++) {{\n"
        + "".join(f"        {line}\n" for line in body) + "    }\n}\n"
    )  # fmt: skip


def _written_out(rows: Rows, weight: Weights, row: str) -> list[str]:
    """One line for each synapse of a source."""
    assert rows.pattern is not None
    low = int(rows.pattern.min())
    steep = f"{rows.slope} * (int32_t)source{moved(low)}" if rows.slope else str(low)
    lines = [f"int32_t *restrict to = {row} + ({steep});"]
    if weight.array:
        lines.append(f"const {weight.kind} *restrict from = {weight.name} + {rows.begin('source')};")
    if weight.formula:
        begin = rows.begin("source")
        return lines + [f"to[{j - low}] {weight.of(f'{begin} + {k}u')};" for k, j in enumerate(rows.pattern.tolist())]
    return lines + [f"to[{j - low}] {weight.of(str(k), 'from')};" for k, j in enumerate(rows.pattern.tolist())]


def _loop(rows: Rows, weight: Weights, row: str) -> list[str]:
    begin, end = rows.begin("source"), rows.begin("(source + 1)") if rows.fan_out else rows.begin("source + 1")
    return [
        f"const uint32_t end = {end};",
        f"for (uint32_t k = {begin}; k < end; k++)",
        f"    {row}[{rows.target('source')}] {weight.of('k')};",
    ]


def alone(design: Design, bundled: dict[int, Bundle]) -> list[int]:
    """The projections that have synapses and a loop of their own."""
    taken = {number for bundle in bundled.values() for number in bundle.numbers}
    return [number for number, p in enumerate(design.program.projections) if p.size and number not in taken]


def deliveries(design: Design) -> list[str]:
    """The calls, after the neurons have fired."""
    bundled = bundles(design)
    return [
        f"    deliver_{number}({'events, n' if design.program.projections[number].source == INPUT else 'spikes, count'});"
        for number in sorted({*bundled, *alone(design, bundled)})
    ]
