"""What a program needs of a microcontroller: flash, memory, and instructions, which are counted on an emulated Cortex-M3."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import neurolsm_c.source as source
from neurolsm.errors import BackendFailure, refuse
from neurolsm.native.command import call
from neurolsm.program import INPUT, Program
from neurolsm.program.graded import Graded
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State
from neurolsm_c.backend import refuse_what_does_not_fit
from neurolsm_c.boards import BOARDS
from neurolsm_c.boards import engine as boards
from neurolsm_c.design import Design
from neurolsm_c.exchange import request
from neurolsm_c.memory import Memory
from neurolsm_c.tables import SIZES

# Bytes of flash, bytes of memory, instructions a second at one per cycle. Sources: datasheets of STM32F407VG, ESP32-C3FH4, RP2040 with
# 2 MB of external flash.
CHIPS = {
    "stm32f4": (1 << 20, 192 << 10, 168e6),
    "esp32c3": (4 << 20, 400 << 10, 160e6),
    "rp2040": (2 << 20, 264 << 10, 133e6),
}
STEPS, RATE = 100, 0.05  # of the random inputs with which instructions are counted where none are given
CLOCK = 100e6  # instructions a second where no chip is named


@dataclass(frozen=True)
class Budget:
    """What a program needs.

    Attributes:
        flash_bytes: constant tables, and the code where a cross-compiler is installed (else 0 for it).
        code_bytes: of these, the code.
        ram_bytes: the state and a list of spikes; the stack is yours.
        largest: the largest tables and arrays, name -> bytes.
        instructions_per_event, instructions_per_update: of one synaptic event and one neuron update, counted on a Cortex-M3 over a run
            without learning, by least squares over its steps; None where the emulator is missing.
        steps_per_second: at the mean of that run's instructions, learning included, at one instruction per cycle.
        steps_per_second_at_least: the same at its step with the most instructions.
        chip, fits: the chip it is held against, and whether it fits there.
        saves: what a change would save, a sentence each.
    """

    flash_bytes: int
    code_bytes: int
    ram_bytes: int
    largest: dict[str, int]
    instructions_per_event: float | None
    instructions_per_update: float | None
    steps_per_second: float | None
    steps_per_second_at_least: float | None
    chip: str | None
    fits: bool | None
    saves: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self)


def budget(program: Program, inputs: Spikes | None = None, *, chip: str | None = None) -> Budget:
    """What ``program`` needs as C99.

    Args:
        program: in integers, without short-term plasticity.
        inputs: with which instructions are counted; None for 100 steps of random spikes.
        chip: ``stm32f4``, ``esp32c3`` or ``rp2040``, to hold it against.

    Raises:
        InvalidValue: an unknown chip, or a program that C code is not written for.
        BackendFailure: the cross-compiler or the emulator failed.
    """
    if chip is not None and chip not in CHIPS:
        refuse("report", "chip", chip, f"must be one of {', '.join(CHIPS)}", "Leave it out")
    refuse_what_does_not_fit(program)
    design = Design(program)
    text = source.files(design)
    tables = source.tables_of(text["lsm.c"])
    code = _code(text)
    flash, ram = sum(tables.values()) + code, design.size + program.n * SIZES[design.index]
    items = tables | {f"lsm.{f.name}": f.bytes for f in design.fields}
    largest = dict(sorted(items.items(), key=lambda item: -item[1])[:5])
    speed = CLOCK if chip is None else CHIPS[chip][2]
    event, update, mean, most = _counted(design, inputs)
    fits = None if chip is None else flash <= CHIPS[chip][0] and ram <= CHIPS[chip][1]
    steps, least = None if mean is None else speed / mean, None if most is None else speed / most
    return Budget(flash, code, ram, largest, event, update, steps, least, chip, fits, _saves(design))


def _saves(design: Design) -> tuple[str, ...]:
    """What a smaller range of delays would save."""
    found = []
    if design.width and design.slots > 1:
        half = (design.slots - 1) // 2
        saved = 4 * design.width * (design.slots - 1 - half)
        found.append(f"delays of at most {half} steps instead of {design.slots - 1} save {saved:,} bytes of memory")
    counters = sum(p.stop - p.start for p in design.program.populations if p.name in ("gate", "counter"))
    if counters:
        row = sum(f.bytes for f in design.fields if f.size == design.program.n) // design.program.n
        found.append(
            f"half the windows of the readout save about {counters // 2 * (row + 4):,} bytes of memory and half its weights"
        )
    return tuple(found)


def _code(texts: dict[str, str]) -> int:
    """Bytes of machine code on a Cortex-M3; 0 where its compiler is missing."""
    board = BOARDS["cortex-m3"]
    if board.missing() or shutil.which("arm-none-eabi-size") is None:
        return 0
    with tempfile.TemporaryDirectory(prefix="neurolsm-size-") as workshop:
        work = Path(workshop) / "work"
        work.mkdir()
        for name, text in texts.items():
            (work / name).write_text(text)
        for command in ([board.compiler, *board.flags, "-c", "lsm.c"], ["arm-none-eabi-size", "-A", "lsm.o"]):
            try:
                code, said = call(command, work, 600.0)
            except TimeoutError:
                code, said = 1, "it did not end within 600 s"
            if code:
                raise BackendFailure(
                    f"c: {command[0]} failed: {said[-500:]}. Install a working cross-compiler, or remove it"
                )
    sizes = [line.split() for line in said.splitlines()]
    return sum(int(words[1]) for words in sizes if len(words) == 3 and words[0].startswith(".text"))


def _counted(design: Design, inputs: Spikes | None) -> tuple[float | None, float | None, float | None, float | None]:
    """Instructions of an event, of an update, and of the mean step and the longest with all that they learn."""
    board, program = BOARDS["cortex-m3"], design.program
    if board.missing() or design.size > board.ram:
        return None, None, None, None
    if inputs is None:
        inputs = Spikes.from_dense(np.random.default_rng(0).random((1, STEPS, program.n_inputs)) < RATE)
    folder, _ = boards.build(design, board)
    engine = boards.BoardEngine(design, folder, board)
    still, spikes = _run(engine, design, inputs, False)
    events = _events(program, INPUT, inputs) + _events(program, "neuron", spikes)
    learning = _run(engine, design, inputs, True)[0] if program.learns else still
    terms = np.stack([np.ones(events.size), events], axis=1)
    (step, event), *_ = np.linalg.lstsq(terms, still, rcond=None)
    return float(event), float(step / program.n), float(learning.mean()), float(learning.max())


def _run(engine: boards.BoardEngine, design: Design, inputs: Spikes, learn: bool) -> tuple[NDArray[np.float64], Spikes]:
    """The instructions of each step, and the spikes."""
    program = design.program
    packed, none = (
        Memory(design).pack(State.rest(program), learn),
        Graded.none(program.n_graded, inputs.indptr.size - 1),
    )
    got = engine.run(request(design, inputs, none, packed, carry=False, trace=False, learn=learn), inputs, False)
    indptr = np.concatenate([[0], np.cumsum(got.counts)]).astype(np.int64)
    return engine.instructions.astype(np.float64), Spikes(inputs.steps, indptr, got.unit, program.n)


def _events(program: Program, origin: str, fired: Spikes) -> NDArray[np.float64]:
    """Synaptic events of each step that spikes of one origin cause."""
    fan_out = sum(
        (np.diff(p.indptr) for p in program.projections if p.source == origin), np.zeros(fired.units, np.int64)
    )
    running = np.concatenate([[0], np.cumsum(fan_out[fired.unit])])
    return np.diff(running[fired.indptr]).astype(np.float64)
