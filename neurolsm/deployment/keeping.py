"""What a running deployment is made into to be kept, and how it becomes what was kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from neurolsm.deployment.adapting import Aside
from neurolsm.deployment.checkpoint import Checkpoint
from neurolsm.deployment.prediction import Confidence
from neurolsm.deployment.teachers import check_room
from neurolsm.errors import FileRefused, refuse
from neurolsm.learn.chip.delta import READOUT
from neurolsm.program import Program
from neurolsm.program.state import State

if TYPE_CHECKING:
    from neurolsm.deployment.deployment import Deployment


def snapshot(running: Deployment) -> Checkpoint:
    """Everything that a deployment is, now."""
    memory = running._teacher.to_dict() | {"updates": running.updates}
    aside = running._odd
    odd, odd_teacher = (aside.state, aside.teacher) if aside else (None, None)
    return Checkpoint(
        running.lsm, running.encoder, running.program, running.state, odd, running.labels, memory, odd_teacher,
        (running._confidence.sharpness, running._confidence.labels), running.frozen,
    )  # fmt: skip


def restore(running: Deployment, saved: Checkpoint, path: str | Path) -> None:
    """Let a deployment of the same program become what was saved.

    Raises:
        FileRefused: a memory of the teacher that cannot be.
    """
    try:
        if saved.odd_teacher is not None:
            running._teacher.remember(saved.odd_teacher)
        running._teacher.remember(saved.teacher)
        updates = int(saved.teacher["updates"])
        check_room(running._teacher, saved.labels)
    except (KeyError, TypeError, ValueError) as error:
        raise FileRefused(f"{path}: holds no valid deployment ({error}). Restore it from a copy.") from error
    running._chip.simulator.state = saved.state
    running._odd = None if saved.odd is None else Aside(saved.odd, saved.odd_teacher or saved.teacher)
    running.labels, running.frozen, running.updates = saved.labels, saved.frozen, updates
    running._confidence = Confidence(*saved.confidence)


def adopted(state: State, program: Program, liquid: State) -> State:
    """``state`` of ``program``, changed to hold what the plastic parts of the same liquid have learned without a readout.

    Raises:
        InvalidValue: the state of another liquid.
    """
    n = liquid.bias_mant.size
    names = [p.name for p in program.plastic if not p.name.startswith(READOUT)]
    if n > program.n or len(liquid.plastic) != len(names):
        refuse(
            "Deployment.adopt", "liquid", (n, len(liquid.plastic)), "is the state of another liquid", "Use the same one"
        )  # fmt: skip
    for name in ("bias_mant", "vth", "count", "own", "calibrated"):
        getattr(state, name)[:n] = getattr(liquid, name)
    state.clock = liquid.clock
    for mine, learned in zip(state.plastic, liquid.plastic, strict=False):  # those of the liquid come first
        for name in ("weight", "tag1", "tag2"):
            if getattr(mine, name).shape != getattr(learned, name).shape:
                refuse("Deployment.adopt", "liquid", name, "is the state of another liquid", "Use the same one")
            getattr(mine, name)[:] = getattr(learned, name)
    return state
