"""Traces that were worked out with a pencil: the meaning of every constant, one neuron at a time."""

from __future__ import annotations

import numpy as np
import pytest

from neurolsm.conformance.suite.agreement import same_array
from neurolsm.conformance.suite.bench import STEPS, Cell, build, prefixes
from neurolsm.conformance.suite.cells import ADAPTIVE, FLOAT, PLAIN, REFRACTORY
from neurolsm.conformance.suite.subject import Subject
from neurolsm.execute.recording import Recording
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State

BENCHES = {"plain": PLAIN, "refractory": REFRACTORY, "adaptive": ADAPTIVE, "float": FLOAT}
Ran = tuple[Recording, State | None]


@pytest.fixture(scope="session")
def runs(subject: Subject) -> dict[str, Ran]:
    return {}


def run(bench: str, subject: Subject, runs: dict[str, Ran]) -> Ran:
    """Recording and end state of one bench on the backend, made once."""
    if bench != "plain":
        subject.needs(bench)
    if bench not in runs:
        program, inputs = build(BENCHES[bench], integer=bench != "float")
        with subject.open(program) as simulator:
            recording = simulator.run(prefixes(inputs))
            runs[bench] = recording, simulator.state if subject.can("state") else None
    return runs[bench]


@pytest.mark.parametrize(
    ("bench", "cell"),
    [pytest.param(b, c, id=f"{b}: {c.name}") for b, cells in BENCHES.items() for c in cells],
)
def test_cell(bench: str, cell: Cell, subject: Subject, runs: dict[str, Ran]) -> None:
    recording, state = run(bench, subject, runs)
    neuron = [c.name for c in BENCHES[bench]].index(cell.name)
    exact = bench != "float"
    same_array("u after each step", cell.u, recording.u[:, neuron], exact)
    same_array("v after each step", cell.v, recording.v[:, neuron], exact)
    raster = recording.spikes.to_list()[-1]
    assert np.flatnonzero(raster[:, neuron]).tolist() == list(cell.spikes)
    for name, value in cell.extra.items():
        assert state is None or getattr(state, name)[neuron] == value, f"state.{name}"


def test_longest_delay(subject: Subject) -> None:
    program, _ = build(PLAIN[-1:])
    step = (np.array([0]), np.array([0]))
    with subject.open(program) as simulator:
        recording = simulator.run(Spikes.from_events([step] * 4, [62, 63, 64, 66], 1))
    same_array("u", [[0], [0], [640], [160]], recording.u)  # a = 10 arrives in step 63, the 64th


def test_u_and_v_after_every_step(subject: Subject) -> None:
    subject.needs("trace")
    program, inputs = build(PLAIN)
    with subject.open(program) as simulator:
        recording = simulator.run(inputs, trace=("u", "v"))
    for name in ("u", "v"):
        same_array(name, np.array([getattr(cell, name) for cell in PLAIN]).T, recording.traces[name])


def test_synaptic_operations_are_counted(subject: Subject, runs: dict[str, Ran]) -> None:
    recording, _ = run("plain", subject, runs)
    inputs = sum(len(s.at) for cell in PLAIN for s in cell.synapses)
    cells = {cell.name: cell for cell in PLAIN}
    recurrent = sum(len(cells[s.source].spikes) for cell in PLAIN for s in cell.synapses if s.source)
    assert recording.synops[STEPS - 1] == inputs + recurrent
