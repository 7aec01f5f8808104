"""What a command that looks at a network is given: the name of a model or of a task, or a program that was saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from neurolsm.cli.chosen import choose
from neurolsm.cli.task import options_of
from neurolsm.describe.lsm import LSM
from neurolsm.errors import refuse
from neurolsm.lowering import lower
from neurolsm.program import Program
from neurolsm.program.spikes import Spikes
from neurolsm.tasks.model import Model
from neurolsm.tasks.own import is_own
from neurolsm.tasks.task import Task


@dataclass(frozen=True)
class Subject:
    """A network.

    Attributes:
        lsm: its description; None for tasks and saved programs.
        program: lowered.
        inputs: some of its samples; None if none were asked for or a saved program has none.
        saved: whether it is a saved program.
        model: whose network it is; None for tasks and saved programs.
    """

    lsm: LSM | None
    program: Program
    inputs: Spikes | None = None
    saved: bool = False
    model: Model | None = None


def subject(
    name: str,
    *,
    seed: int,
    target: str,
    arithmetic: str = "loihi",
    samples: int | None = None,
    settings: Sequence[str] = (),
) -> Subject:
    """The network of that name. A name with a dot or a slash is a file that ``Program.save`` wrote, but for ``FILE.py:NAME``.

    Args:
        settings: of the model, ``NAME=VALUE`` each.
        samples: how many to encode; None for none.
    """
    if (Path(name).suffix or "/" in name) and not is_own(name):
        if settings:
            refuse(
                name,
                "set",
                settings[0],
                "is a saved program, whose settings are fixed",
                "Name a model, or leave it out",
            )
        return Subject(None, Program.load(name), saved=True)
    if not 0 <= seed < 2**32:
        refuse(name, "seed", seed, "must be 0 to 2**32 - 1", "Give one whole number")
    if samples is not None and samples < 1:
        refuse(name, "samples", samples, "must be at least 1", "Leave it out")
    found = choose(name, settings)
    if isinstance(found, Task):
        options = {"seed": seed, "target": target, "samples": samples or 20, "arithmetic": arithmetic}
        return Subject(None, *found.compare(**options_of(name, found.compare, options)))
    lsm = found.lsm(seed)
    program = lower(lsm, target, arithmetic).program
    inputs = found.encoder.encode(found.load().subset(samples).x) if samples else None
    return Subject(lsm, program, inputs, model=found)
