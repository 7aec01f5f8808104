"""Random programs with a readout that learns, in the form that Lava's own processes can express."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from neurolsm.conformance.generate import inputs, program
from neurolsm.conformance.generate_plastic import plastic_case, stock_plastic_program
from neurolsm.learn.chip import DeltaReadout, LinearReadout, PrototypeReadout
from neurolsm.program import Program
from neurolsm.program.graded import Graded
from neurolsm.program.spikes import Spikes

LARGEST = 41  # neurons of the network that is read out


@dataclass(frozen=True, eq=False)
class Taught:
    """A program with a readout, samples for it, and a lesson in the last step of most of them."""

    seed: int
    readout: DeltaReadout | LinearReadout | PrototypeReadout
    program: Program
    spikes: Spikes
    graded: Graded


def taught(seed: int) -> Taught:
    """The one of a seed: a random network, plastic itself in a third of the cases, and a random readout behind it."""
    rng = np.random.default_rng([seed, 21])
    case = replace(plastic_case(seed, largest=LARGEST, stock=True), samples=int(rng.integers(2, 5)))
    case = replace(case, max_delay=min(case.max_delay, 8), steps=max(case.steps, 8))
    base = stock_plastic_program(case) if rng.random() < 1 / 3 else program(case)
    readout = _readout(rng)
    whole = readout.attach(base)
    spikes = _framed(readout, inputs(case), whole.n_inputs)
    return Taught(seed, readout, whole, spikes, _lessons(rng, readout, whole, spikes))


def _readout(rng: np.random.Generator) -> DeltaReadout | LinearReadout | PrototypeReadout:
    kind, windows = int(rng.integers(0, 3)), int(rng.integers(1, 4))
    if kind == 0:
        return DeltaReadout(
            classes=int(rng.integers(1, 6)), windows=windows, activity=float(rng.uniform(0.1, 8)), rate=2.0 ** int(rng.integers(-10, -4)),
            impulse=int(rng.integers(1, 60)), scale=int(rng.integers(6, 15)), stock=True,
        )  # fmt: skip
    if kind == 1:
        return PrototypeReadout(
            neurons=int(rng.integers(1, 8)), windows=windows, activity=float(rng.uniform(0.05, 0.95)), stock=True
        )
    return LinearReadout(
        outputs=int(rng.integers(1, 4)), hold=int(rng.integers(2, 9)), echoes=int(rng.integers(0, 3)),
        channels=bool(rng.random() < 0.5), stock=True,
    )  # fmt: skip


def _framed(readout: DeltaReadout | LinearReadout | PrototypeReadout, spikes: Spikes, channels: int) -> Spikes:
    """The samples with clock events and the steps after them that the readout needs."""
    found = []
    for sample in spikes.to_list():
        steps = len(sample)
        dense = np.zeros((steps + readout.tail, channels), bool)
        dense[:steps, : sample.shape[1]] = sample
        row, channel = readout.clock_events(steps)
        dense[row, channel + sample.shape[1]] = True
        found.append(dense)
    return Spikes.from_list(found)


def _lessons(
    rng: np.random.Generator, readout: DeltaReadout | LinearReadout | PrototypeReadout, whole: Program, spikes: Spikes
) -> Graded:
    """Values of the readout in the last step of nine samples in ten, and in some steps before; others in between."""
    last = spikes.offsets[1:] - 1
    rows = np.unique(np.concatenate([last[rng.random(last.size) < 0.9], rng.integers(0, last[-1] + 1, 3)]))
    lessons = np.stack([_lesson(rng, readout) for _ in rows])
    values = np.zeros((rows.size, whole.n_graded), np.int16)
    values[:, : whole.n_graded - lessons.shape[1]] = rng.integers(
        -100, 100, (rows.size, whole.n_graded - lessons.shape[1])
    )
    values[:, whole.n_graded - lessons.shape[1] :] = lessons
    return Graded.build(rows, values, int(spikes.steps.sum()))


def _lesson(rng: np.random.Generator, readout: DeltaReadout | LinearReadout | PrototypeReadout) -> NDArray[np.int16]:
    settle = int(rng.integers(0, 128))
    if isinstance(readout, PrototypeReadout):
        return readout.lesson(rng.integers(0, 128, readout.neurons) * (rng.random(readout.neurons) < 0.6), settle)
    outputs = readout.classes if isinstance(readout, DeltaReadout) else readout.outputs
    said = np.where(rng.random(outputs) < 0.2, np.nan, rng.uniform(-1, 1, outputs))
    return readout.lesson(said, settle) if isinstance(readout, DeltaReadout) else readout.lesson(said)
