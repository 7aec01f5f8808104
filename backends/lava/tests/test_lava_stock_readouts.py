"""Readouts that learn on Lava's own processes: by hand, against the reference, from one backend to another, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from lava_checks import assert_equal, children
from neurolsm_lava import LavaBackend, stock_learning
from neurolsm_lava.cpu_models import at_spikes
from neurolsm_lava.shim import import_lava
from neurolsm_lava.stock_layout import layout
from neurolsm_lava.teacher import OwnTraces, third_factors

import neurolsm as nl
from neurolsm.conformance.generate_readouts import taught
from neurolsm.conformance.suite.learners import learner_with
from neurolsm.emulator import EmulatorSimulator
from neurolsm.errors import InvalidValue, TargetRefusal
from neurolsm.execute.backend import Simulator
from neurolsm.learn.language import parse
from neurolsm.measure.scenarios import learn_model
from neurolsm.program import INPUT, NEURON, Neurons, Population, Program, Projection
from neurolsm.program.graded import Graded
from neurolsm.program.plasticity import Modulator, Plasticity, Trace
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State
from neurolsm.semantics import ReferenceSimulator
from neurolsm.tasks.model import Data, Model

pytestmark = pytest.mark.xdist_group("lava")


# ---------------------------------------------------------------------- by hand


def synapses(
    name: str, source: str, sources: int, post: int, weight: int, sign: str, rule: Plasticity | None
) -> Projection:
    """One synapse, from source 0."""
    indptr = np.array([0] + [1] * sources)
    one = [np.array([value], dtype) for value, dtype in ((post, np.int32), (weight, np.int16), (0, np.uint8))]
    return Projection(name, source, sign, 0, indptr, *one, rule)


def by_hand() -> Program:
    """A channel, a counter that fires at each of its spikes, and a readout neuron that never fires.

    The channel learns to inhibit the counter: dw = -(y1 - 13) y3 / 8, with y1 16 after two spikes. The counter learns to drive the
    readout: dw = x1 y2 / 8, with x1 8 per spike and y2 = (64 teacher - v) / 64. Both are whole numbers below.
    """
    offset = Plasticity(dw=parse("-1*u0*(y1-13)*y3").products, third=("y3",), y1=Trace(np.inf, 8))
    weights = Plasticity(dw=parse("u0*x1*y2").products, third=("y2",), x1=Trace(np.inf, 8))
    constants = {"du": [4095, 4095], "vth": [0, 131071]}
    neurons = Neurons(
        **{name: np.array(constants.get(name, [0, 0]), np.int32) for name in Neurons.__dataclass_fields__}
    )
    projections = (
        synapses("count", INPUT, 1, 0, 4, "excitatory", None), synapses("offset", INPUT, 1, 0, 0, "inhibitory", offset),
        synapses("weights", NEURON, 2, 1, 0, "mixed", weights),
    )  # fmt: skip
    populations = (Population("counter", 0, 1), Population("readout", 1, 2))
    modulators = (Modulator("y3", 0, 1, "direct", 0), Modulator("y2", 1, 2, "error", 1, 6, 6))
    return Program("loihi2", "loihi", 1e-3, 0, 1, populations, neurons, projections, modulators)


# Steps 0 and 1 drive the counter, which fires in steps 1 and 2. Lessons, as (step, settle, error asked for, teacher):
LESSONS = ((3, 0, 1, 10), (6, 64, 1, 40))
SPIKES = (0, 1, 4)
# Step 3: x1 = 16, v = 0, so y2 = 10 and w = 160 / 8 = 20. Step 4 drives the counter, which fires in step 5: x1 = 24, and in step 6
# v = 64 * 20, so y2 = (64 * 40 - 1280) / 64 = 20 and w = 20 + 24 * 20 / 8 = 80. There y1 = 24, so the offset is -(24 - 13) 64 / 8.
BY_HAND = {"after step 3": (0, 20), "after step 6": (-88, 80)}


def test_by_hand() -> None:
    program = by_hand()
    assert [(g.start, g.stop) for g in layout(program).groups] == [(0, 1), (1, 2)]
    found = {}
    with LavaBackend.open(program, model="stock") as lava:
        for name, first, last in (("after step 3", 0, 4), ("after step 6", 4, 7)):
            spikes = Spikes.from_list([np.isin(np.arange(first, last), SPIKES)[:, None]])
            lessons = [lesson for lesson in LESSONS if first <= lesson[0] < last]
            graded = Graded.build([t - first for t, *_ in lessons], [values for _, *values in lessons], last - first)
            out = lava.run(spikes, graded=graded, carry=True)
            found[name] = tuple(int(memory.weight[0]) for memory in lava.state.plastic)
    assert found == BY_HAND
    assert out.v[-1].tolist() == [0, 64 * 20]


def test_a_trace_is_sent_as_what_lavas_own_decay_turns_into_it() -> None:
    values = np.arange(128)
    for seed in range(200):
        own = OwnTraces(seed, {"y1": (np.inf, 5)}, {"y1": values}, clock=seed)
        sent = own.step(np.zeros(128, bool))["y1"]
        number = np.random.default_rng(seed + 2).random(2 * (seed + 1) + 1)[-1]
        exact = np.exp(-1 / 65535) * sent
        assert np.array_equal(np.floor(exact) + (number < exact % 1), values)
    assert np.array_equal(own.step(values > 120)["y1"] > values + 4, (values > 120) & (values < 123))


def test_an_error_is_silent_unless_it_is_asked() -> None:
    m = {"trace": "y2", "start": 1, "stop": 3, "kind": "error", "channel": 0, "target_exp": 6, "shift": 6}
    v = np.array([0, 64, -6400])
    assert third_factors([m], np.array([1, 3, -128]), v)["y2"].tolist() == [0, 2, 0]
    assert third_factors([m], np.array([1, 3, 100]), v)["y2"].tolist() == [0, 2, 127]
    assert not third_factors([m], np.array([0, 3, 100]), v)["y2"].any()


# ---------------------------------------------------------------------- against the reference


def assert_learns(seed: int) -> None:
    """A random program with a readout, from rest and then carried on: every bit."""
    case = taught(seed)
    reference = ReferenceSimulator(case.program)
    with LavaBackend.open(case.program, model="stock") as lava:
        for carry in (False, True):
            assert_equal(
                lava.run(case.spikes, graded=case.graded, carry=carry),
                reference.run(case.spikes, graded=case.graded, carry=carry),
            )
            assert lava.state.equal(reference.state), (seed, carry)
    learned = zip(reference.state.plastic, case.program.plastic, strict=True)
    assert any((memory.weight != p.weight).any() for memory, p in learned)


QUICK = {nl.DeltaReadout: 137, nl.PrototypeReadout: 190, nl.LinearReadout: 172}


@pytest.mark.parametrize("kind", QUICK, ids=lambda kind: kind.__name__)
def test_random_program(kind: type) -> None:
    assert isinstance(taught(QUICK[kind]).readout, kind)
    assert_learns(QUICK[kind])


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(100, 200))
def test_many_random_programs(seed: int) -> None:
    assert_learns(seed)


@pytest.mark.parametrize("feature", ["learning/error", "learning/both"])
def test_errors_and_traces_of_its_own_beside_third_factors(feature: str) -> None:
    program, spikes, graded = learner_with(feature)
    reference = ReferenceSimulator(program)
    with LavaBackend.open(program, model="stock") as lava:
        for carry in (False, True):
            assert_equal(
                lava.run(spikes, graded=graded, carry=carry), reference.run(spikes, graded=graded, carry=carry)
            )
            assert lava.state.equal(reference.state)
    assert (reference.state.plastic[0].weight != 100).any()


def test_mid_life_and_mid_sample_from_the_emulator_and_back() -> None:
    """The sample is cut in three; the middle is learned on Lava's own processes."""
    case = taught(QUICK[nl.DeltaReadout])
    rows = int(case.spikes.steps.sum())
    cuts = [0, rows // 3, 2 * rows // 3, rows]
    dense = np.concatenate(case.spikes.to_list())
    alone = ReferenceSimulator(case.program)
    alone.run(Spikes.from_list([dense]), graded=case.graded)
    before = children()
    with EmulatorSimulator(case.program) as desk, LavaBackend.open(case.program, model="stock") as lava:
        state = State.rest(case.program)
        here: Simulator
        for here, first, last in zip((desk, lava, desk), cuts, cuts[1:], strict=False):
            here.state = state
            here.run(Spikes.from_list([dense[first:last]]), graded=case.graded.part(first, last), carry=True)
            state = here.state
        assert state.equal(alone.state) and state.clock == rows
    assert not children(but=before)


# ---------------------------------------------------------------------- deployed


def small(readout: nl.DeltaReadout | nl.PrototypeReadout) -> nl.LSM:
    liquid = nl.Liquid(topology=nl.RandomGraph(n=12, density=0.3), neuron=nl.LIF(t_refractory=0.0))
    return nl.LSM(inputs=2, liquid=liquid, readout=readout, seed=1)


@pytest.mark.parametrize(
    "readout",
    [
        nl.DeltaReadout(classes=2, windows=2, stock=True),
        pytest.param(nl.PrototypeReadout(neurons=4, windows=1, stock=True), marks=pytest.mark.nightly),
    ],
    ids=lambda readout: type(readout).__name__,
)
def test_deployed_it_learns_predicts_and_goes_on_elsewhere(
    readout: nl.DeltaReadout | nl.PrototypeReadout, tmp_path: Path
) -> None:
    rng, before = np.random.default_rng(1), children()
    y = np.tile([0, 1], 6)
    x = rng.uniform(0.0, 0.4, (12, 2)) + 0.6 * np.eye(2)[y]
    lsm, encoder = small(readout), nl.RateEncoder(steps=8)
    files, said = {}, {}
    for backend, options in (("lava", {"model": "stock"}), ("emulator", {})):
        with nl.deploy(lsm, encoder, labels=[0, 1], backend=backend, **options) as chip:
            chip.learn(x[:6], y[:6])
            said[backend] = chip.predict(x[6:]).score
            chip.learn(x[6:8], y[6:8])
            chip.save(files.setdefault(backend, tmp_path / f"{backend}.lsm"))
    np.testing.assert_array_equal(said["lava"], said["emulator"])
    assert np.unique(said["lava"]).size > 2
    after = []
    for place, other in (("lava", "emulator"), ("emulator", "lava:stock")):  # each goes on where the other began
        with nl.resume(files[place], backend=other) as chip:
            chip.learn(x[8:], y[8:])
            after.append((chip.predict(x).score, chip._chip.simulator.state))
    np.testing.assert_array_equal(after[0][0], after[1][0])
    assert after[0][1].equal(after[1][1])
    assert not children(but=before)


def nothing_but_counts(samples: int) -> Model:
    """Ten classes of a scikit-learn image set, on a liquid of 16 neurons."""
    from neurolsm_models import digits

    data = digits.load()
    lsm = replace(small(nl.DeltaReadout(classes=10)), inputs=64, readout=None)
    return replace(
        digits.MODEL, load=lambda: Data(data.x[:samples] / 16.0, data.y[:samples] % 2), lsm=lambda seed: replace(lsm, seed=seed),
        encoder=nl.RateEncoder(steps=5), changes=None,
    )  # fmt: skip


def test_the_scenario_scratch_gives_the_bits_of_the_emulator() -> None:
    found = [
        learn_model(nothing_but_counts(15), "scratch", backend=backend, seeds=1, stock=True, progress=False)
        for backend in ("emulator", "lava:stock")
    ]
    assert found[0].program_sha256 == found[1].program_sha256
    assert found[0].details == found[1].details and found[0].each == found[1].each
    np.testing.assert_array_equal(found[0].curve, found[1].curve)


@pytest.mark.nightly
def test_digits_from_scratch_give_the_bits_of_the_emulator() -> None:
    """30 samples on the column of 1,000 neurons with 3,000 counters and ten classes."""
    from neurolsm_models import digits

    lsm = replace(digits.lsm(1), readout=nl.DeltaReadout(classes=10, stock=True))
    data = digits.load()
    scores, states = [], []
    for backend in ("emulator", "lava:stock"):
        with nl.deploy(lsm, digits.ENCODER, labels=np.arange(10), backend=backend) as chip:
            chip.learn(data.x[:30], data.y[:30])
            scores.append(chip.predict(data.x[30:40]).score)
            states.append(chip._chip.simulator.state)
    np.testing.assert_array_equal(scores[0], scores[1])
    assert states[0].equal(states[1])


@pytest.mark.nightly
def test_a_series_is_followed_with_the_bits_of_the_emulator() -> None:
    x = np.sin(np.arange(300) / 5)
    readout = nl.LinearReadout(hold=4, echoes=1, stock=True)
    lsm = nl.LSM(inputs=16, liquid=nl.Liquid(topology=nl.RandomGraph(n=12)), readout=readout, seed=1)
    model = nl.LSMSequenceRegressor(lsm, washout=20, hold=4).fit(x[:200])
    said = []
    for backend in ("emulator", "lava:stock"):
        with model.deploy(x[:60], fitted=False, backend=backend) as chip:
            said.append(chip.follow(x[60:70], x[61:71]))
            assert chip.lessons == 10
    np.testing.assert_array_equal(*said)
    assert np.ptp(said[0]) > 0.1


# ---------------------------------------------------------------------- refused


def test_a_readout_in_its_usual_form_is_refused_with_what_to_write() -> None:
    lsm, before = small(nl.DeltaReadout(classes=2)), children()
    with nl.deploy(lsm, nl.RateEncoder(steps=8), labels=[0, 1], backend="lava:stock") as chip:
        with pytest.raises(
            TargetRefusal, match=r"readout/offset\.plasticity\.stream = 'synapse'.*stock=True of an on-chip readout"
        ):
            chip.learn(np.full((2, 2), 0.5), [0, 1])
    assert not children(but=before)


def test_a_scenario_that_would_need_another_readout_is_refused_at_once() -> None:
    with pytest.raises(
        InvalidValue, match=r"stock = False.*lava:stock lacks a random number for each synapse.*--stock"
    ):
        learn_model(nothing_but_counts(15), "scratch", backend="lava:stock", seeds=1)


def test_traces_within_an_epoch_are_refused() -> None:
    program, spikes, graded = learner_with("learning/both")
    p = program.projections[0]
    longer = replace(program, projections=(replace(p, plasticity=replace(p.plasticity, t_epoch=2)),))
    with LavaBackend.open(longer, model="stock") as lava:
        with pytest.raises(
            TargetRefusal, match=r"net/input\.plasticity\.t_epoch = 2.*takes y1 from outside.*epochs of one step"
        ):
            lava.run(spikes, graded=graded)
        assert lava._learner._runtime is None


def test_input_on_its_way_that_no_connection_can_hold_is_refused() -> None:
    case = taught(150)
    state = State.rest(case.program)
    assert case.program.max_delay > 0
    state.pending[-1, -1] = 5  # of a readout neuron, all of whose synapses are without delay
    with LavaBackend.open(case.program, model="stock") as lava:
        lava.state = state
        with pytest.raises(TargetRefusal, match=r"state\.pending = 5.*for 2 steps"):
            lava.run(case.spikes, graded=case.graded, carry=True)


def test_more_groups_than_are_wired_are_refused() -> None:
    """Nine projections, each to a neuron that is a population of its own, between others: 18 groups."""
    n, rule = 18, Plasticity(dw=parse("x0*y1").products)
    one = synapses("p", INPUT, 1, 0, 4, "excitatory", rule)
    projections = tuple(replace(one, name=f"p{k}", post=np.array([k], np.int32)) for k in range(0, n, 2))
    neurons = Neurons(**{name: np.full(n, 100, np.int32) for name in ("du", "dv", "vth")},
                      **{name: np.zeros(n, np.int32) for name in ("bias_mant", "bias_exp", "refractory", "theta_step", "theta_decay")})  # fmt: skip
    populations = tuple(Population(f"q{k}", k, k + 1) for k in range(n))
    program = Program("loihi2", "loihi", 1e-3, 0, 1, populations, neurons, projections)
    with LavaBackend.open(program, model="stock") as lava:
        with pytest.raises(TargetRefusal, match=r"groups of neurons = 18: .*at most 16.*smaller readout"):
            lava.run(Spikes.from_list([np.zeros((3, 1), bool)]))


# ---------------------------------------------------------------------- Lava's models, without what they do anew in each step


def test_traces_are_looked_up_as_lavas_own_model_does() -> None:
    import_lava()
    from lava.proc.dense.models import PyLearningDenseModelBitApproximate

    rng = np.random.default_rng(3)
    for t_epoch in (1, 3):
        history = {side: rng.integers(0, 128, (t_epoch + 1, count, n)) for side, count, n in (("x", 2, 5), ("y", 3, 4))}
        last = {side: rng.integers(0, t_epoch + 1, values.shape[2]) for side, values in history.items()}
        theirs = PyLearningDenseModelBitApproximate._extract_applier_evaluated_traces(
            SimpleNamespace(tx=last["x"], ty=last["y"]), history["x"], history["y"]
        )
        assert len(theirs) == 15
        for name, expected in theirs.items():
            np.testing.assert_array_equal(at_spikes(history, last, *name.split("_")), expected, err_msg=name)


@pytest.mark.parametrize("seed", [148, *(pytest.param(k, marks=pytest.mark.nightly) for k in range(200, 210))])
def test_lavas_own_models_as_they_are_learn_the_same(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stock_learning, "models", dict)
    monkeypatch.setattr(stock_learning, "service", None)
    assert_learns(seed)
