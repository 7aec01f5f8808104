"""The emulator learns what the reference learns: weights, tags, traces, excitability and spikes, to the bit."""

from dataclasses import replace

import numpy as np
import pytest
from numba.core import registry
from numba.core.runtime import _nrt_python, rtsys

import neurolsm as nl
from neurolsm.conformance.generate_lives import life
from neurolsm.conformance.generate_plastic import plastic_case, plastic_inputs, plastic_program
from neurolsm.conformance.suite.lives import live
from neurolsm.emulator import EmulatorSimulator, plastic_kernel
from neurolsm.program import INPUT, Neurons, Population, Program, Projection
from neurolsm.program.graded import Graded
from neurolsm.program.plasticity import Factor, Modulator, Plasticity, Product, Trace
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State
from neurolsm.semantics import ReferenceSimulator


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


@pytest.fixture
def arrays():
    """How many arrays that compiled code has made are held."""
    rtsys.initialize(registry.cpu_target.target_context)
    _nrt_python.memsys_enable_stats()
    yield lambda: rtsys.get_allocation_stats().mi_alloc - rtsys.get_allocation_stats().mi_free
    _nrt_python.memsys_disable_stats()


@pytest.mark.xdist_group("plastic kernel")
def test_what_a_kernel_allocates_is_freed(arrays):
    """Functions without Numba's counters never give back an array that they make or are given."""
    made = 0
    for seed in range(24):
        case = plastic_case(seed)
        program = plastic_program(case)
        spikes, graded = plastic_inputs(case, program)
        with EmulatorSimulator(program) as emulator:
            for learn in (True, False):
                before, total = arrays(), rtsys.get_allocation_stats().mi_alloc
                emulator.run(spikes, graded=graded, learn=learn)
                assert arrays() == before, f"program {seed}, learn={learn}"
                made += rtsys.get_allocation_stats().mi_alloc - total
    assert made > 1000, "too little was allocated to notice anything"


@pytest.mark.xdist_group("plastic kernel")
def test_random_lives_agree():
    """The same in the order of a deployment, see generate_lives."""
    learned = 0
    for seed in range(30):
        story = life(seed)
        with EmulatorSimulator(story.program) as simulator:
            learned += live(story, simulator)
    assert learned >= 15, "too few of the drawn programs learned anything"


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


@pytest.mark.xdist_group("plastic kernel")
def test_a_source_that_fell_silent_teaches_nothing():
    """Channel 0 fires in the first sample alone; in the second one target of eight is taught, and nothing has fired."""
    n, sources = 8, 4
    constants = {"du": 4095, "dv": 4096, "vth": 100_000}
    neurons = Neurons(
        **{name: np.full(n, constants.get(name, 0), np.int32) for name in Neurons.__dataclass_fields__}
    )  # fmt: skip
    rule = Plasticity(dw=(Product("u", 1, -7, (Factor("x1"), Factor("y2"))),), third=("y2",), x1=Trace(np.inf, 100))
    synapses = Projection(
        "net/input", INPUT, "excitatory", 0, np.arange(sources + 1, dtype=np.int64) * n,
        np.tile(np.arange(n, dtype=np.int32), sources), np.full(sources * n, 10, np.int16), np.zeros(sources * n, np.uint8), rule,
    )  # fmt: skip
    teacher = Modulator("y2", 0, n, "each", 0)
    program = Program("loihi2", "loihi", 1e-3, 1, sources, (Population("net", 0, n),), neurons, (synapses,), (teacher,))
    raster = np.zeros((2, 4, sources), bool)
    raster[0, 1, 0] = True
    graded = Graded.build([3, 7], [[100] + [0] * 7] * 2, 8)
    for simulator in (ReferenceSimulator(program), EmulatorSimulator(program)):
        simulator.run(Spikes.from_dense(raster), graded=graded)
        assert simulator.state.plastic[0].weight.reshape(sources, n)[:, 0].tolist() == [20, 10, 10, 10]


@pytest.mark.xdist_group("plastic kernel")
def test_a_deployment_with_room_for_classes_learns_in_darkness():
    """Neurons without a label soon have an error of 0, so a lesson speaks to few; dark samples leave whole blocks of counters silent."""
    rng = np.random.default_rng(0)
    liquid = nl.Liquid(
        topology=nl.RandomGraph(n=64, density=0.1), input=nl.RandomMap(density=0.5, weight=nl.Gamma(1.0))
    )
    readout = nl.DeltaReadout(classes=40, windows=1, rate=2.0**-7, impulse=16, scale=8)
    x = rng.random((160, 8))
    x[:80] = 0.0
    x[rng.random(160) < 0.5] = 0.0
    y = np.where(x.sum(1) == 0, 2, (x[:, 0] > x[:, 1]).astype(int))
    encoder = nl.RateEncoder(steps=12, rate=0.6, phase=0.0)
    states, scores = [], []
    for backend in ("emulator", "reference"):
        with nl.deploy(
            nl.LSM(inputs=8, liquid=liquid, readout=readout, seed=1), encoder, labels=[0, 1, 2], backend=backend
        ) as chip:
            scores.append(np.concatenate([chip.learn(x[k : k + 40], y[k : k + 40]).score for k in range(0, 160, 40)]))
            states.append(chip.state)
    assert np.array_equal(*scores)
    assert states[0].equal(states[1])


@pytest.mark.xdist_group("plastic kernel")
def test_a_run_without_a_sample_changes_nothing():
    case = plastic_case(17)
    program = plastic_program(case)
    spikes, graded = plastic_inputs(case, program)
    for learn in (True, False):
        with EmulatorSimulator(program) as simulator:
            simulator.run(spikes, graded=graded)
            before = simulator.state
            simulator.run(spikes[:0], learn=learn)
            assert simulator.state.equal(before)


@pytest.mark.xdist_group("plastic kernel")
def test_an_interrupt_leaves_a_whole_state(monkeypatch):
    """The interrupt is heard when the kernel returns: the state is that after the run, not a mixture."""
    case = plastic_case(17)
    program = plastic_program(case)
    spikes, graded = plastic_inputs(case, program)
    kernel = plastic_kernel.run

    def interrupted(*arguments):
        kernel(*arguments)
        raise KeyboardInterrupt

    with EmulatorSimulator(program) as whole, EmulatorSimulator(program) as cut:
        whole.run(spikes, graded=graded)
        monkeypatch.setattr(plastic_kernel, "run", interrupted)
        with pytest.raises(KeyboardInterrupt):
            cut.run(spikes, graded=graded)
        monkeypatch.undo()
        assert cut.state.equal(whole.state)
