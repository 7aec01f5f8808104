"""A linear readout on a small liquid, with a lesson after every value of a series: cut anywhere, the bits are those of the reference."""

from __future__ import annotations

import numpy as np
import pytest

from neurolsm.conformance.suite.agreement import same_array, same_recording, same_state
from neurolsm.conformance.suite.subject import Subject
from neurolsm.describe.input_map import RandomMap
from neurolsm.describe.laws import Gamma, Uniform
from neurolsm.describe.lsm import LSM, Liquid
from neurolsm.describe.random_graph import RandomGraph
from neurolsm.learn.chip import LinearReadout
from neurolsm.lowering import lower
from neurolsm.program import Program
from neurolsm.program.graded import Graded
from neurolsm.program.spikes import Spikes
from neurolsm.semantics import ReferenceSimulator

CHANNELS, OUTPUTS, VALUES = 3, 2, 12


def follower(hold: int, echoes: int, channels: bool) -> tuple[Program, Spikes, Graded]:
    """A program, values as samples of ``hold`` steps, and a lesson in the last step of most of them."""
    liquid = Liquid(
        topology=RandomGraph(n=20, density=0.2), weights=Gamma(0.3), delays=Uniform(0.0, 4e-3),
        input=RandomMap(density=0.6, weight=Gamma(0.8)),
    )  # fmt: skip
    readout = LinearReadout(outputs=OUTPUTS, hold=hold, echoes=echoes, channels=channels, power=20.0, scale=9)
    program = lower(LSM(inputs=CHANNELS, liquid=liquid, readout=readout, seed=5)).program
    rng = np.random.default_rng(hold)
    raster = np.zeros((VALUES, hold, program.n_inputs), bool)
    raster[..., :CHANNELS] = rng.random((VALUES, hold, CHANNELS)) < 0.5
    step, channel = readout.clock_events(hold)
    raster[:, step, CHANNELS + channel] = True
    targets = rng.uniform(-1, 1, (VALUES, OUTPUTS))
    targets[3, 0] = np.nan
    taught = np.delete(np.arange(VALUES), 7)
    lessons = np.array([readout.lesson(targets[t]) for t in taught])
    return program, Spikes.from_dense(raster), Graded.build((taught + 1) * hold - 1, lessons, VALUES * hold)


@pytest.mark.parametrize("hold, echoes, channels", [(4, 2, True), (6, 0, False)])
def test_follows_a_series_as_the_reference_does(subject: Subject, hold: int, echoes: int, channels: bool) -> None:
    subject.needs("state", "carry", "learning", "learning/stream", "learning/error", "learning/pattern")
    program, spikes, graded = follower(hold, echoes, channels)
    reference = ReferenceSimulator(program)
    expected = reference.run(spikes, graded=graded, carry=True)
    assert all((p.weight != 0).any() for p in reference.state.plastic), "the readout learns nothing"
    with subject.open(program) as simulator:
        start = simulator.state
        same_recording(expected, simulator.run(spikes, graded=graded, carry=True), program)
        same_state(reference.state, simulator.state, program)
        simulator.state = start
        for first, last in ((0, 1), (1, 8), (8, VALUES)):
            part = graded.part(first * hold, last * hold)
            found = simulator.run(spikes[first:last], graded=part, carry=True)
            same_array(f"v after values {first}..{last - 1} [value, neuron]", expected.v[first:last], found.v)
        same_state(reference.state, simulator.state, program)
