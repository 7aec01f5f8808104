"""Learning on the fused model against the NumPy reference: every bit of the recording and of the whole state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lava_checks import assert_equal, in_float, stimulus
from neurolsm_lava import LavaBackend, simulator
from neurolsm_lava.learning import Learning
from neurolsm_lava.simulator import LavaSimulator

import neurolsm as nl
from neurolsm.conformance.generate import Case, inputs, program
from neurolsm.conformance.generate_plastic import plastic_case, plastic_inputs, plastic_program
from neurolsm.emulator import EmulatorSimulator
from neurolsm.errors import InvalidValue, TargetRefusal
from neurolsm.program import Program
from neurolsm.program.graded import Graded
from neurolsm.program.plasticity import MODULATORS, NO_TARGET, Factor, Intrinsic, Modulator, Plasticity, Product, Trace
from neurolsm.program.spikes import Spikes
from neurolsm.semantics import ReferenceSimulator
from neurolsm.semantics.modulation import third_factors

pytestmark = pytest.mark.xdist_group("lava")
LIVELY = Case(seed=11, n=40, max_delay=9, refractory=True, adaptive=True)
STDP = Plasticity(
    dw=(Product("y0", 1, -1, (Factor("x1"),)), Product("x0", -1, -1, (Factor("y1"),))),
    x1=Trace(10.0, 16), y1=Trace(10.0, 16), t_epoch=2,
)  # fmt: skip


def plastic(case: Case, rule: Plasticity = STDP) -> Program:
    base = program(case)
    return replace(base, projections=tuple(replace(p, plasticity=rule) for p in base.projections))


def assert_both(lava: LavaSimulator, reference: ReferenceSimulator, samples: Spikes, **options: Any) -> None:
    assert_equal(lava.run(samples, **options), reference.run(samples, **options))
    differ = [k for k, v in reference.state.arrays().items() if not np.array_equal(v, lava.state.arrays()[k])]
    assert lava.state.equal(reference.state), differ


def changed(reference: ReferenceSimulator) -> bool:
    pairs = zip(reference.state.plastic, reference.program.plastic, strict=True)
    return any(not np.array_equal(state.weight, p.weight) for state, p in pairs)


def check(seed: int) -> bool:
    """Learn, run with what was learned, and learn on as one stream; whether a weight changed."""
    case = plastic_case(seed)
    network = plastic_program(case)
    samples, graded = plastic_inputs(case, network)
    reference = ReferenceSimulator(network)
    with LavaBackend.open(network) as lava:
        assert_both(lava, reference, samples, graded=graded, trace=("u", "v"))
        assert_both(lava, reference, samples, graded=graded, learn=False, trace=("u", "v"))
        assert_both(lava, reference, samples, graded=graded, carry=True)
    return changed(reference)


def test_random_plastic_programs() -> None:
    assert sum(check(seed) for seed in (0, 1, 7, 9, 12, 22)) >= 5, "too few of the drawn programs learned anything"


@pytest.mark.nightly
def test_many_random_plastic_programs() -> None:
    assert sum(check(seed) for seed in range(2000, 2030)) >= 15


@pytest.mark.parametrize("order", [(0, 1, 0), (1, 0, 1), (1, 2, 1)])
@pytest.mark.parametrize("seed", [9, 12])
def test_a_stream_goes_on_elsewhere(seed: int, order: Sequence[int]) -> None:
    """0: the reference, 1: Lava, 2: the emulator; in pieces that end within an epoch."""
    case = replace(plastic_case(seed), samples=3, steps=17)
    network = plastic_program(case)
    samples, graded = plastic_inputs(case, network)
    whole = ReferenceSimulator(network)
    want = whole.run(samples, graded=graded, carry=True)
    with LavaBackend.open(network) as lava:
        movers = [ReferenceSimulator(network), lava, EmulatorSimulator(network, workers=1)]
        state = whole.state.rest(network)
        for k, mover in enumerate(order):
            first, last = samples.offsets[k : k + 2]
            movers[mover].state = state
            got = movers[mover].run(samples[k], graded=graded.part(int(first), int(last)), carry=True)
            assert got.spikes.equal(want.spikes[k])
            state = movers[mover].state.copy()
    assert state.equal(whole.state)
    assert changed(whole)


def test_samples_without_steps_and_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    network = plastic(LIVELY)
    samples = stimulus(network.n_inputs, [0, 9, 0, 14, 7, 0])
    monkeypatch.setattr(simulator, "RESULTS_AT_ONCE", 500)
    for carry in (False, True):
        reference = ReferenceSimulator(network)
        with LavaBackend.open(network) as lava:
            assert len(list(lava._portions(samples, Graded.none(0, 30), False))) > 1
            assert_both(lava, reference, samples, carry=carry)
            assert_both(lava, reference, samples[0], carry=carry)
        assert changed(reference)


def test_training_never_starts_again() -> None:
    """Weights, biases and thresholds go through shared memory; the processes stay what they are."""
    network, samples = plastic(LIVELY), inputs(LIVELY)
    reference = ReferenceSimulator(network)
    with LavaBackend.open(network) as lava:
        lava.run(samples, learn=False)
        reference.run(samples, learn=False)
        runtime = lava._runtime
        for epoch in range(3):
            assert_both(lava, reference, samples, learn=epoch != 1)
        lava.state.plastic[0].weight[:] //= 2
        lava.state.vth += 7
        for name in ("plastic", "vth"):
            setattr(reference.state, name, getattr(lava.state.copy(), name))
        assert_both(lava, reference, samples)
        assert lava._runtime is runtime
    assert changed(reference)


def test_without_learning_nothing_is_learned() -> None:
    network, samples = plastic(LIVELY), inputs(LIVELY)
    with LavaBackend.open(network) as lava:
        before = lava.state.copy()
        lava.run(samples, learn=False)
        assert lava.info["lanes"] > 1
        assert lava.state.clock == 0
        assert all(a.equal(b) for a, b in zip(lava.state.plastic, before.plastic, strict=True))


def test_intrinsic_rules_alone() -> None:
    base = program(LIVELY)
    rules = (Intrinsic(0, 20, 5, 1, 30, 3, (-90, 90), (5, 2000)), Intrinsic(20, 40, 7, 0, 11, 2))
    network, samples = replace(base, intrinsic=rules), inputs(LIVELY)
    reference = ReferenceSimulator(network)
    with LavaBackend.open(network) as lava:
        got, want = lava.run(samples), reference.run(samples)
        assert got.spikes.equal(want.spikes)
        for name in ("bias_mant", "vth", "count"):
            np.testing.assert_array_equal(getattr(lava.state, name), getattr(reference.state, name))
        assert not np.array_equal(reference.state.vth, base.neurons.vth)
        assert_both(lava, reference, samples, carry=True)


def taught(case: Case, kind: str) -> tuple[Program, Spikes, Graded]:
    """A network in which a third factor speaks to some neurons in half of the steps."""
    rule = Plasticity(dw=(Product("u", 3, -2, (Factor("x1"), Factor("y2"))),), x1=Trace(10.0, 30), third=("y2",))
    network = replace(plastic(case, rule), modulators=(Modulator("y2", 3, 17, kind, 0, 6, 2),))
    samples = inputs(case)
    rng, rows = np.random.default_rng(2), int(samples.steps.sum())
    value = rng.integers(-128, 128, (rows, network.n_graded)) * (rng.random((rows, 1)) < 0.5)
    value[rng.random(value.shape) < 0.1] = NO_TARGET
    return network, samples, Graded.build(np.arange(rows), value, rows)


@pytest.mark.parametrize("kind", MODULATORS)
def test_third_factors_of_every_kind(kind: str) -> None:
    network, samples, graded = taught(LIVELY, kind)
    reference = ReferenceSimulator(network)
    with LavaBackend.open(network) as lava:
        assert_both(lava, reference, samples, graded=graded, trace=("v",))
        assert_both(lava, reference, samples, learn=False)
    assert changed(reference)


@pytest.mark.parametrize("model", ["fused", "stock"])
def test_a_frozen_run_ignores_the_teacher(model: str) -> None:
    network, samples, graded = taught(Case(seed=4, n=20, max_delay=2, density=0.3, drive=0.3), "error")
    reference = ReferenceSimulator(network)
    reference.run(samples, graded=graded)
    assert changed(reference)
    assert any((state.weight % 2).any() for state in reference.state.plastic)  # static synapses keep the lowest bit
    with LavaBackend.open(network, model=model) as lava:
        lava.state = reference.state.copy()
        assert_both(lava, reference, samples, graded=graded, learn=False)


@pytest.mark.parametrize("windows", [1, 3])
def test_a_readout_on_the_chip_learns(windows: int) -> None:
    network = nl.DeltaReadout(classes=3, windows=windows).attach(program(replace(LIVELY, max_delay=2)))
    samples = stimulus(network.n_inputs, [30] * 6, rate=0.3)
    value = np.random.default_rng(5).integers(1, 128, (6, network.n_graded))
    graded = Graded.build(30 * np.arange(1, 7) - 1, value, 180)
    reference = ReferenceSimulator(network)
    with LavaBackend.open(network) as lava:
        assert_both(lava, reference, samples, graded=graded, trace=("v",))
        assert_both(lava, reference, samples, graded=graded)
        assert_both(lava, reference, samples, learn=False)
    assert changed(reference)


def test_refusals() -> None:
    network, samples = plastic(Case(seed=4, n=20, max_delay=3)), inputs(Case(seed=4, n=20))
    with LavaBackend.open(network, model="stock") as lava:
        with pytest.raises(TargetRefusal, match=r"stock Lava.*net/.*learn=False.*model=\"fused\""):
            lava.run(samples)
        assert lava._runtime is None
        assert_equal(lava.run(samples, learn=False), ReferenceSimulator(network).run(samples, learn=False))
    with pytest.raises(InvalidValue, match=r"Program\.arithmetic = 'float': .*integers only"):
        LavaBackend.open(in_float(network))


def test_a_foreign_state_is_refused() -> None:
    network = plastic(LIVELY)
    with LavaBackend.open(network) as lava, pytest.raises(InvalidValue, match=r"State\..*same program"):
        lava.state = ReferenceSimulator(program(LIVELY)).state


@st.composite
def modulated(draw: st.DrawFn) -> tuple[int, list[Modulator], list[int], list[int]]:
    """Neurons, modulators over any of their ranges, graded values of which many are 0, and voltages."""
    n, modulators, channel = draw(st.integers(1, 6)), [], 0
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, n - 1))
        m = Modulator(
            draw(st.sampled_from(["y1", "y2"])), start, draw(st.integers(start + 1, n)),
            draw(st.sampled_from(sorted(MODULATORS))), channel, draw(st.integers(0, 15)), draw(st.integers(0, 15)),
        )  # fmt: skip
        channel += m.channels
        modulators.append(m)
    value = st.one_of(st.just(0), st.sampled_from([NO_TARGET, 127]), st.integers(-127, 126))
    voltage = st.integers(-(2**23), 2**23)
    return n, modulators, *(draw(st.lists(x, min_size=k, max_size=k)) for x, k in ((value, channel), (voltage, n)))


@settings(max_examples=200, deadline=None)
@given(modulated())
def test_modulators_over_one_another(drawn: tuple[int, list[Modulator], list[int], list[int]]) -> None:
    n, modulators, values, voltages = drawn
    learns = plastic(replace(LIVELY, n=n))
    ours = Learning(replace(learns, projections=(), modulators=tuple(modulators)), {}, [])
    graded = np.array(values, np.int16)
    got = ours._third(graded, np.array(voltages, np.float64))
    for name, expected in third_factors(tuple(modulators), graded, np.array(voltages, np.int32)).items():
        np.testing.assert_array_equal(got[name], expected, err_msg=name)
