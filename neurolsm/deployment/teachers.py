"""Which teacher an on-chip readout has, and how many labels it can tell apart."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from neurolsm.deployment.chip import Chip
from neurolsm.deployment.teach_delta import DeltaTeacher
from neurolsm.deployment.teach_prototypes import PrototypeTeacher
from neurolsm.deployment.teacher import Teacher
from neurolsm.errors import refuse
from neurolsm.learn.chip import DeltaReadout, PrototypeReadout


def teacher_of(chip: Chip, labels: int) -> Teacher:
    """A new teacher of the readout of ``chip``, for a number of declared labels."""
    if isinstance(chip.readout, DeltaReadout):
        return DeltaTeacher(chip, chip.readout)
    if isinstance(chip.readout, PrototypeReadout):
        return PrototypeTeacher(chip, chip.readout, labels)
    refuse("Deployment", "lsm.readout", chip.readout, "cannot be taught", "Use DeltaReadout or PrototypeReadout")


def check_room(teacher: Teacher, labels: NDArray[Any]) -> None:
    """Refuse more labels than the readout has room for."""
    if labels.size > teacher.room:
        refuse(
            "Deployment", "labels", labels.tolist(), f"are {labels.size}, the readout has room for {teacher.room}",
            "Describe a readout with more classes",
        )  # fmt: skip
