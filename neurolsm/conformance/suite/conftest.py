"""Fixtures of the suite: the backends under test, and random programs with what the reference makes of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from neurolsm.conformance import generate
from neurolsm.conformance.generate import Case
from neurolsm.conformance.suite.subject import Subject, installed
from neurolsm.errors import NotAvailable
from neurolsm.execute.backend import Simulator
from neurolsm.execute.recording import Recording
from neurolsm.program import Program
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State
from neurolsm.semantics import ReferenceSimulator

# The first cases reach the corners: u wraps and v saturates on both sides with all neuron features; adaptation and delay
# 62; nearly always firing; refractory periods and delay 62; ragged and wrapping; silence.
CORNERS = (88, 61, 45, 1, 209, 20)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    option = metafunc.config.getoption
    if "subject" in metafunc.fixturenames:
        names = option("--neurolsm-backend") or installed()
        marked = [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in names]
        metafunc.parametrize("subject", marked, indirect=True, scope="session")
    if "trial" in metafunc.fixturenames:
        count = option("--neurolsm-cases")
        seeds = [*CORNERS, *range(1000, 1000 + count)][:count]
        metafunc.parametrize("trial", seeds, indirect=True, scope="session")


@pytest.fixture(scope="session")
def subject(request: pytest.FixtureRequest) -> Subject:
    """The backend under test. One that was asked for must run; one that is merely installed may say why it cannot here."""
    asked = bool(request.config.getoption("--neurolsm-backend"))
    try:
        return Subject.named(request.param, asked)
    except NotAvailable as error:
        if asked or error.__cause__:  # an import that fails is a fault, not a limit
            raise
        pytest.skip(str(error))


@dataclass
class Trial:
    """A random program that is open on the backend, its inputs, and what the reference records of them."""

    case: Case
    program: Program
    inputs: Spikes
    simulator: Simulator
    expected: Recording
    end: State

    def reference(self) -> ReferenceSimulator:
        return ReferenceSimulator(self.program)


@pytest.fixture(scope="session")
def trial(subject: Subject, request: pytest.FixtureRequest) -> Iterator[Trial]:
    case = subject.fit(Case.random(request.param))
    program, inputs = generate.program(case), generate.inputs(case)
    reference = ReferenceSimulator(program)
    expected = reference.run(inputs, trace=("u", "v"))
    with subject.open(program) as simulator:
        yield Trial(case, program, inputs, simulator, expected, reference.state)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)
