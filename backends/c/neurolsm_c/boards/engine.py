"""Runs batches on an emulated board: each is a start of QEMU, which reads ``request`` and leaves ``answer``."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.errors import BackendFailure, refuse
from neurolsm.execute.patience import patience as run_patience
from neurolsm.native.command import call, signal_name
from neurolsm.native.worker import Nonsense
from neurolsm.program.spikes import Spikes
from neurolsm_c.boards.board import Board
from neurolsm_c.build import BUILDER, HARNESS, key, patience
from neurolsm_c.design import Design
from neurolsm_c.exchange import Answer, answer
from neurolsm_c.source import files, table_bytes

SLOWER = 100.0  # than this machine, at most


def build(design: Design, board: Board, deadline: float | None = None) -> tuple[Path, bool]:
    """The folder of the program ``main`` for a board, and whether it was there already.

    Raises:
        InvalidValue: the program is larger than the board.
        BackendFailure, FileRefused: as on this machine.
    """
    texts = files(design)
    for what, need, room in (("flash", table_bytes(texts["lsm.c"]), board.flash), ("memory", design.size, board.ram)):
        if need > room:
            limit = f"is more than the {room:,} bytes of c:{board.name}"
            refuse("Program", f"bytes of {what}", need, limit, "Use fewer neurons or synapses, or backend='c'")
    sources = {**texts, **board.texts(), "main.c": HARNESS.read_text()}
    command = [board.compiler, *board.flags, "-DFLAG_FILES", "lsm.c", "main.c", *board.link, "-o", "main"]
    name, limit_s = key(sources, command), patience(design) if deadline is None else deadline
    found = BUILDER.find(name)
    if found is not None:
        return found, True

    def work(place: Path) -> dict[str, Any]:
        for file, text in sources.items():
            (place / file).write_text(text)
        BUILDER.step(command, place, f"the C compiler ({board.compiler})", limit_s)
        if not (place / "main").is_file():
            raise BUILDER.failed(f"the C compiler ({board.compiler}) ended well and made nothing")
        return {"compiler": board.compiler, "flags": board.flags}

    return BUILDER.make(name, work), False


class BoardEngine:
    """Runs what was built in ``folder``.

    Attributes:
        instructions: of each step of the last batch, uint32 [rows].
    """

    def __init__(self, design: Design, folder: Path, board: Board, deadline: float | None = None) -> None:
        """``deadline``: seconds that a batch may take; None for a hundred times what it takes on this machine."""
        self._design, self._folder, self._board, self._deadline = design, folder, board, deadline
        self.instructions = np.zeros(0, np.uint32)

    def run(self, request: list[NDArray[Any]], inputs: Spikes, trace: bool) -> Answer:
        """See ``Engine.run``.

        Raises:
            BackendFailure: the emulator failed, passed the deadline or left nonsense.
        """
        limit = SLOWER * run_patience(self._design.program, inputs) if self._deadline is None else self._deadline
        with tempfile.TemporaryDirectory(prefix="neurolsm-board-") as workshop:
            work = Path(workshop) / "work"
            work.mkdir()
            shutil.copyfile(self._folder / "main", work / "main")
            (work / "request").write_bytes(b"".join(np.ascontiguousarray(part).tobytes() for part in request))
            try:
                code, said = call(list(self._board.emulator), work, limit)
            except TimeoutError:
                raise self._failed(f"did not end within the deadline of {limit:g} s and was stopped") from None
            if code:
                how = f"was ended by {signal_name(-code)}" if code < 0 else f"ended with exit code {code}"
                raise self._failed(how, said)
            data = io.BytesIO((work / "answer").read_bytes() if os.path.isfile(work / "answer") else b"")
        return self._read(data, inputs, trace)

    def _read(self, data: io.BytesIO, inputs: Spikes, trace: bool) -> Answer:
        def read(dtype: Any, *shape: int) -> NDArray[Any]:
            size = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
            raw = data.read(size)
            if len(raw) != size:
                raise Nonsense("left an answer that is cut short")
            return np.frombuffer(raw, dtype).reshape(shape).copy()

        try:
            got = answer(self._design, inputs, trace, read)
            self.instructions = read(np.uint32, inputs.indptr.size - 1)
        except Nonsense as error:
            raise self._failed(str(error)) from None
        return got

    def _failed(self, how: str, said: str = "") -> BackendFailure:
        end = f" Its output: {said[-1000:]}" if said else ""
        return BackendFailure(
            f"c: {self._board.emulator[0]} ({self._board.name}) {how}. Run again, or use backend='c'.{end}"
        )

    def close(self) -> None:
        """Nothing runs between two batches."""
