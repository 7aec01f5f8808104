"""The C text of the neurons: one loop for all, which the compiler specialises for each run of neurons with the same constants."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from neurolsm.program.currents import HARMLESS, reach
from neurolsm_c.design import Design
from neurolsm_c.tables import table, type_of

WRAP = """
/* x + 1 into (-2^23, 2^23], by one turn only; `one` says that no input is so large that a second turn could be missing. */
LSM_INLINE int32_t wrap_1(int32_t x, int one)
{
    if (one) return ((int32_t)((uint32_t)x << 8) >> 8) + 1;
    int32_t u = x + 1;
    if (u > 8388608) u -= 16777216;
    if (u <= -8388608) u += 16777216;
    return u;
}
"""

MOST_RUNS = (
    12  # of neurons that follow each other with the same constants; a constant that changes more often is a table
)

FOR = "    for (int32_t i = first; i < end; i++) {"

DECAY = """
/* x keep / 4096, rounded toward zero, less 1, in 32 bits: x = 4096 high + low, and what is added is -4096, or -1 where x < 0. */
LSM_INLINE int32_t decay_1(int32_t x, int32_t keep)
{
    int32_t high = x >> 12, low = x & 4095, add = (x >> 31) | -4096;
    return high * keep + ((low * keep + add) >> 12);
}
"""

SATURATE = """
/* Into 24 bits. */
LSM_INLINE int32_t saturate(int32_t v)
{
    v = v < -8388607 ? -8388607 : v;
    return v > 8388607 ? 8388607 : v;
}
"""


@dataclass(frozen=True, eq=False)
class Column:
    """A constant of the neurons: by which name the loop knows it, and how it is read where it is a table."""

    name: str
    values: NDArray[np.int64]
    from_memory: str = ""

    @property
    def changes(self) -> NDArray[np.int64]:
        return np.flatnonzero(np.diff(self.values)) + 1


def columns(design: Design) -> list[Column]:
    """What the equations need, in their order."""
    neurons = design.program.neurons
    wide = {name: getattr(neurons, name).astype(np.int64) for name in ("du", "dv", "theta_decay", "theta_step")}
    found = [Column("keep_u", 4095 - wide["du"]), Column("keep_v", 4096 - wide["dv"])]
    if design.moves:
        unit = np.left_shift(1, neurons.bias_exp.astype(np.int64))
        found += [
            Column("bias_unit", unit),
            Column("bias", unit, "lsm.bias_mant[i] * bias_unit"),
            Column("level", unit, "lsm.vth[i] * 64"),
        ]
    else:
        bias, level = neurons.bias.astype(np.int64), neurons.vth.astype(np.int64) << 6
        found += [Column("bias", bias), Column("level", level)]
    if neurons.refracts:
        found.append(Column("rest", neurons.refractory.astype(np.int64)))
    if neurons.adapts:
        found += [Column("theta_step", wide["theta_step"]), Column("keep_theta", 4096 - wide["theta_decay"])]
    return found


def tabled(found: list[Column]) -> list[Column]:
    """The columns that change too often along the neurons to be constants of runs: the fewest, so that few runs are left."""
    rest = sorted((c for c in found if not c.from_memory), key=lambda c: c.changes.size)
    cuts: set[int] = set()
    tables = [c for c in found if c.from_memory]
    for column in rest:
        new = cuts | set(column.changes.tolist())
        if len(new) < MOST_RUNS:
            cuts = new
        else:
            tables.append(column)
    return [c for c in found if c in tables]


def neurons(design: Design) -> str:
    """Tables, the loop, and the call for each run."""
    found = columns(design)
    tables = tabled(found)
    kinds = {c.name: type_of(c.values).replace("uint32", "int32") for c in tables}
    text = [table(f"neuron_{c.name}", c.values, kinds[c.name]) for c in tables if not c.from_memory]
    free = [c for c in found if c not in tables]
    text += [DECAY, WRAP, _saturate(design), _loop(design, tables, free), _runs(design, free)]
    return "\n".join(text)


def _saturate(design: Design) -> str:
    """Where nothing adapts or rests, one loop has the comparison in its own."""
    plain = not design.program.neurons.adapts and not design.program.neurons.refracts
    return f"#ifdef LSM_TWO_LOOPS{SATURATE}#endif\n" if plain else SATURATE


def _loop(design: Design, tables: list[Column], free: list[Column]) -> str:
    """``update``: one step of a run of neurons."""
    adapts, refracts = design.program.neurons.adapts, design.program.neurons.refracts
    read = [f"        const int32_t {c.name} = {c.from_memory or f'neuron_{c.name}[i]'};" for c in tables]
    body = [
        "        const int32_t u = wrap_1((keep_u ? decay_1(lsm.u[i], keep_u) : -1) + 64 * input[i - first], one);",
        "        const int32_t v_1 = (keep_v == 4096 ? lsm.v[i] - 1 : keep_v ? decay_1(lsm.v[i], keep_v) : -1) + u + bias;",
        "        input[i - first] = 0;",
        "        lsm.u[i] = u;",
    ]
    body += _burning(design, read) if adapts or refracts else _plain(design, read)
    formula = [
        "       u <- wrap(decay(u, keep_u) + 64 a)      a: the input that arrives now",
        "       v <- saturate(decay(v, keep_v) + u + bias)" + ("      0 while refractory" if refracts else ""),
        f"       spike = v > 64 vth{' + theta' if adapts else ''};   v <- 0 where a neuron spiked",
    ]
    if adapts:
        formula.append("       theta <- decay(theta, keep_theta) + theta_step spike, at most 2^23 - 1")
    if refracts:
        formula.append("       refractory <- rest where a neuron spiked, else one less")
    rest = [
        "#ifndef LSM_TWO_LOOPS",
        "        if (rests && (input[i - first] | lsm.u[i]) == 0) continue; /* it stays as it is */",
        "#endif",
    ] if design.rests.any() else []  # fmt: skip
    parameters = "".join(f", int32_t {c.name}" for c in free)
    text = "\n".join([FOR, *rest, *read, *body])
    return (
        "/* One step of the neurons first .. end - 1, whose input waits in `input`:\n"
        + "\n".join(formula)
        + " */\nLSM_INLINE int32_t update(int32_t first, int32_t end, int32_t *restrict input,"
        + f"\n    {design.index} *restrict spikes, int32_t count, int one{', int rests' if rest else ''}"
        + f"{parameters})\n{{\n{text}\n    return count;\n}}\n"
    )


def _plain(design: Design, read: list[str]) -> list[str]:
    """Who fires, where nothing adapts or rests: one comparison asks for both ends, for a threshold lies below the upper one."""
    level = [line for line in read if " level = " in line]
    return [
        "#ifdef LSM_TWO_LOOPS /* for wide processors: loops without a branch, one of which lists who fires */",
        "        lsm.v[i] = saturate(v_1 + 1);",
        "    }",
        FOR,
        *level,
        f"        spikes[count] = ({design.index})i;",
        "        count += lsm.v[i] > level;",
        "    }",
        FOR,
        *level,
        "        lsm.v[i] = lsm.v[i] > level ? 0 : lsm.v[i];",
        "    }",
        "#else",
        "        int32_t v = v_1 + 1;",
        "        if ((uint32_t)(v_1 + 8388608) > (uint32_t)(level + 8388607)) {",
        "            if (v > level) {",
        "                v = 0;",
        f"                spikes[count++] = ({design.index})i;",
        "            } else {",
        "                v = -8388607;",
        "            }",
        "        }",
        "        lsm.v[i] = v;",
        "    }",
        "#endif",
    ]


def _burning(design: Design, read: list[str]) -> list[str]:
    """Who fires, where thresholds adapt or neurons rest after a spike."""
    adapts, refracts = design.program.neurons.adapts, design.program.neurons.refracts
    body = [
        "#ifdef LSM_TWO_LOOPS /* for wide processors: a loop without a branch, and one that looks who fires */",
        "        lsm.v[i] = saturate(v_1 + 1);",
        "    }",
        FOR,
        *[line for line in read if " bias = " not in line],
        "        int32_t v = lsm.v[i];",
        "#else",
        "        int32_t v = saturate(v_1 + 1);",
        "#endif",
    ]
    if adapts:
        body += [
            "        const int32_t threshold = level + lsm.theta[i];",
            "        int32_t theta = decay_1(lsm.theta[i], keep_theta) + 1;",
        ]
    if refracts:
        body += [
            "        if (lsm.refractory[i]) {",
            "            v = 0;",
            "            lsm.refractory[i]--;",
            "        }",
        ]
    body += [
        f"        if (v > {'threshold' if adapts else 'level'}) {{",
        "            v = 0;",
        f"            spikes[count++] = ({design.index})i;",
    ]
    if adapts:
        body.append("            theta += theta_step;")
    if refracts:
        body.append("            lsm.refractory[i] = (uint8_t)rest;")
    body += ["        }", "        lsm.v[i] = v;"]
    if adapts:
        body.append("        lsm.theta[i] = theta > 8388607 ? 8388607 : theta;")
    return [*body, "    }"]


def _runs(design: Design, free: list[Column]) -> str:
    """The calls, cut where a constant changes and where input waits elsewhere."""
    low, high = design.ring
    n = design.program.n
    cuts = {0, n, low, high} if design.width else {0, n}
    narrow = reach(design.program)[0] <= HARMLESS
    cuts |= {p.start for p in design.program.populations if len(design.program.populations) <= MOST_RUNS}
    for column in free:
        cuts |= set(column.changes.tolist())
    calls = []
    for start, stop in pairwise(sorted(cuts)):
        place = f"row + {start - low}" if low <= start < high else f"lsm.flat + {int(design.flat(start))}"
        constants = "".join(f", {int(c.values[start])}" for c in free)
        one, rests = int(narrow[start:stop].all()), design.rests.any()
        call = f"count = update({start}, {stop}, {place}, spikes, count, {one}{{rests}}{constants});"
        if design.rests[start:stop].all():
            calls += [f"    if (lsm.settled) {call.format(rests=', 1')}", f"    else {call.format(rests=', 0')}"]
        else:
            calls.append("    " + call.format(rests=", 0" if rests else ""))
    row = f"    int32_t *row = lsm.ring + lsm.head * {design.width}u;\n" if design.width else ""
    names = ", ".join(
        ["first", "end", "input", "one turn", *(["rests"] * bool(design.rests.any())), *(c.name for c in free)]
    )
    settled = "    lsm.settled = 1;\n" if design.rests.any() else ""
    return (
        f"/* All neurons: {names}. Returns how many have spiked. */\n"
        f"static int32_t update_all({design.index} *spikes)\n{{\n    int32_t count = 0;\n{row}"
        + "\n".join(calls)
        + f"\n{settled}    return count;\n}}\n"
    )
