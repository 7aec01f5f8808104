"""The emulator learns what the reference learns: weights, tags, traces, excitability and spikes, to the bit."""

from dataclasses import replace

import numpy as np
import pytest

from neurolsm.conformance.generate_plastic import plastic_case, plastic_inputs, plastic_program
from neurolsm.emulator import EmulatorSimulator
from neurolsm.plasticity import Plasticity, Product
from neurolsm.semantics import ReferenceSimulator
from neurolsm.spikes import Spikes
from neurolsm.state import State


def check(seed):
    """Compare a random plastic program over a whole run and over a frozen one; returns whether a weight changed."""
    case = plastic_case(seed)
    program = plastic_program(case)
    spikes, graded = plastic_inputs(case, program)
    reference, emulator = ReferenceSimulator(program), EmulatorSimulator(program)
    for learn in (True, False):
        want = reference.run(spikes, graded=graded, learn=learn, trace=("u", "v"))
        got = emulator.run(spikes, graded=graded, learn=learn, trace=("u", "v"))
        assert got.spikes.equal(want.spikes)
        assert np.array_equal(got.traces["u"], want.traces["u"]) and np.array_equal(got.traces["v"], want.traces["v"])
        assert np.array_equal(got.synops, want.synops)
        assert emulator.state.equal(reference.state)
    return any((s.weight != p.weight).any() for s, p in zip(emulator.state.plastic, program.plastic, strict=True))


@pytest.mark.xdist_group("plastic kernel")
def test_random_plastic_programs_agree():
    assert sum(check(seed) for seed in range(24)) >= 12, "too few of the drawn programs learned anything"


@pytest.mark.nightly
@pytest.mark.xdist_group("plastic kernel")
def test_many_random_plastic_programs_agree():
    assert sum(check(seed) for seed in range(1000, 1200)) >= 100


@pytest.mark.xdist_group("plastic kernel")
@pytest.mark.parametrize(
    "first, second", [(ReferenceSimulator, EmulatorSimulator), (EmulatorSimulator, ReferenceSimulator)]
)
@pytest.mark.parametrize("seed", [3, 5, 8])
def test_a_run_goes_on_elsewhere(seed, first, second):
    case = plastic_case(seed)
    program = plastic_program(case)
    spikes, graded = plastic_inputs(case, program)
    whole = ReferenceSimulator(program)
    want = whole.run(spikes, graded=graded, carry=True)
    cut = len(spikes) // 2
    rows = int(spikes.offsets[cut])
    a, b = first(program), second(program)
    a.run(spikes[:cut], graded=graded.part(0, rows), carry=True)
    b.state = a.state
    got = b.run(spikes[cut:], graded=graded.part(rows, graded.rows), carry=True)
    assert got.spikes.equal(want.spikes[cut:])
    assert b.state.equal(whole.state)


@pytest.mark.xdist_group("plastic kernel")
def test_a_tag_below_the_accumulator_moves_without_any_event():
    """The accumulator reaches to -32769, that is tag -256.01: the reference clips in every epoch, whatever happens."""
    case = plastic_case(3)
    base = plastic_program(case)
    rule = Plasticity(dt=(Product("x0", 1, 0),), seed=4)
    program = replace(base, projections=(replace(base.projections[0], plasticity=rule),), modulators=(), intrinsic=())
    state = State.rest(program)
    state.plastic[0].tag1[:] = -257
    silence = Spikes.from_events([([], [])], 3, program.n_inputs)
    results = []
    for simulator in (ReferenceSimulator(program), EmulatorSimulator(program)):
        simulator.state = state.copy()
        simulator.run(silence, carry=True)
        results.append(simulator.state)
    assert (results[0].plastic[0].tag1 >= -256).any()
    assert results[1].equal(results[0])
