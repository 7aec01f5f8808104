"""A program as a folder of C99 that needs no neurolsm: sources, a replay that checks itself, and what builds it."""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

import numpy as np

from neurolsm import __version__
from neurolsm.emulator import EmulatorSimulator
from neurolsm.errors import InvalidValue, refuse
from neurolsm.execute.backend import check_inputs
from neurolsm.files.folder import check_folder, write_folder
from neurolsm.program import Program
from neurolsm.program.graded import Graded
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State
from neurolsm_c.backend import refuse_what_does_not_fit
from neurolsm_c.design import Design
from neurolsm_c.drawn import draws
from neurolsm_c.source import files, table_bytes
from neurolsm_c.tables import SIZES, comment, smallest, table

if TYPE_CHECKING:
    from neurolsm.deployment import Deployment

PARTS = Path(__file__).with_name("parts")
PLAIN = ("Makefile", "CMakeLists.txt", "platformio.ini")
STEPS, RATE = 100, 0.05  # of the inputs that are recorded where none are given


def export(
    what: Program | Deployment, folder: str | Path, *, inputs: Spikes | None = None, graded: Graded | None = None,
    state: State | None = None, weights: str = "stored",
) -> Path:  # fmt: skip
    """Write a folder of C99 that runs a program, bit for bit, on anything that has a C compiler; it appears whole or not at all.

    ``lsm.c`` begins with all that ``state`` remembers, and goes on learning by the program's rules. ``make check`` in the folder
    replays ``inputs`` and compares spikes and learned weights with what the emulator makes of them.

    Args:
        what: a program in integers, or a deployment, whose state goes with it.
        folder: where to; it may not exist yet.
        inputs: samples to record, at least one step in all; None for one of 100 steps of random spikes.
        graded: rewards and teacher values of the samples.
        state: with what it begins; None for the deployment's, or for rest.
        weights: ``stored``, or ``drawn``: those that never learn are drawn again at each spike, for memories of kilobytes; of a
            program that ``redraw`` has made.

    Returns:
        The folder.

    Raises:
        InvalidValue: no program, float arithmetic, short-term plasticity, inputs or a state of another program, no step, weights that
            integers cannot draw again, or a folder that exists or cannot be written.

    Example:
        >>> import tempfile
        >>> import neurolsm as nl
        >>> import neurolsm_c
        >>> lsm = nl.LSM(inputs=2, liquid=nl.Liquid(topology=nl.RandomGraph(n=20, density=0.3)), seed=1)
        >>> with tempfile.TemporaryDirectory() as place:
        ...     folder = neurolsm_c.export(nl.lower(lsm).program, f"{place}/small")
        ...     sorted(path.name for path in folder.iterdir())
        ['CMakeLists.txt', 'Makefile', 'README.md', 'lsm.c', 'lsm.h', 'main.c', 'platformio.ini', 'recorded.h']
    """
    folder = Path(folder)
    drawn = draws(weights)
    if isinstance(what, Program):
        program = what
    elif isinstance(getattr(what, "program", None), Program):
        program, state = what.program, (what.state if state is None else state)
    else:
        remedy = "Write lower(lsm).program"
        refuse("export", "program", type(what).__name__, "must be a Program or a Deployment", remedy)
    refuse_what_does_not_fit(program)
    start = None if state is None else State.given(state, program)
    inputs = _random(program) if inputs is None else inputs
    graded = check_inputs(program, inputs, (), graded)
    if not inputs.steps.any():
        raise InvalidValue("export: the inputs have no step. Give at least one sample")
    check_folder(folder, "export")
    design = Design(program, moved=_moved(program, start), start=start, drawn=drawn)
    texts = files(design) | {"recorded.h": _recorded(design, inputs, graded)}
    texts |= {name: (PARTS / name).read_text() for name in PLAIN}
    texts["main.c"] = (PARTS / "main.c").read_text().replace("EXPECTED_WEIGHTS", _weights_check(design))
    texts["README.md"] = _readme(design, texts["lsm.c"], len(inputs))
    write_folder(folder, {name: text.encode() for name, text in texts.items()}, "export")
    return folder


def _moved(program: Program, start: State | None) -> bool:
    """Whether biases or thresholds begin elsewhere than the program has them."""
    names = ("bias_mant", "vth")
    return start is not None and any(
        not np.array_equal(getattr(start, name), getattr(program.neurons, name)) for name in names
    )


def _random(program: Program) -> Spikes:
    return Spikes.from_dense(np.random.default_rng(0).random((1, STEPS, program.n_inputs)) < RATE)


def _recorded(design: Design, inputs: Spikes, graded: Graded) -> str:
    """Inputs, and what the emulator makes of them."""
    program, index = design.program, design.index
    with EmulatorSimulator(program) as simulator:
        if design.start is not None:
            simulator.state = design.start
        spikes = simulator.run(inputs, graded=graded).spikes
        end = simulator.state
    lessons = graded.row.size if program.n_graded else 0
    most = smallest(0, max(program.n, program.n_inputs, 1))
    parts = [
        "/* Inputs, and what they lead to. */\n#ifndef RECORDED_H\n#define RECORDED_H\n\n#include <stdint.h>\n",
        f"#define RECORDED_SAMPLES {len(inputs)}\n#define RECORDED_LESSONS {lessons}\n#define RECORDED_GRADED {program.n_graded}\n",
        table("recorded_steps", inputs.steps, "int32_t"),
        table("recorded_counts", np.diff(inputs.indptr), most),
        table("recorded_events", inputs.unit, index),
        table("recorded_lesson_rows", graded.row[:lessons], "int32_t"),
        table("recorded_lessons", graded.value[:lessons], "int8_t"),
        table("expected_counts", np.diff(spikes.indptr), most),
        table("expected_spikes", spikes.unit, index),
    ]
    for plan in design.plans:
        if plan.projection.size:
            sign = -1 if plan.projection.sign_mode == "inhibitory" else 1
            weights = sign * end.plastic[plan.number].weight.astype(np.int64)
            kind = "int16_t" if plan.projection.sign_mode == "mixed" else "uint8_t"
            parts.append(table(f"expected_weight_{plan.number}", weights, kind))
    return "\n".join([*parts, "#endif\n"])


def _weights_check(design: Design) -> str:
    return "".join(
        f"    for (long k = 0; k < {plan.projection.size}; k++)\n"
        f"        if (lsm_state()->weight_{plan.number}[k] != expected_weight_{plan.number}[k]) {{\n"
        f'            printf("weight %ld of projection {plan.number}: %ld, expected %ld\\n", k,\n'
        f"                   (long)lsm_state()->weight_{plan.number}[k], (long)expected_weight_{plan.number}[k]);\n"
        "            return 1;\n        }\n"
        for plan in design.plans
        if plan.projection.size
    )


def _readme(design: Design, source: str, samples: int) -> str:
    p = design.program
    lesson = (
        "Before a step, `lsm_teach(values, LSM_GRADED)` gives it its rewards and teacher values; `lsm_scores` writes the voltages of the\n"
        "readout. `lsm_state()->learn = 0` stops all learning.\n"
    )
    return Template((PARTS / "README.md").read_text()).substitute(
        neurons=f"{p.n:,}", synapses=f"{p.synapses:,}", inputs=p.n_inputs, sha=p.sha256, version=__version__, samples=samples,
        weights=" and every learned weight" if p.plastic else "", tables=f"{table_bytes(source):,}", state=f"{design.size:,}",
        spikes=f"{p.n * SIZES[design.index]:,}", lessons=lesson if p.learns else "",
        populations="\n".join(f"| {q.start} to {q.stop - 1} | {comment(q.name).replace('|', '/')} |" for q in p.populations),
    )  # fmt: skip
