"""A few samples of a model, run for a page: what its raster and its firing statistics are made from."""

from __future__ import annotations

from collections.abc import Sequence

from neurolsm.execute.backend import open_simulator
from neurolsm.lowering import lower
from neurolsm.program import Program
from neurolsm.program.spikes import Spikes
from neurolsm.report.firing import Firing
from neurolsm.report.page import Section, paragraph
from neurolsm.report.raster import raster
from neurolsm.tasks.model import Model

SAMPLES = 20


def seen(
    model: Model, *, seed: int, backend: str, samples: int | None = None, split_seed: int = 0, target: str = "loihi2",
    arithmetic: str = "loihi", said: str = "",
) -> tuple[Section, ...]:  # fmt: skip
    """Two sections, raster and firing, of the liquid of a seed before anything was learned on the chip.

    Args:
        model: what ran.
        seed, backend, target, arithmetic: as it ran.
        samples, split_seed: that the run was given; a few of these are run again.
        said: what has to be told first.
    """
    data = model.load().subset(samples, split_seed)
    data = data.subset(min(SAMPLES, len(data)))
    program = lower(model.lsm(seed), target, arithmetic).program
    inputs = model.encoder.encode(data.x)
    names = [f"{k + 1}, of class {data.y[k]}" if data.labelled else f"{k + 1}" for k in range(len(data))]
    return seen_program(program, inputs, names, backend=backend, seed=seed, said=said)


def seen_program(
    program: Program, inputs: Spikes, names: Sequence[str], *, backend: str, seed: int, said: str = ""
) -> tuple[Section, ...]:
    """The same of any program.

    Args:
        program: what runs.
        inputs: a few samples.
        names: of the samples.
        backend: where it runs.
        seed: of the liquid, to be named.
        said: what has to be told first.
    """
    with open_simulator(program, backend) as simulator:
        recording = simulator.run(inputs, learn=False)
    first = paragraph(said) if said else ""
    found = Firing.of(program, inputs, recording)
    note = paragraph(f"From {found.samples} samples on {backend}, seed {seed}.")
    return (
        Section("Spikes", first + raster(program, recording.spikes, names)),
        Section("How the liquid fires", first + found.render() + note),
    )
