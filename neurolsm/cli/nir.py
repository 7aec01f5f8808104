"""``neurolsm nir export`` and ``neurolsm nir import``."""

from __future__ import annotations

from pathlib import Path

from neurolsm.cli.output import check_json
from neurolsm.cli.subject import subject
from neurolsm.cli.terminal import say
from neurolsm.files.results import check_apart
from neurolsm.interchange.export_nir import export_nir
from neurolsm.interchange.import_nir import import_nir
from neurolsm.tasks.own import file_of


def export_command(
    name: str,
    file: Path,
    *,
    settings: list[str],
    seed: int,
    target: str,
    arithmetic: str,
    dt: float | None,
    nested: bool,
) -> None:
    check_apart({"FILE": file}, {"MODEL": file_of(name) or Path(name)})
    check_json(file, "FILE")
    program = subject(name, seed=seed, target=target, arithmetic=arithmetic, settings=settings).program
    left = export_nir(program, file, dt=dt, nested=nested)
    say(f"{name}: {program.n:,} neurons and {program.synapses:,} synapses in {program.arithmetic} arithmetic -> {file}")
    for what in left:
        say(f"NIR cannot express, so it is in the metadata: {what}")


def import_command(
    file: Path, program: Path, *, dt: float | None, arithmetic: str | None, target: str, refractory: int
) -> None:
    check_apart({"PROGRAM": program}, {"FILE": file})
    check_json(program, "PROGRAM")
    found = import_nir(file, dt=dt, arithmetic=arithmetic, target=target, refractory=refractory)
    found.program.save(program)
    say(
        f"{file}: {found.program.n:,} neurons and {found.program.synapses:,} synapses in {found.program.arithmetic} "
        f"arithmetic, giving out {', '.join(found.outputs) or 'no spikes'} -> {program}"
    )
    for given in found.inputs:
        say(f"input: {given.name} is on the channels {given.start} to {given.stop - 1}")
    for readout in found.readouts:
        say(f"readout: {readout.name} has {readout.bias.size} values; import_nir gives it, a program cannot hold it")
    for note in found.notes:
        say(f"note: {note}")
