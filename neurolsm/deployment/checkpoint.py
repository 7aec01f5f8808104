"""One file for a deployment: description, program, everything learned, labels. Read whole and checked before it is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.deployment.codec import NOTHING, from_json, own_classes, own_names, to_json
from neurolsm.deployment.labels import declared
from neurolsm.describe.lsm import LSM
from neurolsm.encode import Encoder
from neurolsm.errors import FileRefused, one_line
from neurolsm.files.checked import read, write
from neurolsm.learn.chip.delta import READOUT
from neurolsm.program import Program
from neurolsm.program.file import format_of
from neurolsm.program.state import State
from neurolsm.program.wellformed import check

FORMAT = 2  # 1 held labels as JSON values, and no memory of the teacher for out-of-distribution samples
KIND = "deployment"


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """Everything that a deployment is.

    Attributes:
        lsm, encoder: the description.
        program, state: what runs, and what it remembers.
        odd: what adaptation to out-of-distribution samples has learned, if anything.
        labels: the declared labels.
        teacher: memory of the teacher, JSON values.
        odd_teacher: the same for ``odd``.
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
        own_classes((self.lsm, self.encoder))
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
    def load(path: str | Path, own: Mapping[str, type] = NOTHING) -> Checkpoint:
        """Read and check a file. Own parts in it are made by the classes ``own``, and by no others.

        Raises:
            FileRefused: not such a file, cut short, changed, newer, holding what cannot be, or parts whose class is not among ``own``.
        """
        return Checkpoint.of(path, *read(path, KIND), own)

    @staticmethod
    def of(
        path: str | Path, header: dict[str, Any], arrays: dict[str, NDArray[Any]], own: Mapping[str, type] = NOTHING
    ) -> Checkpoint:
        """``load`` of what was read from a file of this kind."""
        missing = set[str]()
        try:
            newer = format_of(header) > FORMAT
            if not newer:
                missing = own_names([header["lsm"], header["encoder"]]) - set(own)
            made = None if newer or missing else _parse(header, arrays, own)
        except Exception as error:  # a header may hold anything
            raise FileRefused(
                f"{path}: holds no valid deployment ({one_line(error)}). Restore it from a copy."
            ) from error
        if missing:
            names = ", ".join(sorted(missing))
            raise FileRefused(
                f"{path}: holds own parts of class {names:.200}, and no file decides what is imported. "
                f"Hand their classes over: neurolsm.resume(path, parts=({names:.200},))"
            )
        if made is None:
            raise FileRefused(f"{path}: deployment format {header['format']} is newer than {FORMAT}. Update neurolsm.")
        return made


def _parse(header: dict[str, Any], arrays: dict[str, NDArray[Any]], own: Mapping[str, type]) -> Checkpoint:
    def under(prefix: str) -> dict[str, NDArray[Any]]:
        return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}

    program = Program.from_parts(header["program"], under("program/"))
    check(program)

    def state_of(prefix: str, clock: int) -> State:
        found = State.from_arrays(under(prefix), clock, len(program.plastic))  # whose check looks at the clock
        found.check(program)
        return found

    state = state_of("state/", header["clock"])
    odd = None if header["odd_clock"] is None else state_of("odd/", header["odd_clock"])
    lsm, encoder = from_json(header["lsm"], arrays, own), from_json(header["encoder"], arrays, own)
    if not isinstance(lsm, LSM) or not (encoder is None or isinstance(encoder, Encoder)):
        raise ValueError("no description of an LSM and its encoder")
    _check_match(lsm, program)
    labels = declared(arrays["labels"] if header["format"] > 1 else np.array(header["labels"]))
    teacher = dict(header["teacher"])
    odd_teacher = None if odd is None else dict(header.get("odd_teacher") or teacher)
    (sharpness, heard), is_frozen = header["confidence"], header["frozen"]
    if type(is_frozen) is not bool or type(heard) is not int or heard < 0 or not 0 < float(sharpness) < np.inf:
        raise ValueError("a confidence, or a mark of being frozen, that cannot be")
    confidence = (float(sharpness), heard)
    return Checkpoint(lsm, encoder, program, state, odd, labels, teacher, odd_teacher, confidence, is_frozen)


def _check_match(lsm: LSM, program: Program) -> None:
    """A description and a program of different sizes would run, and mean nothing."""
    if lsm.readout is None or lsm.dt != program.dt or lsm.seed != program.seed or not program.integer:
        raise ValueError("the description is not that of the program")
    readout = lsm.readout
    wanted = getattr(readout, "classes", None) or getattr(readout, "neurons", None)
    here = program.population(READOUT)
    if here.stop - here.start != wanted or lsm.n not in [p.stop for p in program.populations]:
        raise ValueError(f"a description of {lsm.n} neurons and a readout of {wanted}, and a program of other sizes")
    _, channels = readout.clock_events(1)
    if lsm.inputs + int(channels.max(initial=-1)) >= program.n_inputs:
        raise ValueError(f"a description of {lsm.inputs} channels, and a program of {program.n_inputs}")
