"""The reference against fractions, against a plain-Python twin written apart from it, and against what recordings claim."""

import math
from collections import defaultdict
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurolsm as nl
from neurolsm.conformance import generate
from neurolsm.conformance.generate import Case
from neurolsm.errors import InvalidValue
from neurolsm.semantics import ReferenceSimulator, neuron
from neurolsm.semantics.delivery import arrive, deliver

LIMIT = 2**23
states = st.integers(-LIMIT, LIMIT)


def one(value, dtype=np.int32):
    return np.array([value], dtype)


@given(st.integers(-(2**24), 2**24), st.integers(0, 4096))
def test_decay_is_the_fraction_cut_toward_zero(x, lost):
    assert neuron.decay(one(x), one(lost))[0] == math.trunc(Fraction(x * (4096 - lost), 4096))
    assert neuron.decay(one(-x), one(lost))[0] == -neuron.decay(one(x), one(lost))[0]


@given(st.integers(1 - 3 * LIMIT, 3 * LIMIT))
def test_wrap_is_the_remainder_in_24_bits(x):
    got = int(neuron.wrap(one(x, np.int64))[0])
    assert -LIMIT < got <= LIMIT and (got - x) % (2 * LIMIT) == 0


def test_edges_of_wrap_and_saturation():
    edge = np.array([LIMIT, LIMIT + 1, -LIMIT, 1 - LIMIT])
    assert neuron.wrap(edge).tolist() == [LIMIT, 1 - LIMIT, LIMIT, 1 - LIMIT]
    assert neuron.saturate(edge).tolist() == [LIMIT - 1, LIMIT - 1, 1 - LIMIT, 1 - LIMIT]


def plain_step(state, c, a):
    """One neuron, one step, in Python integers. Returns (spike, u, v, refractory, theta)."""
    u, v, refractory, theta = state

    def keep(x, lost):
        return math.trunc(Fraction(x * (4096 - lost), 4096))

    u = keep(u, c["du"] + 1) + 64 * a
    if u > LIMIT:
        u -= 2 * LIMIT
    elif u <= -LIMIT:
        u += 2 * LIMIT
    v = max(1 - LIMIT, min(LIMIT - 1, keep(v, c["dv"]) + u + c["bias_mant"] * 2 ** c["bias_exp"]))
    if refractory > 0:
        v, refractory = 0, refractory - 1
    spike = v > 64 * c["vth"] + theta
    theta = keep(theta, c["theta_decay"])
    if spike:
        v, refractory, theta = 0, c["refractory"], min(theta + c["theta_step"], LIMIT - 1)
    return spike, u, v, refractory, theta


constants = st.fixed_dictionaries(
    {
        "du": st.integers(0, 4095),
        "dv": st.integers(0, 4096),
        "vth": st.one_of(st.integers(0, 131071), st.integers(0, 100)),
        "bias_mant": st.integers(-4096, 4095),
        "bias_exp": st.integers(0, 7),
        "refractory": st.integers(0, 63),
        "theta_step": st.integers(0, LIMIT - 1),
        "theta_decay": st.integers(0, 4096),
    }
)


@settings(max_examples=400)
@given(constants, states, states, st.integers(0, 63), st.integers(0, LIMIT - 1), st.integers(1 - 2**17, 2**17 - 1))
def test_a_step_of_any_neuron_from_any_state(c, u, v, refractory, theta, a):
    neurons = nl.program.Neurons(**{name: one(value) for name, value in c.items()})
    state = nl.State(
        one(u), one(v), one(refractory), one(theta), np.zeros((1, 1), np.int32), 0, [], neurons.bias_mant, neurons.vth
    )
    spike = neuron.step(state, neurons, one(a))
    got = (bool(spike[0]), int(state.u[0]), int(state.v[0]), int(state.refractory[0]), int(state.theta[0]))
    assert got == plain_step((u, v, refractory, theta), c, a)


def test_a_step_in_float_has_no_limits():
    zero = np.zeros(1, np.int32)
    neurons = nl.program.Neurons(
        one(0.25, float),
        one(0.5, float),
        one(1e12, float),
        one(3.0, float),
        zero,
        zero,
        one(0.0, float),
        one(0.0, float),
    )
    state = nl.State(
        *(one(x, float) for x in (1e9, 2e9)), zero.copy(), one(0.0, float), np.zeros((1, 1)), 0, [], zero, zero
    )
    assert not neuron.step(state, neurons, one(-7.0, float))[0]
    assert (state.u[0], state.v[0]) == (0.75e9 - 7, 1e9 + 0.75e9 - 7 + 3)


def plain_run(program, raster):
    """Spikes of one sample as (step, neuron), with a dictionary as the queue."""
    names = ("du", "dv", "vth", "bias_mant", "bias_exp", "refractory", "theta_step", "theta_decay")
    cells = [{name: int(getattr(program.neurons, name)[i]) for name in names} for i in range(program.n)]
    synapses = defaultdict(list)
    for p in program.projections:
        for k, source in enumerate(p.pre):
            synapses[p.source, source].append((int(p.post[k]), int(p.weight[k]) * 2**p.weight_exp, int(p.delay[k])))
    state, queue, spikes, operations = [(0, 0, 0, 0)] * program.n, defaultdict(int), [], 0
    for t, channels in enumerate(raster):
        fired = []
        for i in range(program.n):
            spike, *rest = plain_step(state[i], cells[i], queue.pop((t, i), 0))
            state[i] = tuple(rest)
            if spike:
                fired.append(("neuron", i))
                spikes.append((t, i))
        for source in fired + [("input", int(k)) for k in np.flatnonzero(channels)]:
            for post, weight, delay in synapses[source]:
                queue[t + 1 + delay, post] += weight
                operations += 1
    return spikes, state, operations


@pytest.mark.parametrize("seed", [0, 1, 7, 11, 14, 21, 22, 29, 37, 61, 68, 76, 84, 134, 158, 209])
def test_reference_equals_its_plain_twin(seed):
    case = Case.random(seed)
    program, inputs = generate.program(case), generate.inputs(case)
    simulator = ReferenceSimulator(program)
    recording = simulator.run(inputs)
    for sample, raster in enumerate(inputs.to_list()):
        spikes, state, operations = plain_run(program, raster)
        step, unit = recording.spikes.events(sample)
        assert list(zip(step.tolist(), unit.tolist(), strict=True)) == spikes
        assert recording.u[sample].tolist() == [s[0] for s in state]
        assert recording.v[sample].tolist() == [s[1] for s in state]
        assert recording.synops[sample] == operations
    assert simulator.state.refractory.tolist() == [s[2] for s in state]
    assert simulator.state.theta.tolist() == [s[3] for s in state]


def test_arrival_and_delivery():
    pending = np.arange(6).reshape(3, 2)
    assert arrive(pending).tolist() == [0, 1]
    assert pending.tolist() == [[2, 3], [4, 5], [0, 0]]
    p = nl.program.Projection(
        "p", "neuron", "mixed", 2, np.array([0, 2, 3]), np.array([0, 1, 1], np.int32),
        np.array([2, -4, 6], np.int16), np.array([0, 2, 1], np.uint8),
    )  # fmt: skip
    assert deliver(p, np.array([0, 1]), pending) == 3
    assert pending.tolist() == [[2 + 8, 3], [4, 5 + 24], [0, -16]]
    assert deliver(p, np.array([], int), pending) == 0


def test_random_cases_reach_the_corners(monkeypatch):
    """Wrap-around, both saturations, silence, one neuron, the longest delay: common in the generator, not luck."""
    seen = defaultdict(int)

    def spy(name):
        original = getattr(neuron, name)

        def call(values):
            result = original(values)
            now[f"{name} up"] |= bool((result > values).any())
            now[f"{name} down"] |= bool((result < values).any())
            return result

        monkeypatch.setattr(neuron, name, call)

    spy("wrap")
    spy("saturate")
    for seed in range(120):
        now = defaultdict(bool)
        case = Case.random(seed, largest=60)
        program, inputs = generate.program(case), generate.inputs(case)
        recording = ReferenceSimulator(program).run(inputs)
        rate = recording.spikes.count / max(inputs.steps.sum() * program.n, 1)
        now |= {
            "one neuron": program.n == 1, "silent": rate == 0, "busy": rate > 0.2, "longest delay": program.max_delay == 62,
            "no delay": program.max_delay == 0, "no input": inputs.count == 0, "ragged": np.unique(inputs.steps).size > 1,
            "refractory": program.neurons.refracts, "adaptive": program.neurons.adapts,
            "mixed": program.projections[0].sign_mode == "mixed", "both signs": len(program.projections) == 4,
        }  # fmt: skip
        for name, hit in now.items():
            seen[name] += hit
        load = np.zeros(program.n, np.int64)
        for p in program.projections:
            np.add.at(load, p.post, np.abs(p.effective))
        assert load.max() < generate.CURRENT_LIMIT
    rare = {name: count for name, count in seen.items() if count < 5}
    assert len(seen) == 15 and not rare, dict(seen)


def test_stock_cases_leave_out_what_stock_lava_lacks():
    for seed in range(40):
        stock, full = Case.random(seed, stock=True), Case.random(seed)
        assert not (stock.refractory or stock.adaptive)
        assert (stock.n, stock.regime, stock.steps) == (full.n, full.regime, full.steps)


def test_counts_in_windows():
    rng = np.random.default_rng(0)
    rasters = [rng.random((steps, 5)) < 0.4 for steps in (12, 7, 1, 0)]
    program = generate.program(Case(n=5, n_inputs=5))
    recording = ReferenceSimulator(program).run(nl.Spikes.from_list(rasters))
    for windows in (1, 3, 5):
        counts = recording.counts(windows)
        assert counts.shape == (4, windows, 5)
        for sample, raster in enumerate(recording.spikes.to_list()):
            for w in range(windows):
                rows = [t for t in range(len(raster)) if t * windows // len(raster) == w]
                assert np.array_equal(counts[sample, w], raster[rows].sum(0))
    for windows in (0, -1, 1.5, True, None):
        with pytest.raises(InvalidValue, match="windows"):
            recording.counts(windows)


def test_traces_without_a_step_have_their_shape():
    program = generate.program(Case(n=5, n_inputs=2))
    recording = ReferenceSimulator(program).run(nl.Spikes.from_list([np.zeros((0, 2))]), trace=("u", "v"))
    assert recording.traces["u"].shape == recording.traces["v"].shape == (0, 5)
    none = ReferenceSimulator(program).run(nl.Spikes.from_list([np.zeros((1, 2))])[:0])
    assert none.u.shape == (0, 5) and none.u.dtype == np.int32


@pytest.mark.parametrize("field", ["u", "theta", "pending", "vth", "count"])
def test_a_state_of_another_program_is_refused(field):
    simulator = ReferenceSimulator(generate.program(Case(n=5, n_inputs=2)))
    for wrong in (np.zeros(4, np.int32), np.zeros(5), np.zeros((9, 5), np.int32)):
        state = simulator.state.copy()
        setattr(state, field, wrong)
        with pytest.raises(
            InvalidValue, match=rf"State\.{field} = .*: must be \('int32', \(.*5\,?\)\)\. .*same program"
        ):
            simulator.state = state
