"""Write the C++ sources of a Program's network: ``python -m neurolsm_brian2.generate PROGRAM FOLDER``.

In a process of its own, because Brian2's device and preferences are one for a process, and the user may need them.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from neurolsm.program import Program
from neurolsm_brian2.functions import functions
from neurolsm_brian2.guest import bear_with_brian2
from neurolsm_brian2.learner import learning_functions
from neurolsm_brian2.learning import cells
from neurolsm_brian2.network import Liquid, liquid
from neurolsm_brian2.tables import rules_h

SOURCE = "simulation.cpp"
PROGRAM_H = """#pragma once
#include <cstddef>
#include <cstdint>
typedef {cell} Cell;
constexpr size_t NEURONS = {neurons}, CHANNELS = {channels}, SLOTS = {slots};
"""
# Runs in place of the run that Brian2 generates, and does not come back.
SERVE = """lsm_serve([&](int64_t steps) {{ {network}.run((double)steps, NULL, 10.0); }},
          {{{weights}}},
          {{{given}}},
          {{{state}}},
          {learner});"""
GUARD = "lsm_guard({network}.objects, _run_{block}_codeobject, [] {{ if ({condition}) _run_{block}_codeobject(); }});"
UNUSED = "_write_arrays|set_variable_by_name"  # the names and files of all arrays: a third of what there is to compile
LEARN = """lsm_learner.v = {v};
lsm_learner.memory = {{{memory}}};
lsm_learner.forgotten = {{{forgotten}}};"""


def generate(program: Program, folder: Path) -> None:
    """Write the sources and the static arrays of ``program`` into ``folder``. Changes Brian2's device: one call a process."""
    from brian2 import device, prefs, second, set_device

    prefs.reset_to_defaults()
    prefs["core.stop_on_keyboard_interrupt"] = False  # a signal shall end the process, not cut a sample short
    prefs["codegen.loop_invariant_optimisations"] = False  # it changes the rounding
    prefs["codegen.cpp.extra_compile_args"] = []  # each would be tried, for a makefile that nobody uses
    prefs["codegen.cpp.headers"] = ['"learn.h"' if program.learns else '"host.h"']
    set_device("cpp_standalone", build_on_run=False)
    names = functions(program.integer) | (learning_functions() if program.learns else {})
    made = liquid(program, names)
    state = [*map(_block, made.state.values()), "{lsm_host.pending, sizeof lsm_host.pending}"]
    serve = SERVE.format(
        network=made.network.name, weights=_blocks(made.weights), given=_blocks(made.given), state=", ".join(state),
        learner="lsm_learner" if program.learns else "NoLearner{}",
    )  # fmt: skip
    device.insert_code("before_network_run", "\n".join([*_learning(program, made), serve]))
    made.network.run(0 * second, namespace={})
    device.build(directory=str(folder), compile=False, run=False, with_output=False)
    cell = "int32_t" if program.integer else "double"
    sizes = {"neurons": program.n, "channels": max(program.n_inputs, 1), "slots": program.max_delay + 1}
    (folder / "program.h").write_text(PROGRAM_H.format(cell=cell, **sizes))
    shutil.copy(Path(__file__).with_name("host.h"), folder)
    if program.learns:
        shutil.copy(Path(__file__).with_name("learn.h"), folder)
        (folder / "rules.h").write_text(rules_h(program))
    _join(folder)


def _join(folder: Path) -> None:
    """All of Brian2's sources in one, which compiles in a third of the time: they share all their headers.

    Every source repeats the same support code in an anonymous namespace; here each gets a name. Nothing in the code of
    our network uses it (what did would not compile). What only runs after ``SERVE``, so never, is left empty.
    """
    parts = []
    for k, path in enumerate(sorted(folder.rglob("*.cpp"))):
        text = re.sub(rf"^(void ({UNUSED})\(.*?\))\s*{{.*?^}}", r"\1 {}", path.read_text(), flags=re.M | re.S)
        path.write_text(text)
        renamed = text.replace("namespace {", f"namespace support_{k} {{")
        parts.append(f'#include "{path.relative_to(folder)}"\n' if renamed == text else renamed)
    (folder / SOURCE).write_text("\n".join(parts))


def _learning(program: Program, made: Liquid) -> list[str]:
    """Tell the host what to exchange, and let it decide in each step which blocks of code run."""
    if not program.learns:
        return []
    conditions = {"learns": "lsm_learner.learns", "stirred": "lsm_learner.stirred", "due": "lsm_rules[{}].due"}
    guards = [
        GUARD.format(
            network=made.network.name, block=block.code.name, condition=conditions[block.waits_for].format(block.number)
        )
        for block in made.learning.blocks
    ]  # fmt: skip
    v, memory = _array(made.state["v"]), made.learning.memory
    forgotten = [variable for cell, variable in zip(cells(program), memory, strict=True) if cell.forgotten]
    return [*guards, LEARN.format(v=v, memory=_blocks(memory), forgotten=_blocks(forgotten))]


def _blocks(variables: Sequence[Any]) -> str:
    return ", ".join(map(_block, variables))


def _array(variable: Any) -> str:
    from brian2 import device

    return device.get_array_name(variable)


def _block(variable: Any) -> str:
    """Where a variable lies in the C++ program."""
    from brian2 import device
    from brian2.core.variables import DynamicArrayVariable

    if isinstance(variable, DynamicArrayVariable):  # of synapses
        name = device.get_array_name(variable, access_data=False)
        return f"{{{name}.data(), {name}.size() * sizeof {name}[0]}}"
    name = _array(variable)
    return f"{{{name}, sizeof *{name} * {variable.size}}}"


def main() -> None:
    bear_with_brian2()
    for name in ("pylab", "pytest"):  # Brian2 does without them, and is imported in two thirds of the time
        sys.modules[name] = None  # type: ignore[assignment]
    generate(Program.load(sys.argv[1]), Path(sys.argv[2]))


if __name__ == "__main__":
    main()
