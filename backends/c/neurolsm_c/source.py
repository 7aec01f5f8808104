"""The two files of a program, ``lsm.h`` and ``lsm.c``: only what the program needs is in them."""

from __future__ import annotations

import re

from neurolsm.program import Program
from neurolsm.program.state import State
from neurolsm_c import bundles, drawn, modulation, neurons, rules, streams, synapses
from neurolsm_c.design import Design, Field
from neurolsm_c.memory import Memory
from neurolsm_c.tables import SIZES, comment, table

HEADER = """/* {title}
   Made by neurolsm-c. Loihi's fixed point: the same spikes, states and weights as on every other backend.

   A step:   lsm_teach(values) if there is a lesson;   count = lsm_step(events, n, spikes);   lsm_scores(scores) */
#ifndef LSM_H
#define LSM_H

#include <stdint.h>

#define LSM_PROGRAM "{sha}"
#define LSM_NEURONS {n}
#define LSM_INPUTS {inputs}
#define LSM_GRADED {graded}    /* values of a lesson */
#define LSM_SCORES {scores}    /* what lsm_scores writes: the voltages of the neurons from {first_score} on */

typedef {index} lsm_index; /* a neuron or a channel */

/* What lsm_step and lsm_teach return when they refuse; nothing has happened then. */
#define LSM_TOO_MANY (-1) /* more events than channels, or fewer than none */
#define LSM_NO_CHANNEL (-2) /* an event on a channel that is not there */
#define LSM_NOT_ASCENDING (-3) /* channels must ascend, each once */
#define LSM_NO_LESSON (-4) /* the program takes no lessons, or other than {graded} values */

/* Everything that changes: {size} bytes. To keep it or to send it elsewhere, copy it as it is. */
typedef struct {{
{fields}
}} lsm_state_t;

/* At rest, with nothing learned. */
void lsm_init(void);

/* A new sample: what moves begins at rest, what was learned stays. */
void lsm_begin(void);

/* One step. events: the channels that spike, ascending, n of them. spikes: room for LSM_NEURONS; the neurons that do, ascending.
   Returns how many, or one of the codes above. */
int32_t lsm_step(const lsm_index *events, int32_t n, lsm_index *spikes);

/* Rewards and teacher values of the next step, LSM_GRADED of them. Returns 0, or LSM_NO_LESSON. */
int32_t lsm_teach(const int8_t *values, int32_t n);

/* The voltages of the readout (of all neurons where there is none), LSM_SCORES of them. */
void lsm_scores(int32_t *scores);

/* Everything that changes, to be read, kept and written back. */
lsm_state_t *lsm_state(void);

#endif
"""

TOP = """/* {title}
{about} */
#include "lsm.h"

#include <string.h>

#if (-1 >> 1) != -1
#error "a right shift of a negative number must keep its sign, as it does in every compiler of today"
#endif

#if defined(__GNUC__)
#define LSM_INLINE static inline __attribute__((always_inline))
#define LSM_KEEP(x) __asm__("" : "+r"(x)) /* in a register: compilers add its parts anew for each synapse */
#else
#define LSM_INLINE static inline
#define LSM_KEEP(x) (void)(x)
#endif

#if defined(__GNUC__) && !defined(__clang__)
#define LSM_ONCE _Pragma("GCC unroll 1") /* this loop is short enough as it is */
#else
#define LSM_ONCE
#endif

#if defined(__ARM_ARCH_ISA_THUMB) && __ARM_ARCH_ISA_THUMB > 1
#define LSM_LONG /* a 64-bit product and its sum are one instruction, as on a Cortex-M3; not on a Cortex-M0 */
#endif

static lsm_state_t lsm;
"""


def header(design: Design, scores: tuple[int, int]) -> str:
    """The text of ``lsm.h``; ``scores`` are the neurons whose voltages answer."""
    p = design.program
    return HEADER.format(
        title=title(p), sha=p.sha256, n=p.n, inputs=p.n_inputs, graded=p.n_graded, index=design.index,
        scores=scores[1] - scores[0], first_score=scores[0], size=design.size,
        fields="\n".join(_field(f) for f in design.fields),
    )  # fmt: skip


def title(p: Program) -> str:
    return f"{p.n} neurons, {p.n_inputs} input channels, {p.synapses} synapses. Program {p.sha256[:16]}."


def _field(f: Field) -> str:
    size = f"[{f.size}]" if f.size else ""
    return f"    {f.type} {f.name}{size}; /* {f.about} */"


def source(design: Design, scores: tuple[int, int]) -> str:
    """The text of ``lsm.c``."""
    p = design.program
    about = [f"   neurons {q.start} to {q.stop - 1}: {comment(q.name)}" for q in p.populations]
    learning = rules.rules(design)
    adjusting = modulation.excitability(design)
    bundled = bundles.bundles(design)
    alone = synapses.alone(design, bundled)
    wires = [
        bundles.text(bundled[number]) if number in bundled else synapses.synapses(design, number, p.projections[number])
        for number in sorted({*bundled, *alone})
    ]
    text = "".join(wires)
    tables, init = _beginning(design)
    parts = [
        TOP.format(title=title(p), about="\n".join(about)),
        neurons.neurons(design),
        synapses.rows_table(design) if "rows + " in text or "rows[" in text else "",
        synapses.FIRST.format(index=design.index) if "first_from(" in text else "",
        bundles.helpers(text),
        drawn.NUMBER if "number(" in text else "",
        *wires,
        streams.streams(design, learning),
        streams.decays(design, learning),
        rules.BOUNDED if "bounded(" in learning + adjusting else "",
        modulation.third_factors(design),
        learning,
        adjusting,
        tables,
        _interface(design, scores, init),
    ]
    return "\n".join(part for part in parts if part)


def _beginning(design: Design) -> tuple[str, list[str]]:
    """Tables of what is not 0 at the beginning, and how ``lsm_init`` copies them."""
    memory = Memory(design)
    state = State.rest(design.program) if design.start is None else design.start
    data = memory.pack(state)
    tables, lines = [], ["memset(&lsm, 0, sizeof lsm);"]
    for f in design.fields:
        values = memory.read(data, f.name).astype(object)
        if not any(values):
            continue
        unsigned = "u" if f.type in ("uint32_t", "uint64_t") else ""
        if not f.size:
            lines.append(f"lsm.{f.name} = {values[0]}{unsigned};")
        elif f.size > 2 and len(set(values.tolist())) == 1:
            lines.append(f"for (int32_t k = 0; k < {f.size}; k++) lsm.{f.name}[k] = {values[0]}{unsigned};")
        elif f.size > 2:
            tables.append(table(f"first_{f.name}", values, f.type))
            lines.append(f"memcpy(lsm.{f.name}, first_{f.name}, sizeof lsm.{f.name});")
        else:
            lines += [f"lsm.{f.name}[{k}] = {value}{unsigned};" for k, value in enumerate(values)]
    return "\n".join(tables), lines


def _begin(design: Design) -> list[str]:
    """What a new sample forgets."""
    fields = {f.name: f for f in design.fields}
    names = [name for name in ("u", "v", "ring", "flat", "theta", "refractory") if name in fields]
    lines = [f"memset(lsm.{name}, 0, sizeof lsm.{name});" for name in names]
    forgotten = [f"{name}_{plan.number}" for plan in design.plans for name in plan.rule.forgotten]
    forgotten = [name for name in forgotten if name in fields]
    if forgotten:
        lines.append("if (!lsm.learn) return;")
        lines += [f"memset(lsm.{name}, 0, sizeof lsm.{name});" for name in forgotten]
    return lines


def _study(design: Design) -> list[str]:
    """The learning part of a step."""
    if not design.program.learns:
        return []
    lines, names = ["lsm.clock++;"], {f.name for f in design.fields}
    if design.third:
        lines.append("set_third();")
    heard = [pair for pair in (("fired", "spikes", "count"), ("heard", "events", "n")) if pair[0] in names]
    when = "if (lsm.stirred) " if design.hears_when_stirred else ""
    marks = [
        f"{when}for (int32_t i = 0; i < {count}; i++) lsm.{flags}[{events}[i]] = 1;" for flags, events, count in heard
    ]
    lines += marks
    for name, (kind, epoch) in design.draws.items():
        move = f"advance(lsm.{name}, {name}_a, {name}_c);"
        if kind == "epoch" and epoch > 1:
            at = next(plan.number for plan in design.plans if plan.rule.t_epoch == epoch)
            move = f"if (lsm.within_{at} == {epoch - 1}) {move}"
        lines.append(move)
    lines += [f"learn_{plan.number}(events, n, spikes, count);" for plan in design.plans]
    if design.program.intrinsic:
        lines.append("adjust(spikes, count);")
    lines += [mark.replace("= 1;", "= 0;") for mark in marks]
    return ["if (lsm.learn) {", *(f"    {line}" for line in lines), "}"]


def _interface(design: Design, scores: tuple[int, int], init: list[str]) -> str:
    p = design.program
    step = [
        f"if (n < 0 || n > {p.n_inputs}) return LSM_TOO_MANY;",
        "for (int32_t i = 0; i < n; i++) {",
        f"    if (events[i] >= {p.n_inputs}u) return LSM_NO_CHANNEL;",
        "    if (i && events[i] <= events[i - 1]) return LSM_NOT_ASCENDING;",
        "}",
    ] if p.n_inputs else ["(void)events;", "if (n != 0) return LSM_TOO_MANY;"]  # fmt: skip
    step.append("const int32_t count = update_all(spikes);")
    if design.width:
        step.append(
            f"lsm.head = lsm.head + 1u < {design.slots}u ? lsm.head + 1u : 0u;" if design.slots > 1 else "lsm.head = 0;"
        )
    step += [line.strip() for line in synapses.deliveries(design)]
    step += _study(design)
    if p.n_graded:
        step.append("lsm.taught = 0;")
    teach = (
        [
            f"if (n != {p.n_graded}) return LSM_NO_LESSON;",
            "memcpy(lsm.graded, values, sizeof lsm.graded);",
            "lsm.taught = 1;",
            "return 0;",
        ]
        if p.n_graded
        else ["(void)values;", "(void)n;", "return LSM_NO_LESSON;"]
    )
    first = f"lsm.v + {scores[0]}" if scores[0] else "lsm.v"
    answer = [f"memcpy(scores, {first}, {scores[1] - scores[0]} * sizeof *scores);"]
    return "\n\n".join(
        f"{head}\n{{\n" + "\n".join(f"    {line}" for line in body) + "\n}"
        for head, body in (
            ("void lsm_init(void)", init),
            ("void lsm_begin(void)", _begin(design)),
            ("int32_t lsm_step(const lsm_index *events, int32_t n, lsm_index *spikes)", [*step, "return count;"]),
            ("int32_t lsm_teach(const int8_t *values, int32_t n)", teach),
            ("void lsm_scores(int32_t *scores)", answer),
            ("lsm_state_t *lsm_state(void)", ["return &lsm;"]),
        )
    ) + "\n"  # fmt: skip


def files(design: Design, scores: tuple[int, int] | None = None) -> dict[str, str]:
    """The sources of a program by name; ``scores``: the neurons whose voltages answer, by default the population ``readout``."""
    if scores is None:
        found = [(q.start, q.stop) for q in design.program.populations if q.name == "readout"]
        scores = found[0] if found else (0, design.program.n)
    return {"lsm.h": header(design, scores), "lsm.c": source(design, scores)}


def tables_of(source: str) -> dict[str, int]:
    """The bytes of each constant table in a source."""
    found = re.finditer(r"^static const (u?int\d+_t) (\w+)\[(\d+)\]", source, re.MULTILINE)
    return {hit[2]: SIZES[hit[1]] * int(hit[3]) for hit in found}


def table_bytes(source: str) -> int:
    """The bytes of all constant tables in a source."""
    return sum(tables_of(source).values())
