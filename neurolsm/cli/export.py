"""``neurolsm export``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from neurolsm.cli.chosen import choose
from neurolsm.cli.task import options_of
from neurolsm.cli.terminal import say
from neurolsm.deployment.chip import at_the_end, with_clock
from neurolsm.deployment.teacher import SETTLE_FAST
from neurolsm.errors import NotAvailable, refuse
from neurolsm.execute.backend import get
from neurolsm.learn.chip import DeltaReadout
from neurolsm.lowering import lower
from neurolsm.program import Program
from neurolsm.program.graded import Graded
from neurolsm.program.spikes import Spikes
from neurolsm.tasks.model import Model
from neurolsm.tasks.task import Task

LANGUAGES = {
    "lava": "python {folder}/run.py (Lava's simulator), with --chip on Loihi 2",
    "c": "make -C {folder} check",
}  # backend that writes it -> how it is run
LEARNING = {**LANGUAGES, "lava": "python {folder}/run.py (Lava's simulator)"}


def export_command(
    name: str, *, settings: list[str], to: Path, language: str, samples: int | None, seed: int, target: str, learn: bool,
    weights: str = "stored",
) -> None:  # fmt: skip
    if language not in LANGUAGES:
        refuse("export", "--language", language, f"must be one of {', '.join(LANGUAGES)}", "Leave it out for lava")
    if weights != "stored" and language != "c":
        refuse("export", "--weights", weights, f"is of --language c, not of {language}", "Leave it out to store them")
    chosen = choose(name, settings)
    backend: Any = get(language)
    write = getattr(backend, "export", None)
    if write is None:
        raise NotAvailable(f"backend {language!r} cannot export. Update neurolsm-{language}")
    more: dict[str, Any] = {} if weights == "stored" else {"weights": weights}
    if learn:
        if isinstance(chosen, Task):
            refuse("export", "--learn", name, "has no labels to learn", "Leave it out, or name a model that classifies")
        program, inputs, more["graded"] = taught(chosen, seed, samples, target, stock=language == "lava")
    elif isinstance(chosen, Task):
        options = {"samples": samples, "seed": seed, "target": target}
        program, inputs = chosen.compare(**options_of(name, chosen.compare, options))
    else:
        program = lower(chosen.lsm(seed), target).program
        inputs = chosen.encoder.encode(chosen.load().subset(samples).x)
    if weights == "drawn":
        program = backend.redraw(program)
    folder = write(program, inputs, to, **more)
    say(f"{name}: {program.n:,} neurons, {program.synapses:,} synapses and {len(inputs)} samples, written to {folder}")
    say(f"run it: {(LEARNING if learn else LANGUAGES)[language].format(folder=folder)}")


def taught(model: Model, seed: int, samples: int | None, target: str, *, stock: bool) -> tuple[Program, Spikes, Graded]:
    """A model with a delta readout that knows nothing yet, samples, and a lesson in the last step of each that names its label.

    Raises:
        InvalidValue: data without labels.
    """
    data = model.load()
    if not data.labelled:
        refuse(
            "export", "--learn", model.name, "has no labels to learn", "Leave it out, or name a model that classifies"
        )
    labels, some = np.unique(data.y), data.subset(samples)
    readout = DeltaReadout(classes=labels.size, stock=stock)
    program = lower(replace(model.lsm(seed), readout=readout), target).program
    inputs = some.x if isinstance(some.x, Spikes) else model.encoder.encode(some.x)
    lessons = np.stack([readout.lesson(2.0 * (labels == label) - 1, SETTLE_FAST) for label in some.y])
    whole = with_clock(readout, inputs, program.n_inputs)
    return program, whole, at_the_end(whole, lessons)
