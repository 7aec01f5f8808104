"""The backend ``c``: C99 for microcontrollers, compiled for this machine."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any, ClassVar

from neurolsm.errors import NotAvailable, refuse
from neurolsm.program import Program
from neurolsm.program.spikes import Spikes
from neurolsm.program.wellformed import check
from neurolsm_c.boards import BOARDS, Board
from neurolsm_c.boards import engine as boards
from neurolsm_c.build import FLAGS, build, compiler
from neurolsm_c.design import Design
from neurolsm_c.drawn import draws
from neurolsm_c.engine import Engine, HostEngine
from neurolsm_c.simulator import CSimulator

REMEDY = "Install a C compiler (on Debian: apt install gcc)"


def refuse_what_does_not_fit(program: Program) -> None:
    """Refuse by name what the generated code has no arithmetic for.

    Raises:
        InvalidValue: float arithmetic, short-term plasticity, or a program that is not well formed.
    """
    if program.dynamic:
        limit = CBackend.unsupported["short_term"]
        refuse("Program", "short_term", program.dynamic[0].name, limit, "Use the emulator or the reference")
    if not program.integer:
        refuse(
            "Program",
            "arithmetic",
            program.arithmetic,
            CBackend.unsupported["float"],
            "Lower it with arithmetic='loihi'",
        )
    check(program)


class CBackend:
    """C99 under the name ``c``."""

    name = "c"
    variants: ClassVar[dict[str, dict[str, str]]] = {"host": {}} | {name: {"board": name} for name in BOARDS}
    slow: ClassVar[tuple[str, ...]] = tuple(BOARDS)
    unsupported: ClassVar[dict[str, str]] = {
        "float": "microcontrollers run the chip's integers, and no floating point",
        "short_term": "synapses that depress and facilitate run on the emulator alone",
    }

    @staticmethod
    def missing() -> str | None:
        """Why it cannot run here, with the remedy; None if it can."""
        if not hasattr(os, "fork"):  # a build is guarded by a process that is forked
            return "a build needs a system that forks. Use Linux, macOS or WSL"
        return (
            None
            if compiler() or not all(board.missing() for board in BOARDS.values())
            else f"there is no C compiler. {REMEDY}"
        )

    @staticmethod
    def export(program: Program, inputs: Spikes, folder: str | Path, **options: Any) -> Path:
        """Write a folder of C99 that needs no neurolsm; see ``neurolsm_c.export``."""
        from neurolsm_c.export import export

        return export(program, folder, inputs=inputs, **options)

    @staticmethod
    def redraw(program: Program) -> Program:
        """The program with weights that C code can draw again; see ``neurolsm_c.redraw``."""
        from neurolsm_c.drawn import redraw

        return redraw(program)

    @staticmethod
    def budget(program: Program, inputs: Spikes | None = None, *, chip: str | None = None) -> Any:
        """What a program needs of a microcontroller; see ``neurolsm_c.budget``."""
        from neurolsm_c.budget import budget

        return budget(program, inputs, chip=chip)

    @staticmethod
    def open(
        program: Program, *, board: str = "", deadline: float | None = None, weights: str = "stored"
    ) -> CSimulator:  # fmt: skip
        """A simulator of ``program``, compiled for this machine or for a board that QEMU emulates.

        Args:
            program: what to run.
            board: ``cortex-m3`` or ``riscv32``; this machine if it is left out.
            deadline: seconds above 0 that the compiler may take, and a run may spend without any progress. By default a
                hundred times what the compiler takes, and ten times what such a run can take, and a minute at least.
            weights: ``stored``, or ``drawn``: those that never learn are drawn again at each spike; of a program of ``redraw``.

        Raises:
            InvalidValue: another board, a deadline that is no such number, float arithmetic, short-term plasticity, weights that
                integers cannot draw again, or a program that is larger than the board.
            NotAvailable: there is no C compiler, or no emulator of the board.
            BackendFailure: the compiler failed or passed the deadline, or the build cannot be written.
            FileRefused: something else lies where the build belongs.
        """
        if deadline is not None and not _positive(deadline):
            refuse("CBackend", "deadline", deadline, "must be a number of seconds above 0", "Leave it out")
        if board and board not in BOARDS:
            refuse("CBackend", "board", board, f"must be one of {', '.join(BOARDS)}", "Leave it out for this machine")
        refuse_what_does_not_fit(program)
        drawn = draws(weights)
        if board:
            return _on_board(program, BOARDS[board], deadline, drawn)
        found = compiler()
        if found is None:
            raise NotAvailable(f"c: there is no C compiler. {REMEDY}.")

        def made(design: Design) -> tuple[Engine, dict[str, Any]]:
            folder, reused = build(design, found, deadline)
            info = {
                "engine": "c99",
                "compiler": found,
                "flags": " ".join(FLAGS),
                "reused": reused,
                "folder": str(folder),
            }
            return HostEngine(design, folder, deadline), info

        return CSimulator(program, made, drawn)


def _on_board(program: Program, board: Board, deadline: float | None, drawn: bool) -> CSimulator:
    missing = board.missing()
    if missing:
        raise NotAvailable(f"{missing}.")

    def made(design: Design) -> tuple[Engine, dict[str, Any]]:
        folder, reused = boards.build(design, board, deadline)
        info = {
            "engine": "c99",
            "board": board.name,
            "compiler": board.compiler,
            "reused": reused,
            "folder": str(folder),
        }
        return boards.BoardEngine(design, folder, board, deadline), info

    return CSimulator(program, made, drawn)


def _positive(x: object) -> bool:
    return isinstance(x, int | float) and not isinstance(x, bool) and 0 < x < math.inf
