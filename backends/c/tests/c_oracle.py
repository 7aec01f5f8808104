"""What the tests of this backend share: random programs against the reference."""

from __future__ import annotations

import pytest
from neurolsm_c.build import compiler

import neurolsm as nl
from neurolsm.conformance import generate, generate_plastic
from neurolsm.conformance.generate import Case
from neurolsm.conformance.generate_lives import life
from neurolsm.conformance.suite.agreement import same_recording, same_state
from neurolsm.conformance.suite.lives import live
from neurolsm.program import Program
from neurolsm.program.graded import Graded
from neurolsm.program.spikes import Spikes
from neurolsm.semantics import ReferenceSimulator

needs_compiler = pytest.mark.skipif(compiler() is None, reason="no C compiler is installed")


def static(seed: int) -> tuple[Program, Spikes, Graded | None]:
    case = Case.random(seed)
    return generate.program(case), generate.inputs(case), None


def plastic(seed: int) -> tuple[Program, Spikes, Graded | None]:
    case = generate_plastic.plastic_case(seed)
    program = generate_plastic.plastic_program(case)
    return program, *generate_plastic.plastic_inputs(case, program)


def agrees(given: tuple[Program, Spikes, Graded | None], backend: str = "c") -> None:
    """Every spike, u and v of every step, and the end state."""
    program, inputs, graded = given
    reference = ReferenceSimulator(program)
    expected = reference.run(inputs, graded=graded, trace=("u", "v"))
    with nl.open_simulator(program, backend) as simulator:
        same_recording(expected, simulator.run(inputs, graded=graded, trace=("u", "v")), program)
        same_state(reference.state, simulator.state, program)


def lives(seed: int, backend: str = "c") -> None:
    story = life(seed)
    with nl.open_simulator(story.program, backend) as simulator:
        live(story, simulator)
