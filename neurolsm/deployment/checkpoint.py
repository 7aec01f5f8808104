"""One file for a deployment: description, program, everything learned, labels. Read whole and checked before it is used."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.deployment.codec import from_json, to_json
from neurolsm.deployment.labels import declared
from neurolsm.describe.lsm import LSM
from neurolsm.encode import Encoder
from neurolsm.errors import FileRefused
from neurolsm.program import Program
from neurolsm.state import State
from neurolsm.storage import read, write
from neurolsm.wellformed import check

FORMAT = 2  # 1 held labels as JSON values, and no memory of the teacher for odd samples
KIND = "deployment"


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """Everything that a deployment is.

    Attributes:
        lsm, encoder: the description.
        program, state: what runs, and what it remembers.
        odd: what adaptation to odd samples has learned beside, if anything.
        labels: the declared labels.
        teacher: memory of the teacher, JSON values.
        odd_teacher: the same beside, for ``odd``.
        confidence: its sharpness, and how many labels it has followed.
        frozen: whether it may learn.
    """

    lsm: LSM
    encoder: Encoder | None
    program: Program
    state: State
    odd: State | None
    labels: NDArray[Any]
    teacher: dict[str, Any]
    odd_teacher: dict[str, Any] | None
    confidence: tuple[float, int]
    frozen: bool

    def save(self, path: str | Path) -> None:
        """Write the file, whole or not at all.

        Raises:
            InvalidValue: a description that a file cannot hold, or a place that cannot be written.
        """
        arrays: dict[str, NDArray[Any]] = {}
        header = {
            "format": FORMAT, "lsm": to_json(self.lsm, arrays), "encoder": to_json(self.encoder, arrays),
            "program": self.program.header(), "clock": int(self.state.clock),
            "odd_clock": None if self.odd is None else int(self.odd.clock), "teacher": self.teacher,
            "odd_teacher": self.odd_teacher, "confidence": list(self.confidence), "frozen": self.frozen,
        }  # fmt: skip
        arrays |= {f"program/{name}": array for name, array in self.program.arrays().items()}
        arrays |= {f"state/{name}": array for name, array in self.state.arrays().items()}
        arrays["labels"] = self.labels
        if self.odd is not None:
            arrays |= {f"odd/{name}": array for name, array in self.odd.arrays().items()}
        write(path, KIND, header, arrays)

    @staticmethod
    def load(path: str | Path) -> Checkpoint:
        """Read and check a file.

        Raises:
            FileRefused: not such a file, cut short, changed, newer, or holding what cannot be.
        """
        header, arrays = read(path, KIND)
        try:
            newer = header["format"] > FORMAT
            made = None if newer else _parse(header, arrays)
        except Exception as error:  # a header may hold anything
            raise FileRefused(f"{path}: holds no valid deployment ({error}). Restore it from a copy.") from error
        if made is None:
            raise FileRefused(f"{path}: deployment format {header['format']} is newer than {FORMAT}. Update neurolsm.")
        return made


def _parse(header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Checkpoint:
    def under(prefix: str) -> dict[str, NDArray[Any]]:
        return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}

    program = Program.from_parts(header["program"], under("program/"))
    check(program)

    def state_of(prefix: str, clock: int) -> State:
        found = State.from_arrays(under(prefix), int(clock), len(program.plastic))
        found.check(program)
        return found

    state = state_of("state/", header["clock"])
    odd = None if header["odd_clock"] is None else state_of("odd/", header["odd_clock"])
    lsm, encoder = from_json(header["lsm"], arrays), from_json(header["encoder"], arrays)
    if not isinstance(lsm, LSM) or not (encoder is None or isinstance(encoder, Encoder)):
        raise ValueError("no description of an LSM and its encoder")
    labels = declared(arrays["labels"] if header["format"] > 1 else np.array(header["labels"]))
    teacher = dict(header["teacher"])
    odd_teacher = None if odd is None else dict(header.get("odd_teacher") or teacher)
    sharpness, heard = header["confidence"]
    return Checkpoint(
        lsm, encoder, program, state, odd, labels, teacher, odd_teacher, (float(sharpness), int(heard)), bool(header["frozen"])
    )  # fmt: skip
