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
/* Into (-2^23, 2^23], by one turn only. */
LSM_INLINE int32_t wrap(int32_t u)
{
    if (u > 8388608) u -= 16777216;
    if (u <= -8388608) u += 16777216;
    return u;
}
"""

# The same where no input is so large that a second turn could be missing.
SHORT_WRAP = """
/* Into (-2^23, 2^23]: one turn is enough for the currents of this program. */
LSM_INLINE int32_t wrap(int32_t u)
{
    return ((int32_t)((uint32_t)(u - 1) << 8) >> 8) + 1;
}
"""

MOST_RUNS = (
    12  # of neurons that follow each other with the same constants; a constant that changes more often is a table
)

DECAY = """
/* x keep / 4096, rounded toward zero, in 32 bits: x = 4096 high + low. */
LSM_INLINE int32_t decay(int32_t x, int32_t keep)
{
    int32_t high = x >> 12, low = x & 4095, up = (x >> 31) & 4095;
    return high * keep + ((low * keep + up) >> 12);
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
    narrow = int(reach(design.program)[0].max(initial=0)) <= HARMLESS
    text += [DECAY, SHORT_WRAP if narrow else WRAP, _saturate(design), _loop(design, tables, free), _runs(design, free)]
    return "\n".join(text)


def _saturate(design: Design) -> str:
    """Where nothing adapts or rests, one loop has the comparison in its own."""
    plain = not design.program.neurons.adapts and not design.program.neurons.refracts
    return f"#ifdef LSM_TWO_LOOPS{SATURATE}#endif\n" if plain else SATURATE


def _loop(design: Design, tables: list[Column], free: list[Column]) -> str:
    adapts, refracts = design.program.neurons.adapts, design.program.neurons.refracts
    plain = not adapts and not refracts
    read = [f"        const int32_t {c.name} = {c.from_memory or f'neuron_{c.name}[i]'};" for c in tables]
    body = [
        "        int32_t u = wrap((keep_u ? decay(lsm.u[i], keep_u) : 0) + 64 * input[i]);",
        "        int32_t v = keep_v == 4096 ? lsm.v[i] : keep_v ? decay(lsm.v[i], keep_v) : 0;",
        "        input[i] = 0;",
        "        lsm.u[i] = u;",
        "#ifdef LSM_TWO_LOOPS /* for wide processors: a loop without a branch, and one that looks who fires */",
        "        lsm.v[i] = saturate(v + u + bias);",
        "    }",
        "    for (int32_t i = 0; i < size; i++) {",
        *read,
        "        int32_t v = lsm.v[i];",
        "#else",
        "        v += u + bias;" if plain else "        v = saturate(v + u + bias);",
        "#endif",
    ]
    threshold = "level"
    if adapts:
        threshold = "threshold"
        body += [
            "        const int32_t threshold = level + lsm.theta[i];",
            "        int32_t theta = decay(lsm.theta[i], keep_theta);",
        ]
    if refracts:
        body += [
            "        if (lsm.refractory[i]) {",
            "            v = 0;",
            "            lsm.refractory[i]--;",
            "        }",
        ]
    fires = ["            v = 0;", f"            spikes[count++] = ({design.index})(first + i);"]
    if adapts:
        fires.append("            theta += theta_step;")
    if refracts:
        fires.append("            lsm.refractory[i] = (uint8_t)rest;")
    if plain:  # one comparison asks for both ends, for a threshold lies below the upper one
        fires = [f"    {line}" for line in fires]
        body += [
            "        if ((uint32_t)(v + 8388607) > (uint32_t)(level + 8388607)) {",
            "            if (v > level) {", *fires, "            } else {", "                v = -8388607;", "            }", "        }",
        ]  # fmt: skip
    else:
        body += [f"        if (v > {threshold}) {{", *fires, "        }"]
    body.append("        lsm.v[i] = v;")
    if adapts:
        body.append("        lsm.theta[i] = theta > 8388607 ? 8388607 : theta;")
    formula = [
        "       u <- wrap(decay(u, keep_u) + 64 a)      a: the input that arrives now",
        "       v <- saturate(decay(v, keep_v) + u + bias)" + ("      0 while refractory" if refracts else ""),
        f"       spike = v > 64 vth{' + theta' if adapts else ''};   v <- 0 where a neuron spiked",
    ]
    if adapts:
        formula.append("       theta <- decay(theta, keep_theta) + theta_step spike, at most 2^23 - 1")
    if refracts:
        formula.append("       refractory <- rest where a neuron spiked, else one less")
    # One base for all arrays of a run: the neuron i of the loop is the neuron first + i of the program.
    text = "\n".join([*read, *body])
    for name in ("u", "v", "theta", "refractory", "bias_mant", "vth"):
        text = text.replace(f"lsm.{name}[i]", f"lsm.{name}[first + i]")
    for column in tables:
        text = text.replace(f"neuron_{column.name}[i]", f"neuron_{column.name}[first + i]")
    parameters = "".join(f", int32_t {c.name}" for c in free)
    return (
        "/* One step of the neurons first .. first + size - 1, whose input waits in `input`:\n"
        + "\n".join(formula)
        + " */\nLSM_INLINE int32_t update(int32_t first, int32_t size, int32_t *restrict input,"
        + f"\n    {design.index} *spikes, int32_t count"
        + f"{parameters})\n{{\n    for (int32_t i = 0; i < size; i++) {{\n{text}\n    }}\n    return count;\n}}\n"
    )


def _runs(design: Design, free: list[Column]) -> str:
    """The calls, cut where a constant changes and where input waits elsewhere."""
    low, high = design.ring
    n = design.program.n
    cuts = {0, n, low, high} if design.width else {0, n}
    for column in free:
        cuts |= set(column.changes.tolist())
    bounds = sorted(cuts)
    calls = []
    for start, stop in pairwise(bounds):
        inside = low <= start < high
        place = f"row + {start - low}" if inside else f"lsm.flat + {int(design.flat(start))}"
        constants = "".join(f", {int(c.values[start])}" for c in free)
        calls.append(f"    count = update({start}, {stop - start}, {place}, spikes, count{constants});")
    row = f"    int32_t *row = lsm.ring + lsm.head * {design.width}u;\n" if design.width else ""
    names = ", ".join(["first", "size", "input", *(c.name for c in free)])
    return (
        f"/* All neurons: {names}. Returns how many have spiked. */\n"
        f"static int32_t update_all({design.index} *spikes)\n{{\n    int32_t count = 0;\n{row}"
        + "\n".join(calls)
        + "\n    return count;\n}\n"
    )
