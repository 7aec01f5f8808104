"""A run that is looked at on the way: recorded by the backend, or cut into pieces between which the state is read."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.execute import quantities
from neurolsm.execute.backend import Simulator
from neurolsm.execute.probe import NEURON, Probe, Synapses
from neurolsm.execute.recording import Recording
from neurolsm.program import Program
from neurolsm.program.graded import Graded
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State

AT_ONCE = 1 << 26  # bytes of states of all neurons that a backend is asked to record at once
Values = dict[str, NDArray[Any]]


def sampled(inputs: Spikes, every: int) -> NDArray[np.int64]:
    """The rows after which something is read: in each sample the steps every - 1, 2 every - 1, ..."""
    windows = inputs.steps // every
    sample = np.repeat(np.arange(len(inputs)), windows)
    number = np.arange(sample.size) - (np.cumsum(windows) - windows)[sample]
    return inputs.offsets[sample] + (number + 1) * every - 1


def watched(
    simulator: Simulator, inputs: Spikes, graded: Graded, learn: bool, carry: bool, probe: Probe,
    neurons: NDArray[np.int64], synapses: Synapses,
) -> tuple[Recording, Values]:  # fmt: skip
    """The recording of the whole run, and what was read [M, K or S], as the program holds it; rates are left out."""
    program = simulator.program
    asked = [name for name in probe.what if name != "rate"]
    moving = [name for name in asked if quantities.moves(name, program, learn)]

    def read(name: str, state: State) -> NDArray[Any]:
        if name in NEURON:
            return quantities.of_neurons(name, state, program, neurons)
        return quantities.of_synapses(name, state, program, synapses)

    rows = sampled(inputs, probe.every)
    before = simulator.state
    values = {name: np.repeat(read(name, before)[None], rows.size, axis=0) for name in asked if name not in moving}
    if set(moving) <= {"u", "v"}:
        recording, traces = _traced(simulator, inputs, graded, learn, carry, probe.every, moving, neurons)
        return recording, values | traces
    kinds = {name: read(name, before) for name in moving}
    values |= {name: np.zeros((rows.size, kind.size), kind.dtype) for name, kind in kinds.items()}
    parts: list[list[Recording]] = [[] for _ in inputs.steps]
    taken = 0
    for sample, first, last in _pieces(inputs, probe.every):
        begun = carry or bool(parts[sample])
        piece = _cut(inputs, first, last)
        parts[sample].append(simulator.run(piece, graded=graded.part(first, last), learn=learn, carry=begun))
        if last - first == probe.every:
            state = simulator.state
            for name in moving:
                values[name][taken] = read(name, state)
            taken += 1
    return _joined(program, inputs, parts, simulator.info), values


def _traced(
    simulator: Simulator, inputs: Spikes, graded: Graded, learn: bool, carry: bool, every: int, names: list[str],
    neurons: NDArray[np.int64],
) -> tuple[Recording, Values]:  # fmt: skip
    """u and v as the backend records them, in as few pieces as leave ``AT_ONCE`` bytes."""
    program = simulator.program
    a_step = program.n * len(names) * np.dtype(program.dtype).itemsize
    stretch = every * max(1, AT_ONCE // max(a_step * every, 1))
    if inputs.indptr.size - 1 <= stretch:
        whole = simulator.run(inputs, graded=graded, learn=learn, carry=carry, trace=names)
        rows = sampled(inputs, every)
        values = {name: whole.traces.pop(name)[rows][:, neurons] for name in names}
        return whole, values
    parts: list[list[Recording]] = [[] for _ in inputs.steps]
    found: dict[str, list[NDArray[Any]]] = {name: [np.zeros((0, neurons.size), program.dtype)] for name in names}
    for sample, first, last in _pieces(inputs, stretch):
        begun = carry or bool(parts[sample])
        piece = simulator.run(
            _cut(inputs, first, last), graded=graded.part(first, last), learn=learn, carry=begun, trace=names
        )
        for name in names:
            found[name].append(piece.traces.pop(name)[every - 1 :: every][:, neurons])
        parts[sample].append(piece)
    return _joined(program, inputs, parts, simulator.info), {name: np.concatenate(found[name]) for name in names}


def _pieces(inputs: Spikes, length: int) -> list[tuple[int, int, int]]:
    """Sample, first row and end of each piece; a sample without steps is one piece."""
    return [
        (sample, first, min(first + length, end))
        for sample, (start, end) in enumerate(zip(inputs.offsets[:-1].tolist(), inputs.offsets[1:].tolist(), strict=True))
        for first in range(start, max(end, start + 1), length)
    ]  # fmt: skip


def _cut(inputs: Spikes, first: int, last: int) -> Spikes:
    """The rows first .. last - 1 as one sample."""
    bounds = inputs.indptr[first : last + 1]
    steps = np.array([last - first], np.int64)
    return Spikes.made(steps, bounds - bounds[0], inputs.unit[bounds[0] : bounds[-1]], inputs.units)


def _joined(program: Program, inputs: Spikes, parts: list[list[Recording]], info: dict[str, Any]) -> Recording:
    """One recording from those of all pieces of all samples."""
    pieces = [piece for sample in parts for piece in sample]
    joined = Spikes.concatenate([piece.spikes for piece in pieces]) if pieces else Spikes.from_events([], 0, program.n)
    last = [sample[-1] for sample in parts]
    u, v = (np.array([getattr(one, name)[0] for one in last], program.dtype) for name in ("u", "v"))
    spikes = Spikes.made(inputs.steps, joined.indptr, joined.unit, program.n)
    seconds = sum(piece.seconds for piece in pieces)
    return Recording.build(program, inputs, spikes, u=u, v=v, seconds=seconds, info=info)
