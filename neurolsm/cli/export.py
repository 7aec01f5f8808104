"""``neurolsm export``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neurolsm.cli.chosen import choose
from neurolsm.cli.task import options_of
from neurolsm.cli.terminal import say
from neurolsm.errors import NotAvailable, refuse
from neurolsm.execute.backend import get
from neurolsm.lowering import lower
from neurolsm.tasks.task import Task

LANGUAGES = {
    "lava": "python {folder}/run.py (Lava's simulator), with --chip on Loihi 2",
    "c": "make -C {folder} check",
}  # backend that writes it -> how it is run


def export_command(
    name: str, *, settings: list[str], to: Path, language: str, samples: int | None, seed: int, target: str
) -> None:
    if language not in LANGUAGES:
        refuse("export", "--language", language, f"must be one of {', '.join(LANGUAGES)}", "Leave it out for lava")
    chosen = choose(name, settings)
    write: Any = getattr(get(language), "export", None)
    if write is None:
        raise NotAvailable(f"backend {language!r} cannot export. Update neurolsm-{language}")
    if isinstance(chosen, Task):
        options = {"samples": samples, "seed": seed, "target": target}
        program, inputs = chosen.compare(**options_of(name, chosen.compare, options))
    else:
        program = lower(chosen.lsm(seed), target).program
        inputs = chosen.encoder.encode(chosen.load().subset(samples).x)
    folder = write(program, inputs, to)
    say(f"{name}: {program.n:,} neurons, {program.synapses:,} synapses and {len(inputs)} samples, written to {folder}")
    say(f"run it: {LANGUAGES[language].format(folder=folder)}")
