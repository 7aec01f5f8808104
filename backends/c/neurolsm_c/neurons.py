"""The C text of the neurons: one loop for all, which the compiler specialises for each run of neurons with the same constants."""

from __future__ import annotations

from itertools import pairwise

from neurolsm.program.currents import HARMLESS, reach
from neurolsm_c.columns import MOST_RUNS, Column, columns, tabled
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

FOR = "    for (int32_t i = first; i < end; i++) {"

DECAY = """
/* x keep / 4096, rounded toward zero, plus `more`. */
LSM_INLINE int32_t decay(int32_t x, int32_t keep, int32_t more)
{
    if (keep == 0) return more;
    if (keep == 4096) return x + more;
#ifdef LSM_LONG /* the upper half of x keep 2^20, of which 2^32 x is taken first where keep would not fit; below, 2^32 - 1 rounds x < 0 up */
    const int32_t part = keep < 2048 ? keep : keep - 4096;
    const int64_t sum = (int64_t)((keep < 2048 ? 0 : x) + more) * 4294967296 + (uint32_t)(x >> 31);
    return (int32_t)((sum + (int64_t)x * (part * 1048576)) >> 32);
#else /* x = 4096 high + low, and what is added is -4096, or -1 where x < 0 */
    const int32_t high = x >> 12, low = x & 4095, add = (x >> 31) | -4096;
    return high * keep + ((low * keep + add) >> 12) + (more + 1);
#endif
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


def neurons(design: Design) -> str:
    """Tables, the loop, and the call for each run."""
    found = columns(design)
    tables = tabled(found)
    kinds = {c.name: type_of(c.values).replace("uint32", "int32") for c in tables}
    text = [table(f"neuron_{c.name}", c.values, kinds[c.name]) for c in tables if not c.from_memory]
    free = [c for c in found if c not in tables]
    text += [DECAY, WRAP, _saturate(design), _loop(design, tables, free), _runs(design, free)]
    return "\n".join(text)


def _burns(design: Design) -> bool:
    """Whether thresholds adapt or neurons rest after a spike."""
    return bool(design.program.neurons.adapts or design.program.neurons.refracts)


def _saturate(design: Design) -> str:
    """Where nothing adapts or rests, a single neuron asks for both ends at once."""
    return SATURATE if _burns(design) else f"#ifdef LSM_TWO_LOOPS{SATURATE}#endif\n"


def _loop(design: Design, tables: list[Column], free: list[Column]) -> str:
    """``update``: one step of a run of neurons, some of them in a loop, or all in loops for wide processors."""
    read = [f"    const int32_t {c.name} = {c.from_memory or f'neuron_{c.name}[i]'};" for c in tables]
    adapts, refracts = design.program.neurons.adapts, design.program.neurons.refracts
    formula = [
        "/* One step of the neurons first .. end - 1, whose input waits in `input`:",
        "       u <- wrap(decay(u, keep_u) + 64 a)      a: the input that arrives now",
        "       v <- saturate(decay(v, keep_v) + u + bias)" + ("      0 while refractory" if refracts else ""),
        f"       spike = v > 64 vth{' + theta' if adapts else ''};   v <- 0 where a neuron spiked",
    ]
    if adapts:
        formula.append("       theta <- decay(theta, keep_theta) + theta_step spike, at most 2^23 - 1")
    if refracts:
        formula.append("       refractory <- rest where a neuron spiked, else one less")
    given = "int one" + ", int rests" * bool(design.rests.any()) + "".join(f", int32_t {c.name}" for c in free)
    update = (
        "LSM_INLINE int32_t update(int32_t first, int32_t end, int32_t *restrict input,"
        f"\n    {design.index} *restrict spikes, int32_t count, {given})"
    )
    neuron = (
        f"LSM_INLINE int32_t neuron(int32_t i, int32_t a,\n    {design.index} *restrict spikes, int32_t count, {given})"
    )
    passed = ", ".join(["spikes", "count", *(word.split()[-1] for word in given.split(", "))])
    lines = [
        "\n".join(formula) + " */", "#ifdef LSM_TWO_LOOPS /* for wide processors: loops without a branch, one of which lists who fires */",
        update, "{", *_wide(design, read), "    return count;", "}", "#else",
        neuron, "{", *_single(design, read), "    return count;", "}", "",
        neuron.replace("neuron(int32_t i, int32_t a", "pair(int32_t i, int32_t *restrict input"), "{",
        "    const int32_t a = input[0], b = input[1];", "    input[0] = input[1] = 0;",
        f"    count = neuron(i, a, {passed});", f"    return neuron(i + 1, b, {passed});", "}", "",
        update, "{", *_pairs(design, passed), "    return count;", "}", "#endif", "",
    ]  # fmt: skip
    return "\n".join(lines)


def _sum(a: str) -> list[str]:
    """Current and voltage before anybody has fired."""
    return [
        f"    const int32_t u = wrap_1(decay(lsm.u[i], keep_u, 64 * {a} - 1), one);",
        "    const int32_t sum = decay(lsm.v[i], keep_v, u + bias);",
        "    lsm.u[i] = u;",
    ]


def _pairs(design: Design, passed: str) -> list[str]:
    """The loop over pairs of neurons: processors load and store two numbers at once."""
    rests, pairs = bool(design.rests.any()), 2 if design.rests.any() else 4
    many = 2 * pairs
    still = [
        "        if (rests && (input[0] | input[1] | input[2] | input[3] | lsm.u[i] | lsm.u[i + 1] | lsm.u[i + 2] | lsm.u[i + 3]) == 0)",
        "            continue; /* they stay as they are */",
    ]  # fmt: skip
    return [
        f"    const int32_t whole = first + ((end - first) & ~{many - 1});",
        "    LSM_ONCE",
        f"    for (int32_t i = first; i < whole; i += {many}, input += {many}) {{",
        *still[: 2 * rests],
        f"        count = pair(i, input, {passed});",
        *(f"        count = pair(i + {2 * k}, input + {2 * k}, {passed});" for k in range(1, pairs)),
        "    }",
        "    for (int32_t i = whole; i < end; i++, input++) {",
        f"        count = neuron(i, *input, {passed});",
        "        *input = 0;",
        "    }",
    ]


def _forgetful(design: Design) -> bool:
    """Whether some neurons keep nothing from step to step, as gates do, and have no current of their own."""
    n = design.program.neurons
    return not design.moves and bool(((n.du == 4095) & (n.dv == 4096) & (n.bias_mant == 0)).any())


def _single(design: Design, read: list[str]) -> list[str]:
    """One neuron; where nothing adapts or rests, one comparison asks for both ends, for a threshold lies below the upper one."""
    body = list(read)
    if design.rests.any():
        body.append("    if (rests && (a | lsm.u[i]) == 0) return count; /* it stays as it is */")
    if _burns(design):
        return [*body, *_sum("a"), "    int32_t v = saturate(sum);", *_burning(design)]
    usual = [
        *_sum("a"),
        "    int32_t v = sum;",
        "    if ((uint32_t)(sum + 8388607) > (uint32_t)(level + 8388607)) {",
        "        if (sum > level) {",
        "            v = 0;",
        f"            spikes[count++] = ({design.index})i;",
        "        } else {",
        "            v = -8388607;",
        "        }",
        "    }",
        "    lsm.v[i] = v;",
    ]
    if not _forgetful(design):
        return [*body, *usual]
    return [
        *body,
        "    if (keep_u == 0 && keep_v == 0 && bias == 0 && (uint32_t)(a + 65536) <= (uint32_t)(level / 64 + 65536)) {",
        "        lsm.u[i] = lsm.v[i] = 64 * a; /* neither turned nor cut, and not above the threshold */",
        "    } else {",
        *(f"    {line}" for line in usual),
        "    }",
    ]


def _wide(design: Design, read: list[str]) -> list[str]:
    """Loops of which the first has no branch."""
    rests = ["    (void)rests;"] if design.rests.any() else []
    level = [f"    {line}" for line in read if " level = " in line]
    sums = (*read, *_sum("input[i - first]"), "    input[i - first] = 0;", "    lsm.v[i] = saturate(sum);")
    lines = [*rests, FOR, *(f"    {line}" for line in sums), "    }"]
    if _burns(design):
        again = [line for line in read if " bias = " not in line]
        burning = [*again, "    int32_t v = lsm.v[i];", *_burning(design)]
        return [*lines, FOR, *(f"    {line}" for line in burning), "    }"]
    return [
        *lines, "    int32_t i = first;", "    for (; i + 32 <= end; i += 32) { /* 32 comparisons are the bits of a number */",
        "        uint32_t fired = 0;", "        for (int32_t k = 0; k < 32; k++) {",
        *(f"    {line.replace('[i]', '[i + k]')}" for line in level), "            fired |= (uint32_t)(lsm.v[i + k] > level) << k;",
        "        }", f"        for (; fired; fired &= fired - 1) spikes[count++] = ({design.index})(i + __builtin_ctz(fired));", "    }",
        "    for (; i < end; i++) {", *level, f"        spikes[count] = ({design.index})i;",
        "        count += lsm.v[i] > level;", "    }", FOR,
        *level, "        lsm.v[i] = lsm.v[i] > level ? 0 : lsm.v[i];", "    }",
    ]  # fmt: skip


def _burning(design: Design) -> list[str]:
    """Who fires, where thresholds adapt or neurons rest after a spike."""
    adapts, refracts = design.program.neurons.adapts, design.program.neurons.refracts
    body = []
    if adapts:
        body += [
            "    const int32_t threshold = level + lsm.theta[i];",
            "    int32_t theta = decay(lsm.theta[i], keep_theta, 0);",
        ]
    if refracts:
        body += ["    if (lsm.refractory[i]) {", "        v = 0;", "        lsm.refractory[i]--;", "    }"]
    body += [
        f"    if (v > {'threshold' if adapts else 'level'}) {{",
        "        v = 0;",
        f"        spikes[count++] = ({design.index})i;",
    ]
    if adapts:
        body.append("        theta += theta_step;")
    if refracts:
        body.append("        lsm.refractory[i] = (uint8_t)rest;")
    body += ["    }", "    lsm.v[i] = v;"]
    if adapts:
        body.append("    lsm.theta[i] = theta > 8388607 ? 8388607 : theta;")
    return body


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
