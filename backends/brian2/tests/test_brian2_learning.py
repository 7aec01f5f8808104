"""Learning on both targets equals the NumPy reference: spikes, voltages, and all that is remembered afterwards."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from brian2_oracle import RICH, assert_equal, by_hand, floating, needs_compiler, opened
from neurolsm_brian2.learner import Learner

from neurolsm.conformance.generate import Case, inputs, program
from neurolsm.conformance.generate_plastic import plastic_case, plastic_inputs, plastic_program
from neurolsm.errors import InvalidValue
from neurolsm.learn.rules.delta import DeltaRule
from neurolsm.program import Program
from neurolsm.program.graded import Graded
from neurolsm.program.plasticity import SYNAPSE, Factor, Intrinsic, Modulator, Plasticity, Product, Trace
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State
from neurolsm.semantics import ReferenceSimulator

pytestmark = pytest.mark.xdist_group("brian2")
TARGETS = [pytest.param("cpp_standalone", marks=needs_compiler), "numpy"]
# 312: delays, tags, signs, epochs, decimation, both streams, a reward and an error; 602 spikes move 1787 weights.
BUSY = 312
# 381: all that and intrinsic plasticity. 22: a number for each synapse everywhere. The others: each another mix.
FEW = (1, 7, 9, 11, 14, 22, BUSY, 381)


def check(target: str, made: Program, spikes: Spikes, graded: Graded | None = None) -> bool:
    """Learn, learn on in one stream, run frozen, learn again; returns whether anything was learned."""
    reference = ReferenceSimulator(made)
    with opened(made, target=target) as simulator:
        assert simulator.info["target"] == target
        for learn, carry, trace in (
            (True, False, ("u", "v")),
            (True, True, ()),
            (False, False, ("v",)),
            (True, False, ()),
        ):
            options: dict[str, Any] = {"graded": graded, "learn": learn, "carry": carry, "trace": trace}
            assert_equal(reference.run(spikes, **options), simulator.run(spikes, **options))
            assert simulator.state.equal(reference.state)
    found = reference.state
    weights = any((s.weight != p.weight).any() for s, p in zip(found.plastic, made.plastic, strict=True))
    return weights or bool((found.bias_mant != made.neurons.bias_mant).any() or (found.vth != made.neurons.vth).any())


def check_seed(target: str, seed: int) -> bool:
    case = plastic_case(seed)
    made = plastic_program(case)
    return check(target, made, *plastic_inputs(case, made))


@pytest.mark.parametrize("seed", FEW)
def test_random_programs_learn_on_numpy(seed: int) -> None:
    assert check_seed("numpy", seed), "nothing was learned: take another seed"


@needs_compiler
def test_a_random_program_learns_on_cpp() -> None:
    assert check_seed("cpp_standalone", BUSY)


@pytest.mark.nightly
@pytest.mark.parametrize("first", [1000, 1010, 1020])
@pytest.mark.parametrize("target", TARGETS)
def test_many_random_programs_learn(target: str, first: int) -> None:
    assert sum(check_seed(target, seed) for seed in range(first, first + 10)) >= 5, "too few of them learned anything"


@pytest.mark.parametrize("target", TARGETS)
def test_hand_computed_steps(target: str) -> None:
    """One synapse that grows by its trace, and one neuron that is held at one spike in two steps."""
    plain = by_hand(
        {"du": [4095, 4095], "dv": [4096, 4096], "vth": [131071, 1], "bias_mant": [0, 100]}, synapses=[(0, 10, 0)]
    )
    rule = Plasticity(dw=(Product("u", 1, 0, (Factor("x1"),)),), x1=Trace(np.inf, 4))
    made = replace(
        plain,
        projections=(replace(plain.projections[0], plasticity=rule),),
        intrinsic=(Intrinsic(1, 2, period=2, target=1, bias_step=3, vth_step=100),),
    )
    raster = np.zeros((1, 5, 1), bool)
    raster[0, [0, 2]] = True
    with opened(made, target=target) as simulator:
        found = simulator.run(Spikes.from_dense(raster), trace=("u",))
        state = simulator.state
    # The trace is 4, 4, 8, 8, 8; the weight after the steps 14, 18, 26, 34, 42. A spike takes the weight before its step.
    assert state.plastic[0].x1.tolist() == [8] and state.plastic[0].weight.tolist() == [42]
    assert found.traces["u"][:, 0].tolist() == [0, 64 * 10, 0, 64 * 18, 0]
    # Two spikes in steps 0, 1: the threshold rises to 101 and the bias falls to 97. None in steps 2, 3: both go back.
    assert np.flatnonzero(found.spikes.dense()[0, :, 1]).tolist() == [0, 1, 4]
    assert (state.vth[1], state.bias_mant[1], state.count[1], state.clock) == (1, 100, 1, 5)


@pytest.mark.parametrize(
    "target", [pytest.param("cpp_standalone", marks=[needs_compiler, pytest.mark.nightly]), "numpy"]
)
def test_excitability_alone(target: str) -> None:
    rules = (Intrinsic(20, 40, 3, 1, 5, 7), Intrinsic(0, 20, 5, 0, 11, 2))
    assert check(target, replace(program(RICH), intrinsic=rules), inputs(RICH))


def taught() -> tuple[Program, Spikes, Graded]:
    """A liquid whose synapses learn in the last step of each sample only, from all kinds of teachers."""
    plain, spikes = program(RICH), inputs(RICH)
    rule = DeltaRule(stream=SYNAPSE).lower(plain.dt)
    modulators = (
        Modulator("y2", 0, 12, "error", 0, target_exp=13, shift=13),
        Modulator("y2", 12, 30, "each", 13),
        Modulator("y2", 30, 40, "direct", 31),
    )
    made = replace(
        plain, projections=tuple(replace(p, plasticity=rule) for p in plain.projections), modulators=modulators
    )
    values = np.random.default_rng(1).integers(-60, 60, (len(spikes), 32))
    return made, spikes, Graded.build(spikes.offsets[1:] - 1, values, int(spikes.steps.sum()))


@pytest.mark.parametrize("target", TARGETS)
def test_learns_from_teachers(target: str) -> None:
    assert check(target, *taught())


def test_synapses_that_need_a_teacher_are_left_alone_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[int] = []
    ask = Learner.mixed

    def mixed(learner: Learner, k: int, index: Any) -> Any:  # every block of synapses that runs asks once
        steps.append(k)
        return ask(learner, k, index)

    monkeypatch.setattr(Learner, "mixed", mixed)
    made, spikes, graded = taught()
    with opened(made, target="numpy") as simulator:
        simulator.run(spikes, graded=graded)
    assert len(steps) == len(spikes) * len(made.plastic)


def test_a_tag_below_the_accumulator_moves_without_any_event() -> None:
    plain = by_hand({"vth": [131071]}, synapses=[(0, 10, 0)])
    rule = Plasticity(dt=(Product("x0", 1, 0),))
    made = replace(plain, projections=(replace(plain.projections[0], plasticity=rule),))
    state = State.rest(made)
    state.plastic[0].tag1[:] = -257
    reference = ReferenceSimulator(made)
    with opened(made, target="numpy") as simulator:
        for one in (reference, simulator):
            one.state = state.copy()
            one.run(Spikes.from_dense(np.zeros((1, 3, 1), bool)), carry=True)
        assert simulator.state.equal(reference.state)
        assert simulator.state.plastic[0].tag1.tolist() == [-256]


@pytest.mark.parametrize("target", TARGETS)
def test_a_run_goes_on_elsewhere(target: str) -> None:
    """Each piece of a stream on the other of two simulators; the pieces end within epochs of 5 steps."""
    case = plastic_case(BUSY)
    made = plastic_program(case)
    samples, graded = plastic_inputs(case, made)
    lengths = np.array([3, 11, 8, samples.steps.sum() - 22], samples.steps.dtype)
    spikes = Spikes(lengths, samples.indptr, samples.unit, samples.units)
    straight, reference = ReferenceSimulator(made), ReferenceSimulator(made)
    expected = straight.run(spikes, graded=graded, carry=True)
    assert 5 in {p.plasticity.t_epoch for p in made.plastic if p.plasticity}
    with opened(made, target=target) as simulator:
        here, there = reference, simulator
        for k in range(len(spikes)):
            part = graded.part(int(spikes.offsets[k]), int(spikes.offsets[k + 1]))
            found = here.run(spikes[k], graded=part, carry=True)
            assert found.spikes.equal(expected.spikes[k])
            there.state = here.state
            here, there = there, here
        assert reference.state.equal(straight.state) and simulator.state.equal(straight.state)


@pytest.mark.parametrize("target", TARGETS)
def test_runs_what_was_learned_elsewhere(target: str) -> None:
    """Weights of the state are used in every sample, and stay as they are; so does what was handed out before."""
    case = plastic_case(BUSY)
    made = plastic_program(case)
    batch, graded = plastic_inputs(case, made)
    reference = ReferenceSimulator(made)
    naive = reference.run(batch, learn=False)
    reference.run(batch, graded=graded)
    learned = reference.state
    with opened(made, target=target) as simulator:
        assert_equal(naive, simulator.run(batch, learn=False))
        simulator.state = learned
        for carry in (False, True):
            expected = reference.run(batch, learn=False, carry=carry)
            assert not expected.spikes.equal(naive.spikes)
            assert_equal(expected, simulator.run(batch, learn=False, carry=carry))
            assert simulator.state.equal(reference.state)
        before = simulator.state
        kept = before.copy()
        simulator.run(batch, graded=graded)
        assert before.equal(kept) and not simulator.state.equal(kept)
        kept = simulator.state.copy()
        simulator.run(batch[:0], graded=graded.part(0, 0))
        assert simulator.state.equal(kept)


@pytest.mark.parametrize("name, value, range_", [("x1", 128, "0..127"), ("y1", 1, "0..0"), ("tx", 1, "0..0")])
def test_refuses_a_state_that_no_simulator_hands_out(name: str, value: int, range_: str) -> None:
    plain = by_hand({"vth": [1]}, synapses=[(0, 10, 0)])
    rule = Plasticity(dw=(Product("x0", 1, 0, (Factor("x1"),)),), x1=Trace(10.0, 4))
    made = replace(plain, projections=(replace(plain.projections[0], plasticity=rule),))
    state = State.rest(made)
    getattr(state.plastic[0], name)[:] = value
    with opened(made, target="numpy") as simulator:
        with pytest.raises(InvalidValue, match=rf"plastic(\[0\]\.|/0/){name} = {value}: must lie in {range_}"):
            simulator.state = state
        state.plastic[0].weight = np.zeros(3, np.int16)
        with pytest.raises(InvalidValue, match=r"plastic/0/weight.*\(3,\)"):
            simulator.state = state


def test_refuses_to_learn_in_float_arithmetic() -> None:
    with pytest.raises(InvalidValue, match=r"arithmetic = 'float'.*integers.*arithmetic='loihi'"):
        opened(replace(floating(Case(n=4)), intrinsic=(Intrinsic(0, 4, 3, 1),)))
