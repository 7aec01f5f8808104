"""``neurolsm export``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neurolsm.cli.chosen import choose
from neurolsm.cli.task import options_of
from neurolsm.cli.terminal import say
from neurolsm.errors import NotAvailable
from neurolsm.execute.backend import get
from neurolsm.lowering import lower
from neurolsm.tasks.task import Task

BACKEND = "lava"


def export_command(name: str, *, settings: list[str], to: Path, samples: int | None, seed: int, target: str) -> None:
    chosen = choose(name, settings)
    write: Any = getattr(get(BACKEND), "export", None)
    if write is None:
        raise NotAvailable(f"backend {BACKEND!r} cannot export. Update neurolsm-lava")
    if isinstance(chosen, Task):
        options = {"samples": samples, "seed": seed, "target": target}
        program, inputs = chosen.compare(**options_of(name, chosen.compare, options))
    else:
        program = lower(chosen.lsm(seed), target).program
        inputs = chosen.encoder.encode(chosen.load().subset(samples).x)
    folder = write(program, inputs, to)
    say(f"{name}: {program.n:,} neurons, {program.synapses:,} synapses and {len(inputs)} samples, written to {folder}")
    say(f"run it: python {folder / 'run.py'} (Lava's simulator), with --chip on Loihi 2")
