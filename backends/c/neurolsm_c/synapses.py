"""The C text of the synapses: tables by source, and a loop for each projection."""

from __future__ import annotations

import numpy as np

from neurolsm.program import INPUT, Projection
from neurolsm_c.design import Design
from neurolsm_c.tables import comment, table


def span(p: Projection) -> tuple[int, int]:
    """The sources from the first to the one after the last that has any synapse."""
    having = np.flatnonzero(np.diff(p.indptr))
    return (int(having[0]), int(having[-1]) + 1) if having.size else (0, 0)


def wiring(design: Design, number: int, p: Projection) -> str:
    """Where the synapses of each source begin, and whom they reach: constant, also where weights learn."""
    first, last = span(p)
    base = design.ring[0] if design.in_ring(p) else 0
    post = p.post.astype(np.int64) - base if design.in_ring(p) else design.flat(p.post)
    text = table(f"begin_{number}", p.indptr[first : last + 1]) + table(f"post_{number}", post)
    if design.in_ring(p) and np.unique(p.delay).size > 1:
        text += table(f"delay_{number}", p.delay)
    return text


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
    plastic = [plan.number for plan in design.plans if plan.projection is p]
    text, weight = wiring(design, number, p), ""
    scale, sign = 1 << p.weight_exp, "+="
    if plastic:
        weight = f"lsm.weight_{plastic[0]}[k]"
        sign = "-=" if p.sign_mode == "inhibitory" else "+="
    elif np.unique(p.weight).size == 1:
        weight, scale = str(int(p.weight[0])), scale
    else:
        values = p.weight.astype(np.int64)
        if p.sign_mode == "inhibitory":
            values, sign = -values, "-="
        if p.sign_mode == "mixed" and not (values & 1).any():
            values, scale = values // 2, 2 * scale
        text += table(f"weight_of_{number}", values)
        weight = f"weight_of_{number}[k]"
    first, last = span(p)
    amount = f"{weight} * {scale}" if scale > 1 else weight
    if not design.in_ring(p):
        target, prepare = f"lsm.flat[post_{number}[k]]", ""
    elif np.unique(p.delay).size > 1:
        target, prepare = f"row[delay_{number}[k]][post_{number}[k]]", "    int32_t *const *row = rows + lsm.head;\n"
    else:
        target, prepare = f"row[post_{number}[k]]", f"    int32_t *row = rows[lsm.head + {int(p.delay[0])}u];\n"
    return (
        f"/* {comment(p.name)}: {p.size} synapses. A spike at step t adds weight << {p.weight_exp} to the input of step t + 1 + delay. */\n"
        f"{text}\nstatic void deliver_{number}(const {design.index} *sources, int32_t count)\n{{\n{prepare}"
        f"    for (int32_t i = 0; i < count; i++) {{\n"
        f"        const uint32_t source = (uint32_t)sources[i] - {first}u;\n"
        f"        if (source >= {last - first}u) continue;\n"
        f"        const uint32_t end = begin_{number}[source + 1];\n"
        f"        for (uint32_t k = begin_{number}[source]; k < end; k++)\n"
        f"            {target} {sign} {amount};\n    }}\n}}\n"
    )


def deliveries(design: Design) -> list[str]:
    """The calls, after the neurons have fired."""
    return [
        f"    deliver_{number}({'events, n' if p.source == INPUT else 'spikes, count'});"
        for number, p in enumerate(design.program.projections)
        if p.size
    ]
