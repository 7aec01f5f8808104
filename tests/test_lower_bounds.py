"""Whatever is described, the Program keeps every limit of the chip and the report tells what that cost, or it is refused."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurolsm as nl
from neurolsm.conformance.generate import SIGN_RANGES
from neurolsm.describe.draw import draw
from neurolsm.errors import InvalidValue, NotAvailable, TargetRefusal
from neurolsm.lowering.response import peak
from neurolsm.lowering.target import CURRENT_LIMIT
from neurolsm.semantics import ReferenceSimulator

numbers = st.sampled_from([1e-4, 1e-3, 0.03, 0.3, 1.0, 5.0, 40.0])
laws = st.one_of(
    numbers,
    st.builds(nl.Gamma, numbers, st.sampled_from([0.3, 1.0, 3.0])),
    st.builds(nl.Lognormal, numbers, st.sampled_from([0.3, 1.0, 3.0])),
    st.builds(nl.Uniform, st.just(0.0), numbers),
)
taus = st.one_of(
    st.sampled_from([1e-6, 1e-3, 4e-3, 30e-3, 1.0, np.inf]), st.builds(nl.Uniform, st.just(1e-3), st.just(50e-3))
)
shares = st.sampled_from([0.0, 0.2, 0.8, 1.0])
neurons = st.one_of(
    st.builds(nl.LIF, tau_syn=taus, tau_mem=taus, t_refractory=st.sampled_from([0, 2e-3, 63e-3]), v_leak=st.sampled_from([0, 0.5, 1.5])),
    st.builds(nl.AdaptiveLIF, tau_syn=taus, tau_mem=taus, tau_adapt=taus, adapt_step=st.sampled_from([0, 0.1, 3.0, 1000.0])),
)  # fmt: skip
topologies = st.one_of(
    st.builds(nl.RandomGraph, n=st.integers(1, 60), density=shares, inhibitory=shares),
    st.builds(nl.Column, shape=st.tuples(*[st.integers(1, 4)] * 3), wavelength=st.sampled_from([0.5, 2.0, np.inf]), inhibitory=shares),
    st.builds(nl.SmallWorld, n=st.integers(11, 60), rewire=shares, inhibitory=shares),
)  # fmt: skip
liquids = st.builds(
    nl.Liquid,
    topology=topologies,
    neuron=neurons,
    weights=st.one_of(laws, st.builds(nl.Pairs, laws, laws, laws, laws)),
    delays=st.sampled_from([0.0, 62e-3, nl.Uniform(0, 20e-3)]),
    input=st.builds(nl.RandomMap, density=shares, weight=laws, inhibitory=shares, delay=st.sampled_from([0.0, 5e-3])),
)
lsms = st.builds(
    nl.LSM,
    inputs=st.integers(1, 40),
    liquid=st.one_of(liquids, st.builds(lambda *parts: nl.Series(parts), liquids, liquids)),
    seed=st.integers(0, 2**63 - 1),
)


def check_limits(program):
    n, c = program.neurons, {}
    for field, low, high in (
        ("du", 0, 4095), ("dv", 0, 4096), ("vth", 1, 131071), ("bias_mant", -4096, 4095), ("bias_exp", 0, 7),
        ("refractory", 0, 63), ("theta_step", 0, 2**23 - 1), ("theta_decay", 0, 4096),
    ):  # fmt: skip
        values = getattr(n, field)
        assert values.dtype == np.int32 and values.shape == (program.n,)
        assert low <= values.min() and values.max() <= high, field
    load = np.zeros(program.n, np.int64)
    for p in program.projections:
        low, high = SIGN_RANGES[p.sign_mode]
        assert 0 <= p.weight_exp <= 7
        assert p.weight.dtype == np.int16 and low <= p.weight.min(initial=0) and p.weight.max(initial=0) <= high
        assert (p.weight != 0).all()
        assert p.delay.dtype == np.uint8 and p.delay.max(initial=0) <= 62
        sources = program.n_inputs if p.source == "input" else program.n
        assert p.indptr.dtype == np.int64 and p.indptr.shape == (sources + 1,) and p.indptr[-1] == p.size
        assert p.post.dtype == np.int32
        assert (np.diff(p.pre * program.n + p.post) > 0).all()  # sorted, each pair once
        np.add.at(load, p.post, np.abs(p.effective.astype(np.int64)))
        for key in zip(p.pre.tolist(), p.post.tolist(), strict=True):
            assert c.setdefault((p.source, *key), p.name) == p.name
    assert load.max(initial=0) < CURRENT_LIMIT
    return load


@settings(max_examples=150)
@given(lsms, st.sampled_from(["loihi1", "loihi2"]))
def test_every_limit_is_kept_or_the_description_is_refused(lsm, target):
    try:
        lowered = nl.lower(lsm, target)
    except TargetRefusal as refusal:
        assert f"target {target} cannot hold LSM." in str(refusal)
        # only what one threshold for the whole chip cannot express; nothing here is too large for a chip
        assert any(words in str(refusal) for words in ("v_leak", "summed input", "round to 0")), refusal
        return
    program, report = lowered.program, lowered.report
    load = check_limits(program)
    bounds = {b.what: b for b in report.bounds}
    assert all(b.kept for b in report.bounds if b.fatal)
    assert bounds["summed input of a step, worst case"].used == load.max(initial=0)
    assert bounds["synapses"].used == program.synapses and bounds["neurons"].used == program.n
    assert bounds["delay, steps"].used == program.max_delay
    assert program.target == target and program.integer
    assert str(report).startswith(f"lowered for {target}")


def network(weight=0.3, n=50, **changes):
    liquid = {"topology": nl.RandomGraph(n=n, density=0.3), "input": nl.RandomMap(weight=weight), **changes}
    return nl.LSM(inputs=10, liquid=nl.Liquid(**liquid), seed=1)


def test_the_error_that_is_reported_is_the_error_that_was_made():
    lsm = network(weights=nl.Gamma(0.2), delays=nl.Uniform(0, 20e-3), neuron=nl.LIF(tau_mem=nl.Uniform(5e-3, 50e-3)))
    lowered, drawn = nl.lower(lsm), draw(lsm)
    reported = {q.what: q for q in lowered.report.quantised}
    for edges in drawn.edges:
        for sign, name in ((1, "excitatory"), (-1, "inhibitory")):
            (p,) = [p for p in lowered.program.projections if p.name == f"{edges.name}/{name}"]
            chosen = np.sign(edges.weight) == sign
            # in units of the deflection: integer weight times the peak of its target, in thresholds
            a, b = 1 - (lowered.program.neurons.du + 1) / 4096, 1 - lowered.program.neurons.dv / 4096
            wanted = np.zeros((max(drawn.n, 10), drawn.n))
            wanted[edges.pre[chosen], edges.post[chosen]] = edges.weight[chosen] / peak(a, b)[edges.post[chosen]]
            got = np.zeros_like(wanted)
            got[p.pre, p.post] = p.effective / lowered.program.neurons.vth[0]
            error = np.abs(got - wanted) / np.abs(wanted).max()
            q = reported[f"{edges.name}/{name} weight"]
            assert q.count == chosen.sum()
            assert q.worst_error == pytest.approx(error.max())
            assert q.rms_error == pytest.approx(np.sqrt((error**2).sum() / q.count))
            assert q.worst_error <= 0.5 / 127.5 + 1e-12  # the largest weight uses at least half of the lattice
    tau = drawn.constants["tau_mem"]
    error = np.abs(lowered.program.neurons.dv / 4096 - (1 - np.exp(-1e-3 / tau)))
    assert reported["voltage decay"].worst_error == pytest.approx(error.max())
    assert error.max() <= 0.5 / 4096
    assert reported["liquid/recurrent delay"].worst_error <= 0.5e-3 + 1e-12


def test_one_lattice_is_used_to_the_full():
    lowered = nl.lower(network(weight=nl.Uniform(0.1, 0.9)))
    assert max(np.abs(p.weight).max() for p in lowered.program.projections if p.weight_exp == 0) >= 250
    (bound,) = [b for b in lowered.report.bounds if b.what == "threshold mantissa"]
    assert bound.used == lowered.program.neurons.vth[0] > 200


def test_what_was_clipped_is_counted():
    report = nl.lower(network(neuron=nl.AdaptiveLIF(adapt_step=1e6))).report
    assert [(c.what, c.count, c.total) for c in report.clipped] == [("adaptive step", 50, 50)]
    assert "clipped  adaptive step" in str(report) and report.to_dict()["clipped"][0]["count"] == 50


def test_weights_that_round_to_nothing_are_noted():
    lsm = network(weights=nl.Gamma(0.2, 4.0))
    lowered, drawn = nl.lower(lsm), draw(lsm)
    missing = drawn.edges[1].weight.size - sum(p.size for p in lowered.program.projections if "recurrent" in p.name)
    noted = [
        int(note.split(": ")[1].split()[0])
        for note in lowered.report.notes
        if "recurrent" in note and "dropped" in note
    ]
    assert missing == sum(noted) > 0


def test_many_weights_that_round_up_lower_the_threshold():
    """Two thousand weights of half a unit beside one of 255 units would double the summed input by rounding."""
    matrix = np.zeros((2001, 2001))
    matrix[:2000, 0] = 0.0102
    matrix[2000, 1] = 5.0
    lsm = nl.LSM(
        inputs=1,
        liquid=nl.Liquid(topology=nl.Explicit(matrix), input=nl.RandomMap(density=0.01, weight=0.02, inhibitory=0)),
    )
    assert check_limits(nl.lower(lsm).program).max() > 0.8 * CURRENT_LIMIT


def test_a_strong_leak_lowers_the_threshold():
    """Without synapses the threshold would be the highest there is, at which this bias does not fit."""
    program = nl.lower(network(weight=0.0, weights=0.0, neuron=nl.LIF(tau_mem=5e-3, v_leak=1.2))).program
    check_limits(program)
    assert program.neurons.bias.max() == pytest.approx(524160, rel=0.001)


def test_currents_that_could_wrap_are_noted():
    strong = nl.lower(network(weight=nl.Uniform(0.1, 4.0), neuron=nl.LIF(tau_syn=1.0)))
    (bound,) = [b for b in strong.report.bounds if b.what.startswith("current if every input")]
    assert not bound.kept and not bound.fatal
    assert any("could wrap" in note for note in strong.report.notes) and "EXCEEDED" in str(strong.report)


@pytest.mark.parametrize(
    ("lsm", "words"),
    [
        (network(weight=1e6), r"loihi2 cannot hold LSM\.liquid\.weights = '.* thresholds into neuron \d+': the summed input of a step must stay below 131072\. Lower"),
        (network(neuron=nl.LIF(t_refractory=64e-3)), r"neuron\.t_refractory = 0\.064: is 64 steps, the limit is 63\. Shorten"),
        (network(neuron=nl.LIF(t_refractory=3e6)), r"neuron\.t_refractory = 3000000\.0: is 3000000000 steps, the limit is 63"),
        (network(neuron=nl.LIF(tau_mem=1e-3, v_leak=1e6)), r"neuron\.v_leak = .*: needs a bias above 524160 at this threshold\. Lower v_leak"),
        (nl.LSM(inputs=(1 << 17) + 1, liquid=nl.Liquid(topology=nl.RandomGraph(n=1), input=nl.RandomMap(density=1.0))), r"LSM\.weights \(liquid/input/excitatory\) = 0\.3: all \d+ weights round to 0 at the highest threshold that the others allow, mantissa \d+\. Raise"),
    ],
)  # fmt: skip
def test_what_a_target_cannot_hold_is_refused(lsm, words):
    with pytest.raises(TargetRefusal, match=words):
        nl.lower(lsm)


def test_the_report_is_of_the_program_with_its_readout():
    lowered = nl.lower(replace(network(), readout=nl.DeltaReadout(classes=10)))
    program, bounds = lowered.program, {b.what: b for b in lowered.report.bounds}
    load = np.zeros(program.n)
    for p in program.projections:
        np.add.at(
            load, p.post, (np.full(p.size, 255) if p.plasticity else np.abs(p.weight.astype(int))) << p.weight_exp
        )
    assert bounds["neurons"].used == program.n > 50
    assert bounds["synapses"].used == program.synapses
    assert bounds["summed input of a step, worst case"].used == load[:50].max()
    assert bounds["the same for the readout"].used == load[50:].max()
    assert len(bounds) == len(lowered.report.bounds)


def test_a_readout_that_the_target_cannot_hold_is_refused():
    lsm = nl.LSM(
        inputs=1,
        liquid=nl.Liquid(topology=nl.SmallWorld(n=70_000, neighbours=0)),
        readout=nl.DeltaReadout(classes=2, windows=1),
    )
    with pytest.raises(
        TargetRefusal, match=r"'140,002 neurons': the limit is 131,072\. Make the network or its readout smaller"
    ):
        nl.lower(lsm, "loihi1")


def test_limits_belong_to_the_target():
    lsm = nl.LSM(inputs=1, liquid=nl.Liquid(topology=nl.SmallWorld(n=131_073, neighbours=0)))
    with pytest.raises(
        TargetRefusal,
        match=r"loihi1 cannot hold LSM\.liquid\.topology = '131,073 neurons': the limit is 131,072\. Make",
    ):
        nl.lower(lsm, "loihi1")
    assert nl.lower(lsm, "loihi2").program.n == 131_073


@pytest.mark.parametrize(("seconds", "steps"), [(62e-3, 62), (62.4e-3, 62), (0.4e-3, 0), (0.6e-3, 1)])
@pytest.mark.parametrize("arithmetic", ["loihi", "float"])
def test_delays_in_steps(seconds, steps, arithmetic):
    assert nl.lower(network(delays=seconds), arithmetic=arithmetic).program.max_delay == steps


@pytest.mark.parametrize("arithmetic", ["loihi", "float"])
@pytest.mark.parametrize("where", [{"delays": 63e-3}, {"input": nl.RandomMap(delay=63e-3)}, {"delays": nl.Gamma(1e6)}])
def test_a_delay_of_63_steps_is_refused(where, arithmetic):
    with pytest.raises(
        InvalidValue, match=r"Liquid\.delays \(liquid/\w+\) = '.* s': is \d+ steps, the limit is 62\. Shorten"
    ):
        nl.lower(network(**where), arithmetic=arithmetic)


def test_unknown_words():
    with pytest.raises(NotAvailable, match=r"target 'loihi3' is unknown\. Known targets are: loihi1, loihi2"):
        nl.lower(network(), "loihi3")
    with pytest.raises(NotAvailable, match=r"arithmetic 'double' is unknown\. Choose 'loihi' or 'float'"):
        nl.lower(network(), arithmetic="double")
    with pytest.raises(InvalidValue, match=r"lower\.lsm = 'Liquid': must be an LSM"):
        nl.lower(network().liquid)


def test_float_arithmetic_keeps_everything_as_described():
    lsm = network(
        weights=nl.Gamma(0.2, 3.0), neuron=nl.AdaptiveLIF(t_refractory=5e-3, v_leak=0.5, tau_adapt=0.1, adapt_step=0.3)
    )
    program = nl.lower(lsm, arithmetic="float").program
    drawn = draw(lsm)
    assert (program.target, program.arithmetic) == ("none", "float")
    assert program.synapses == sum(e.weight.size for e in drawn.edges)
    assert program.neurons.vth.tolist() == [1.0] * 50
    assert np.allclose(program.neurons.du, 1 - np.exp(-1 / 4)) and np.allclose(program.neurons.dv, 1 - np.exp(-1 / 30))
    assert np.allclose(program.neurons.theta_decay, 1 - np.exp(-1 / 100)) and (program.neurons.theta_step == 0.3).all()
    assert (program.neurons.refractory == 5).all()


@pytest.mark.parametrize("arithmetic", ["loihi", "float"])
def test_without_input_a_membrane_relaxes_to_its_leak_level(arithmetic):
    """Also a clock: v_leak = 1.5 crosses 1 when 1.5 (1 - exp(-t / tau)) does, t = tau ln 3."""
    low = network(neuron=nl.LIF(tau_mem=10e-3, v_leak=0.8))
    program = nl.lower(low, arithmetic=arithmetic).program
    silence = nl.Spikes.from_events([([], [])], 150, 10)
    v = ReferenceSimulator(program).run(silence).v / (program.neurons.vth * (64 if program.integer else 1))
    assert v == pytest.approx(0.8, rel=0.01)
    fast = network(weight=0.0, weights=0.0, neuron=nl.LIF(tau_mem=100e-3, v_leak=1.5))
    recording = ReferenceSimulator(nl.lower(fast, arithmetic=arithmetic).program).run(silence)
    assert recording.spikes.events(0)[0][0] == pytest.approx(100 * np.log(3), abs=1.5)
