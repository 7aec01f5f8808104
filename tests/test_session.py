"""Live sessions: the bits of a run, whatever is cut, handed over, awaited or given wrongly."""

import asyncio
import gc
import pickle
import re
import threading
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from networks import network, projection

import neurolsm as nl
from neurolsm.conformance.generate import Case, inputs, program
from neurolsm.conformance.generate_lives import life
from neurolsm.conformance.generate_plastic import plastic_case, plastic_inputs, plastic_program
from neurolsm.emulator.stepper import AHEAD, EmulatorStepper
from neurolsm.execute.backend import get, names, open_simulator
from neurolsm.execute.stepping import RunStepper, stepper_of
from neurolsm.program.graded import Graded
from neurolsm.sequence import StepFeatures, clock

ALL = StepFeatures(traces=(3.0, 20.0), counts=(1, 7), voltage=True, current=True)
ENCODER = nl.PopulationEncoder(neurons=5, low=-2.0, high=2.0)


def liquid(n_inputs, n=30, **more):
    delayed = {"delays": nl.Uniform(0.0, 5e-3), "neuron": nl.AdaptiveLIF(t_refractory=2e-3), **more}
    drive = nl.RandomMap(density=0.8, weight=nl.Gamma(0.8), inhibitory=0.3, delay=nl.Uniform(0.0, 5e-3))
    topology = nl.RandomGraph(n=n, density=0.2)
    return nl.LSM(
        inputs=n_inputs, liquid=nl.Liquid(topology=topology, weights=nl.Gamma(0.3), input=drive, **delayed), seed=3
    )


def units(spikes, t):
    return spikes.unit[spikes.indptr[t] : spikes.indptr[t + 1]]


def rows(spikes):
    return spikes.indptr.size - 1


def stepped(stepper, given, graded, first, last):
    """The spikes of some steps, and nothing given where nothing comes."""
    found = []
    for t in range(first, last):
        values = None if graded is None or not (graded.row == t).any() else graded.at(t)
        found.append(stepper.step(units(given, t), values))
    return found


def same(found, expected, first=0):
    for t, spikes in enumerate(found, first):
        assert np.array_equal(spikes, units(expected, t)), f"step {t}"


def as_the_reference(p, given, graded=None, learn=True):
    """A stepper of the emulator against a run of the reference: spikes, u, v and the whole state, handed over twice."""
    half = rows(given) // 2
    with open_simulator(p, "reference") as reference, open_simulator(p) as emulator:
        found = reference.run(given, graded=graded, learn=learn, carry=True)
        stepper = emulator.stepper(learn)
        same(stepped(stepper, given, graded, 0, half), found.spikes)
        with open_simulator(p, "reference") as other, open_simulator(p) as again:
            other.state = stepper.state
            near = min(half + 3, rows(given))
            same(stepped(RunStepper(other, learn), given, graded, half, near), found.spikes, half)
            last = stepper_of(again, learn)
            last.state = other.state
            same(stepped(last, given, graded, near, rows(given)), found.spikes, near)
            assert last.state.equal(reference.state)
            assert np.array_equal(last.u, found.u[-1]) and np.array_equal(last.v, found.v[-1])
    return found.spikes.count


def close(found, expected):
    """The same features; a product of matrices rounds otherwise where there are more rows."""
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10)


STATIC = range(12)


@pytest.mark.parametrize("seed", STATIC)
def test_random_static_programs(seed):
    p = program(Case.random(seed, largest=60))
    as_the_reference(p, inputs(Case.random(seed, largest=60)))


@pytest.mark.parametrize("learn", [True, False])
@pytest.mark.parametrize("seed", range(10))
def test_random_plastic_programs_with_third_factors(seed, learn):
    case = plastic_case(seed, largest=40)
    p = plastic_program(case)
    as_the_reference(p, *plastic_inputs(case, p), learn=learn)


@pytest.mark.parametrize("seed", range(6))
def test_random_lives(seed):
    """Deployed networks with intrinsic plasticity and teachers."""
    one = life(seed)
    episode = max(one.episodes, key=lambda e: rows(e.spikes))
    as_the_reference(one.program, episode.spikes, episode.graded)


def test_these_programs_fire():
    """Or else they would prove nothing."""
    assert sum(as_the_reference(program(c), inputs(c)) > 20 for c in (Case.random(s, largest=60) for s in STATIC)) >= 3


def test_random_numbers_beyond_the_first_draw():
    """More steps than are drawn at once, begun in the middle of a life."""
    rule = nl.STDP(a_plus=0.5, a_minus=0.5).lower(1e-3)
    pre, post = np.nonzero(~np.eye(6, dtype=bool))
    p = network(
        6, 4, projection("in", "input", 4, np.repeat(np.arange(4), 6), np.tile(np.arange(6), 4), weight=60),
        projection("learns", "neuron", 6, pre, post, weight=20, delay=np.arange(pre.size) % 4, plasticity=rule),
    )  # fmt: skip
    rng = np.random.default_rng(0)
    assert as_the_reference(p, nl.Spikes.from_dense(rng.random((1, 2 * AHEAD + 40, 4)) < 0.2)) > 100


def test_a_skipped_row_of_the_ring_is_noticed(monkeypatch):
    """The comparison above can fail: one row of pending input is lost in one step."""
    p = nl.lower(liquid(6)).program
    rng = np.random.default_rng(0)
    given = nl.Spikes.from_dense(rng.random((1, 60, 6)) < 0.3)
    assert as_the_reference(p, given) > 100
    step = EmulatorStepper.step
    calls = []

    def skipping(self, *given):
        calls.append(1)
        if len(calls) == 20:
            self._ring[: -p.n] = self._ring[p.n :].copy()
        return step(self, *given)

    monkeypatch.setattr(EmulatorStepper, "step", skipping)
    with pytest.raises(AssertionError):
        as_the_reference(p, given)


def test_float_arithmetic_with_short_term_plasticity_goes_by_runs():
    short = nl.ShortTermPlasticity(use=0.5, recovery=0.1, facilitation=0.05)
    p = nl.lower(liquid(6, short_term=short), arithmetic="float").program
    rng = np.random.default_rng(0)
    given = nl.Spikes.from_dense(rng.random((1, 50, 6)) < 0.4)
    with open_simulator(p) as whole, nl.open_session(p) as session:
        assert type(session._stepper) is RunStepper
        same([session.step(units(given, t)).spikes for t in range(50)], whole.run(given).spikes)


# ---------------------------------------------------------------------- backends


QUICK = [
    name
    for name in ("reference", "emulator", "brian2:numpy", "lava:fused", "lava:stock")
    if name.split(":")[0] in names()
]


@pytest.mark.parametrize("backend", QUICK)
def test_every_backend_takes_over_in_the_middle(backend):
    if get(backend.split(":")[0]).missing():
        pytest.skip("cannot run here")
    p = nl.lower(liquid(6, neuron=nl.LIF())).program
    rng = np.random.default_rng(1)
    given = nl.Spikes.from_dense(rng.random((1, 16, 6)) < 0.4)
    with open_simulator(p, "reference") as reference:
        expected = reference.run(given).spikes
    assert expected.count > 10
    with nl.open_session(p) as one, nl.open_session(p, backend=backend) as other:
        same([one.step(units(given, t)).spikes for t in range(8)], expected)
        other.state = pickle.loads(pickle.dumps(one.state))
        assert other.steps == 8
        same([other.step(units(given, t)).spikes for t in range(8, 12)], expected, 8)
        one.state = other.state
        same([one.step(units(given, t)).spikes for t in range(12, 16)], expected, 12)


@pytest.mark.nightly
@pytest.mark.skipif("brian2" not in names(), reason="Brian2 is not installed")
def test_compiled_brian2_takes_over_in_the_middle():
    test_every_backend_takes_over_in_the_middle("brian2")


# ---------------------------------------------------------------------- values


def test_values_through_an_encoder_are_those_of_a_run():
    lsm, x = liquid(10), np.random.default_rng(2).normal(size=(12, 2))
    with open_simulator(nl.lower(lsm).program) as simulator:
        expected = simulator.run(ENCODER_of(x, 4)).spikes
    with nl.open_session(lsm, ENCODER, hold=4) as session:
        found = [session.push(x[0]), session.push(x[1:7]), *map(session.push, x[7:].tolist())]
        assert session.steps == 48 and found[0].readout is None and found[1].spikes.steps.tolist() == [24]
    assert np.array_equal(np.concatenate([one.spikes.unit for one in found]), expected.unit)
    assert expected.count > 50


def ENCODER_of(x, hold):
    return ENCODER.encode(x.repeat(hold, axis=0)[None])


@pytest.fixture(scope="module")
def series():
    x = np.sin(np.arange(150) / 4) + np.random.default_rng(3).normal(0, 0.1, 150)
    return x, np.roll(x, 1)


def regressor(x, y, **more):
    return nl.LSMSequenceRegressor(liquid(5), ENCODER, ALL, washout=20, hold=4, **more).fit(x, y)


def test_a_regressor_says_what_predict_says(series):
    x, y = series
    model = regressor(x[:100], y[:100])
    expected = model.predict(x[100:])
    with nl.open_session(model) as session:
        found = [session.push(x[100]), session.push([x[101]]), session.push(x[102:, None])]
        assert found[0].readout.shape == (1,) and found[0].label is None and found[0].confidence is None
        close(np.concatenate([np.ravel(one.readout) for one in found]), expected)
        session.reset()
        assert session.push(x[100]).readout == found[0].readout


def test_a_session_goes_on_where_fit_ended(series):
    x, y = series
    model = regressor(x[:100], y[:100])
    with nl.open_session(model, backend="reference") as session:
        session.state = model.state_
        assert session.steps == 400
        found = session.push(x[100:, None]).readout[:, 0]
    close(found, model.predict(x[100:], go_on=True))


def test_a_classifier_says_labels_and_scores(series):
    x, _ = series
    named = np.where(x > 0, "up", "down")
    model = nl.LSMSequenceClassifier(liquid(5), ENCODER, ALL, washout=20, hold=4).fit(x[:100], named[:100])
    with nl.open_session(model) as session:
        found = session.push(x[100:, None])
        assert found.label.tolist() == model.predict(x[100:]).tolist() and set(found.label) == {"up", "down"}
        close(found.readout, model.decision_function(x[100:]))
        assert session.push(x[0]).label in ("up", "down")


def test_a_readout_that_was_fitted_on_spikes_answers_after_each_value():
    rng = np.random.default_rng(4)
    given = nl.Spikes.from_dense(rng.random((1, 240, 6)) < 0.3)
    y = rng.normal(size=60)
    model = nl.LSMSequenceRegressor(liquid(6), features=ALL, washout=10, hold=4).fit(given, y)
    expected = model.predict(given)
    with nl.open_session(model) as one, nl.open_session(model, backend="reference") as other:
        said = []
        for t in range(30):
            said.append(one.step(units(given, t)).readout)
        other.state = one.state  # in the middle of a value
        for t in range(30, 60):
            said.append(other.step(units(given, t)).readout)
    assert [k for k, one in enumerate(said) if one is not None] == list(range(3, 60, 4))
    close(np.concatenate([one for one in said if one is not None]), expected[:15])


# ---------------------------------------------------------------------- on-chip readouts and deployments


@pytest.fixture
def deployment():
    rng = np.random.default_rng(1)
    y = np.repeat([0, 1], 8)
    x = rng.uniform(0.0, 0.4, (16, 2)) + 0.6 * np.eye(2)[y]
    lsm = nl.LSM(inputs=2, liquid=nl.Liquid(topology=nl.RandomGraph(n=20)), readout=nl.DeltaReadout(classes=2), seed=1)
    with nl.deploy(lsm, nl.RateEncoder(steps=20), labels=[0, 1]) as found:
        found.learn(x, y)
        yield found, x


def test_a_deployment_predicts_a_sample_that_is_pushed(deployment):
    found, x = deployment
    with nl.open_session(found) as session:
        said, expected = session.push(x[3]), found.predict(x[3:4])
        assert said.label == expected.label and said.confidence == expected.confidence
        before = found.state
        step = session.step([0, 1])
        assert step.readout.shape == (2,) and step.label is None and session.steps == 1
        assert found.state.equal(before)


def test_voltages_of_an_on_chip_readout_are_those_of_the_chip(deployment):
    """What the deployment reads after a sample is what a session shows after the same steps."""
    found, x = deployment
    given = found._chip.frame(found.encoder.encode(x[:1]))
    v, _ = found._chip.present(found.encoder.encode(x[:1]), learn=False)
    with nl.open_session(found) as session:
        steps = [session.step(units(given, t)) for t in range(rows(given))]
    assert steps[-1].readout.tolist() == v[0].tolist() and v.any()


def test_an_lsm_with_a_readout_takes_graded_values():
    lsm = nl.LSM(inputs=2, liquid=nl.Liquid(topology=nl.RandomGraph(n=20)), readout=nl.DeltaReadout(classes=2), seed=1)
    p = nl.lower(lsm).program
    rng = np.random.default_rng(0)
    given = nl.Spikes.from_dense(rng.random((1, 30, p.n_inputs)) < 0.3)
    values = rng.integers(-50, 50, (30, p.n_graded))
    with (
        nl.open_session(lsm) as session,
        nl.open_session(lsm, learn=False) as still,
        open_simulator(p, "reference") as other,
    ):
        for t in range(30):
            session.step(units(given, t), graded=values[t].tolist())
            still.step(units(given, t), graded=values[t])
        other.run(given, graded=Graded.build(np.arange(30), values, 30))
        assert session.state.network.equal(other.state)
        assert still.state.network.clock == 0 != session.state.network.clock


# ---------------------------------------------------------------------- real time


class Time:
    """Time that goes on by sleeping, and by ``work`` between two looks."""

    def __init__(self):
        self.now, self.work = 0.0, 0.0

    def perf_counter(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


def test_missed_deadlines_by_hand(monkeypatch):
    fake = Time()
    monkeypatch.setattr(clock, "time", fake)
    with nl.open_session(liquid(2), realtime=1.0) as session:
        step = session._stepper.step
        took = iter([0.25, 1.5, 0.25, 0.25, 3.0, 0.5])
        began = []

        def slow(*given):
            began.append(fake.now)
            fake.now += next(took)
            return step(*given)

        session._stepper.step = slow
        fake.now = 10.0
        for _ in range(6):
            session.step([0])
        # begin 10, 11, 12.5 (late: the second ended at 12.5, not 12), 13, 14, 17 (the fifth ended at 17, not 15)
        assert began == [10.0, 11.0, 12.5, 13.0, 14.0, 17.0]
        # ended 10.25, 12.5 (-12), 12.75, 13.25, 17 (-15), 17.5 (-16)
        assert (session.clock.steps, session.clock.missed, session.clock.worst) == (6, 3, 2.0)
        assert "3 missed" in repr(session.clock) and session.steps == 6
        fake.now += 100.0
        session._stepper.step = step
        session.step([0])  # asked for too late
        assert session.clock.missed == 4 and session.clock.worst == pytest.approx(117.5 - 17.0)
        session.reset()
        assert (session.clock.steps, session.clock.missed, session.clock.worst) == (0, 0, 0.0)


def test_steps_do_not_come_early():
    import time

    with nl.open_session(liquid(2), realtime=True) as session:
        assert session.clock.dt == 1e-3
        begin = time.perf_counter()
        for _ in range(30):
            session.step([0])
        assert time.perf_counter() - begin >= 29e-3
    with nl.open_session(liquid(2)) as session:
        assert session.clock is None


@pytest.mark.parametrize("wrong", [0, -1.0, float("nan"), float("inf"), "yes"])
def test_a_clock_that_is_none(wrong):
    with pytest.raises(nl.InvalidValue, match=r"open_session.realtime = .*Write realtime=True"):
        nl.open_session(liquid(2), realtime=wrong)


# ---------------------------------------------------------------------- for ever


def test_memory_is_constant():
    rng = np.random.default_rng(0)
    given = [np.flatnonzero(row) for row in rng.random((500, 6)) < 0.3]
    with nl.open_session(liquid(6)) as session:

        def held(steps):
            for t in range(steps):
                session.step(given[t % 500])
            gc.collect()
            return tracemalloc.get_traced_memory()[0]

        held(1000)
        tracemalloc.start()
        try:
            before = held(1000)
            after = held(20_000)
        finally:
            tracemalloc.stop()
        assert after - before < 20_000 and session.steps == 22_000


def test_state_goes_back_and_is_a_copy():
    rng = np.random.default_rng(0)
    given = [np.flatnonzero(row) for row in rng.random((60, 6)) < 0.4]
    with nl.open_session(liquid(6)) as session:
        for events in given[:20]:
            session.step(events)
        kept = session.state
        first = [session.step(events).spikes.tolist() for events in given[20:]]
        session.state = kept
        assert session.steps == 20
        assert [session.step(events).spikes.tolist() for events in given[20:]] == first
        kept.network.v[:] = 0
        session.reset()
        assert session.steps == 0 and session.step([]).spikes.size == 0


def test_what_comes_out_is_the_callers():
    with nl.open_session(liquid(6)) as session:
        found = [session.step(range(6)).spikes for _ in range(30)]
        before = [one.copy() for one in found]
        for _ in before:
            session.step(range(6)).spikes[:] = 0
        assert all(np.array_equal(a, b) for a, b in zip(found, before, strict=True)) and sum(map(len, found)) > 10
        with pytest.raises(AttributeError):
            session.step([0]).spikes = None


# ---------------------------------------------------------------------- asyncio


def test_awaited_steps_are_the_same_and_in_order():
    rng = np.random.default_rng(0)
    given = [np.flatnonzero(row) for row in rng.random((40, 6)) < 0.4]

    async def awaited():
        async with nl.open_session(liquid(6)) as session:
            one = [(await session.astep(events)).spikes.tolist() for events in given[:20]]
            many = await asyncio.gather(*(session.astep(events) for events in given[20:]))
        with pytest.raises(nl.BackendFailure, match=r"Session.astep: the session is closed"):
            await session.astep([0])
        async with nl.open_session(liquid(10), ENCODER) as session:
            assert (await session.apush([0.1, 0.2])).spikes.steps.tolist() == [8]
        return one + [step.spikes.tolist() for step in many]

    with nl.open_session(liquid(6)) as session:
        expected = [session.step(events).spikes.tolist() for events in given]
    assert asyncio.run(awaited()) == expected


def test_a_cancelled_step_happens_whole_or_not_at_all():
    async def cancelled():
        async with nl.open_session(liquid(6)) as session:
            step, under_way, go = session._stepper.step, threading.Event(), threading.Event()

            def slow(*given):
                under_way.set()
                go.wait(10)
                return step(*given)

            session._stepper.step = slow
            first, second = (asyncio.ensure_future(session.astep([k])) for k in range(2))
            while not under_way.is_set():
                await asyncio.sleep(0.001)
            for one in (first, second):
                one.cancel()
            assert await asyncio.gather(first, second, return_exceptions=True) != []
            go.set()
            await session.astep([2])
            assert session.steps == 2  # the first, to its end, and the third; the second had not begun
            return session.state.network

    found = asyncio.run(cancelled())
    with nl.open_session(liquid(6)) as session:
        session.step([0])
        session.step([2])
        assert session.state.network.equal(found)


# ---------------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ([6], r"events = 6: must lie in 0\.\.5"),
        ([-1], r"events = -1: must lie in 0\.\.5"),
        ([2, 1, 9], "events = 9: must lie"),
        (np.array([2**40]), "must lie in"),
        ([2**70], "whole number"),
        ([0.5], "events = 0.5: must be finite and a whole number"),
        ([float("nan")], "events = nan: must be finite and a whole number"),
        ([[0, 1]], r"events = \(1, 2\): must have one axis"),
        (3, r"events = \(\): must have one axis"),
        ([True, False], "must be whole numbers"),
        (np.ones(6, bool), "must be whole numbers"),
        (["a"], "whole numbers"),
        (None, "events"),
        ([[0], [1, 2]], "events"),
        ({"a": 1}, "events"),
    ],
)
def test_events_that_are_none(events, said):
    with nl.open_session(liquid(6)) as session:
        session.step([1])
        before = session.state
        with pytest.raises(nl.InvalidValue, match=f"Session.{said}" if said.startswith("events") else said):
            session.step(events)
        assert session.steps == 1 and session.state.network.equal(before.network)


@pytest.mark.parametrize(
    "events", [[3, 1, 1, 3], (1, 3), np.array([1, 3], np.uint8), [1.0, 3.0], range(1, 4, 2), np.array([3, 1])]
)
def test_events_in_any_form(events):
    with nl.open_session(liquid(6)) as one, nl.open_session(liquid(6)) as other:
        one.step(events)
        other.step([1, 3])
        assert one.state.network.equal(other.state.network) and one.state.network.pending.any()
        assert one.step([]).spikes.tolist() == other.step(()).spikes.tolist()


@pytest.mark.parametrize(
    ("graded", "said"), [([1, 2], "the program has 0 graded"), ([0.5], "whole number"), ("x", "graded")]
)
def test_graded_values_that_are_none(graded, said):
    with nl.open_session(liquid(6)) as session, pytest.raises(nl.InvalidValue, match=said):
        session.step([0], graded=graded)


def test_graded_values_out_of_range():
    lsm = nl.LSM(inputs=2, liquid=nl.Liquid(topology=nl.RandomGraph(n=20)), readout=nl.DeltaReadout(classes=2), seed=1)
    with nl.open_session(lsm) as session:
        wrong = [300] * session._simulator.program.n_graded
        with pytest.raises(nl.InvalidValue, match=r"Session.graded = .*must lie in -128\.\.127"):
            session.step([0], graded=wrong)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([0.1, 0.2, 0.3], "values = 3: values a row make 15 channels, the network has 10 inputs"),
        ([0.1, float("nan")], "values = 'NaN or infinity': must be finite"),
        ([], r"values = \(0,\): must be a row"),
        (np.zeros((0, 2)), "must be a row"),
        (np.zeros((1, 2, 2)), "must be a row"),
        (["a", "b"], "values"),
    ],
)
def test_values_that_are_none(values, said):
    with nl.open_session(liquid(10), ENCODER) as session:
        with pytest.raises(nl.InvalidValue, match=said):
            session.push(values)
        assert session.steps == 0
        session.push([0.1, 0.2])
        with pytest.raises(nl.InvalidValue, match="values = 1: values a row, the session has 2"):
            session.push([0.1])
        assert session.steps == 8


def test_what_does_not_fit_the_session(series):
    x, y = series
    with nl.open_session(liquid(6)) as session:
        with pytest.raises(nl.InvalidValue, match=r"Session.push = 'values': needs an encoder"):
            session.push([0.1])
        for wrong in (None, 3, session.state.network):
            with pytest.raises(nl.InvalidValue, match=r"Session.state = .*must be the state of a session"):
                session.state = wrong
    with (
        nl.open_session(liquid(6)) as one,
        nl.open_session(liquid(7)) as other,
        nl.open_session(regressor(x, y)) as third,
    ):
        with pytest.raises(nl.InvalidValue, match="state"):
            one.state = nl.open_session(liquid(6, n=31)).state
        with pytest.raises(nl.InvalidValue, match=r"Session.state.features"):
            other.state = third.state
        with pytest.raises(nl.InvalidValue, match=r"Session.state.features"):
            third.state = one.state
        with pytest.raises(nl.InvalidValue, match=r"readout was fitted on.*Use push"):
            third.step([0])
        third.push(x[0])
        kept = third.state
        kept.encoder = np.zeros((3, 3))
        with pytest.raises(nl.InvalidValue, match=r"Session.state.encoder"):
            third.state = kept
        kept = one.state
        kept.within = ((np.zeros(0, np.int32), np.zeros(0, np.int32)),)
        with pytest.raises(nl.InvalidValue, match=r"Session.state.within"):
            one.state = kept


@pytest.mark.parametrize(
    ("given", "options", "said"),
    [
        (3, {}, "open_session.subject = 'int'"),
        (nl.LSMSequenceRegressor(), {}, "Fit it first"),
        (liquid(6), {"hold": 4}, "hold = 4: needs an encoder"),
        (liquid(5), {"encoder": nl.PoissonEncoder(steps=10)}, "must encode value by value"),
        (liquid(5), {"encoder": ENCODER, "hold": 1}, "hold = 1: must be a whole number, at least 2"),
        (liquid(6), {"learn": "no"}, "learn = 'no': must be True, False or None"),
        (liquid(6), {"speed": 3}, "speed"),
    ],
)
def test_doors_that_do_not_open(given, options, said):
    with pytest.raises(nl.InvalidValue, match=said):
        nl.open_session(given, **options)


def test_what_estimators_and_deployments_bring_themselves(series, deployment):
    for subject in (regressor(*series), deployment[0]):
        with pytest.raises(nl.InvalidValue, match="encoder, hold"):
            nl.open_session(subject, ENCODER)


def test_a_closed_session():
    session = nl.open_session(liquid(10), ENCODER)
    session.close()
    session.close()
    for use in (lambda: session.step([0]), lambda: session.push([0.1, 0.2]), session.reset, lambda: session.state):
        with pytest.raises(nl.BackendFailure, match=r"Session\.\w+: the session is closed. Open a new one"):
            use()


def test_two_threads_in_one_session():
    with nl.open_session(liquid(6)) as session:
        step, under_way, go = session._stepper.step, threading.Event(), threading.Event()

        def slow(*given):
            under_way.set()
            go.wait(10)
            return step(*given)

        session._stepper.step = slow
        first = threading.Thread(target=session.step, args=([0],))
        first.start()
        assert under_way.wait(10)
        try:
            for use in (lambda: session.step([1]), lambda: session.state, session.reset):
                with pytest.raises(
                    nl.BackendFailure, match=r"another thread is inside this session. Let threads take turns"
                ):
                    use()
        finally:
            go.set()
            first.join()
        assert session.steps == 1
        session.step([1])


@pytest.mark.parametrize(
    ("error", "seen", "said"),
    [
        (
            RuntimeError("the cable is out"),
            nl.BackendFailure,
            "step 2 on EmulatorSimulator was not finished .RuntimeError: the cable",
        ),
        (nl.BackendFailure("Own: died."), nl.BackendFailure, "Own: died"),
        (KeyboardInterrupt(), KeyboardInterrupt, None),
    ],
)
def test_a_backend_that_fails_in_a_step(error, seen, said):
    with nl.open_session(liquid(6)) as session:
        session.step([0])
        kept = session.state
        session.step([1])
        step = session._stepper.step

        def failing(*given):
            raise error

        session._stepper.step = failing
        with pytest.raises(seen, match=said):
            session.step([2])
        session._stepper.step = step
        for use in (lambda: session.step([2]), lambda: session.state):
            with pytest.raises(nl.BackendFailure, match=r"step 2 .* was not finished .*is not known. Set state to one"):
                use()
        with pytest.raises(nl.InvalidValue):
            session.state = None  # mends nothing
        with pytest.raises(nl.BackendFailure, match="not finished"):
            session.step([2])
        session.state = kept
        session.step([1])
        assert session.steps == 2
        session._stepper.step = failing
        with pytest.raises(seen):
            session.step([2])
        session._stepper.step = step
        session.reset()
        assert session.step([0]).spikes.size == 0 and session.steps == 1


def test_an_encoder_that_returns_another_raster():
    class Wrong(nl.PopulationEncoder):
        def go_on(self, memory, values, hold):
            raster, memory = super().go_on(memory, values, hold)
            return raster[:, 1:], memory

    with nl.open_session(liquid(5), Wrong(neurons=5)) as session:
        with pytest.raises(nl.InvalidValue, match=r"Wrong.go_on\(\) = .*must be a raster of 8 steps and 5 channels"):
            session.push(0.5)
        with pytest.raises(nl.BackendFailure, match=r"step 0 .* was not finished"):
            session.push(0.5)


def test_an_option_that_is_refused_leaves_nothing_open(register):
    closed = []

    class Half:
        name = "half"

        @staticmethod
        def missing():
            return None

        @staticmethod
        def open(program):
            simulator = open_simulator(program, "reference")
            simulator.stepper = lambda learn: 1 / 0
            simulator.close = lambda: closed.append(1)
            return simulator

    register("half", Half)
    with pytest.raises(ZeroDivisionError):
        nl.open_session(liquid(6), backend="half")
    assert closed == [1]


def test_the_page_runs(capsys):
    page = Path(__file__).parents[1] / "docs" / "howto" / "live.md"
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)
    assert len(blocks) >= 3
    names = {}
    for block in blocks:
        exec(compile(block, str(page), "exec"), names)
    assert capsys.readouterr().out
