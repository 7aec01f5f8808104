"""Short-term plastic synapses: as the reference has them, and carried from one run into the next."""

from __future__ import annotations

import pytest

from neurolsm.conformance import generate
from neurolsm.conformance.generate import Case
from neurolsm.conformance.suite.agreement import same_recording, same_state
from neurolsm.conformance.suite.floats import dynamic
from neurolsm.conformance.suite.subject import Subject
from neurolsm.execute.backend import open_simulator

CASES = [Case(seed=s, n=20 + 7 * s, n_inputs=5, steps=40, samples=3) for s in range(4)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"seed{case.seed}")
def test_agrees_with_the_reference(subject: Subject, case: Case) -> None:
    subject.needs("float", "short_term")
    case = subject.fit(case)
    program, inputs = dynamic(generate.program(case), case.seed), generate.inputs(case)
    with subject.open(program) as simulator, open_simulator(program, "reference") as reference:
        for carry in (False, True):
            expected = reference.run(inputs, carry=carry)
            same_recording(expected, simulator.run(inputs, carry=carry), program, f"carry={carry}: ")
            same_state(reference.state, simulator.state, program)
        assert expected.spikes.count
