"""What is allowed and probably not meant is said once, by object, field, value, what is usual and remedy; what is meant is not."""

import subprocess
import sys
import warnings
from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurolsm as nl
from neurolsm.encode import RateEncoder, SignedRateEncoder, Together, Transformed, count_clipped
from neurolsm.errors import UnusualValue
from neurolsm.readout.activity import busy_share, check_activity, listened, overflowing, repeat

TOPOLOGY = nl.RandomGraph(n=20)


def lsm(neuron=None, dt=1e-3, **liquid):
    return nl.LSM(inputs=4, liquid=nl.Liquid(topology=TOPOLOGY, neuron=neuron or nl.LIF(), **liquid), dt=dt)


def said(make):
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        make()
    return [str(w.message) for w in found if issubclass(w.category, UnusualValue)]


UNUSUAL = [
    (lambda: nl.LIF(tau_mem=30.0), "LIF.tau_mem = 30.0: "),
    (lambda: nl.LIF(tau_mem=20), "LIF.tau_mem = 20.0: "),
    (lambda: nl.LIF(tau_mem=nl.Uniform(10, 50)), "LIF.tau_mem = Uniform"),
    (lambda: nl.LIF(tau_mem=nl.Gamma(20.0)), "LIF.tau_mem = Gamma"),
    (lambda: nl.LIF(tau_syn=nl.Constant(30)), "LIF.tau_syn = Constant"),
    (lambda: nl.AdaptiveLIF(tau_mem=30.0), "AdaptiveLIF.tau_mem = 30.0: "),
    (lambda: nl.AdaptiveLIF(tau_adapt=100.0), "AdaptiveLIF.tau_adapt = 100.0: "),
    (lambda: lsm(nl.LIF(tau_syn=4.0)), "LIF.tau_syn = 4.0: lasts 4000 steps"),
    (lambda: lsm(nl.LIF(tau_mem=1e-4)), "LIF.tau_mem = 0.0001: is shorter than a step"),
    (lambda: lsm(nl.LIF(tau_syn=4e-6)), "LIF.tau_syn = 4e-06: is shorter than a step"),
    (lambda: lsm(inhibitory_neuron=nl.LIF(tau_mem=20e-6)), "LIF.tau_mem = 2e-05: is shorter than a step"),
    (lambda: lsm(dt=1.0), "LSM.dt = 1.0: "),
    (lambda: lsm(dt=1), "LSM.dt = 1.0: "),
    (lambda: nl.EventEncoder(n_channels=1, steps=9, dt=1.0), "EventEncoder.dt = 1.0: "),
    (lambda: nl.STDP(tau_plus=20.0), "STDP.tau_plus = 20.0: "),
    (lambda: nl.TripletSTDP(tau_y=125), "TripletSTDP.tau_y = 125.0: "),
    (lambda: nl.RewardSTDP(tau_minus=20), "RewardSTDP.tau_minus = 20.0: "),
    (lambda: nl.RewardSTDP(tau_eligibility=128), "RewardSTDP.tau_eligibility = 128.0: "),
    (lambda: nl.Oja(tau=20), "Oja.tau = 20.0: "),
    (lambda: nl.DeltaRule(tau=100), "DeltaRule.tau = 100.0: "),
    (lambda: nl.LowPass(tau=30e-3), "LowPass.tau = 0.03: "),
    (lambda: nl.LIF(t_refractory=2), "LIF.t_refractory = 2.0: "),
    (lambda: nl.Rule(dw="x1*y0", x1_tau=20), "Rule.x1_tau = 20.0: "),
    (lambda: nl.IntrinsicPlasticity(period=1000), "IntrinsicPlasticity.period = 1000.0: "),
    (lambda: nl.ShortTermPlasticity(recovery=1100), "ShortTermPlasticity.recovery = 1100.0: "),
    (lambda: nl.ShortTermPlasticity(facilitation=nl.Gamma(50)), "ShortTermPlasticity.facilitation = Gamma"),
    (lambda: RateEncoder().encode(np.linspace(0, 1.1, 100)[None]), "RateEncoder.high = 1.0: more than 5 %"),
    (lambda: RateEncoder().encode(np.linspace(-3, 1, 100)[None]), "RateEncoder.low = 0.0: more than 5 %"),
    (lambda: RateEncoder().encode(np.full((3, 4), 200.0)), "RateEncoder.high = 1.0: more than 5 %"),
    (lambda: RateEncoder(high=(1, 2)).encode(np.full((3, 2), 1.5)), "RateEncoder.high = (1.0, 2.0): more than 5 %"),
    (lambda: nl.PoissonEncoder().encode(np.full((3, 9, 4), 200)), "PoissonEncoder.high = 1.0: more than 5 %"),
    (lambda: nl.LatencyEncoder().encode([[3.0, 4.0]]), "LatencyEncoder.high = 1.0: more than 5 %"),
    (lambda: nl.PopulationEncoder().encode([[3.0, 4.0]]), "PopulationEncoder.high = 1.0: more than 5 %"),
    (lambda: SignedRateEncoder().encode([[3.0, -4.0, 0.0]]), "SignedRateEncoder.high = 1.0: more than 5 %"),
    (lambda: nl.Sweep(shape=(2, 2)).encode(np.full((1, 2, 2), 255)), "RateEncoder.high = 1.0: more than 5 %"),
]


@pytest.mark.parametrize(("make", "start"), UNUSUAL, ids=[start for _, start in UNUSUAL])
def test_what_is_probably_not_meant_is_said(make, start):
    (text,) = said(make)
    assert text.startswith(start) and "usual" in text + "usual" * ("shorter than a step" in text)
    assert len(text.rsplit(". ", 1)[1].split()) >= 2, f"no remedy: {text}"


@pytest.mark.parametrize(
    "make",
    [
        lambda: [nl.LIF(), nl.AdaptiveLIF(), nl.LIF(tau_mem=np.inf, tau_syn=np.inf), nl.AdaptiveLIF(tau_adapt=2.0)],
        lambda: [nl.LIF(tau_mem=1.0), nl.LIF(tau_mem=nl.Lognormal(20e-3))],
        lambda: [nl.STDP(), nl.TripletSTDP(), nl.RewardSTDP(), nl.Oja(), nl.DeltaRule(), nl.PrototypeRule(), nl.SynapticScaling()],
        lambda: [nl.RewardSTDP(tau_eligibility=np.inf), nl.IntrinsicPlasticity(), nl.Rule(dw="x1*y0"), nl.ShortTermPlasticity()],
        lambda: lsm(nl.LIF(tau_syn=1e-4)),  # one step
        lambda: lsm(nl.LIF(tau_syn=5e-5), dt=5e-4),
        lambda: lsm(nl.LIF(tau_syn=8.0, tau_mem=0.1), dt=0.05),  # slow currents on a coarse step
        lambda: nl.LSM(inputs=3, liquid=nl.Series((nl.gain_control(3), nl.Liquid(topology=TOPOLOGY))), dt=2e-3),
        lambda: [nl.Counts(), nl.LowPass(), nl.LowPass(tau=1), nl.EventEncoder(n_channels=1, steps=9, dt=1e-3)],
        lambda: RateEncoder().encode(np.linspace(-0.02, 1.02, 100)[None]),  # 4 % lie outside
        lambda: RateEncoder().encode(np.full((3, 4), 1 + 1e-7)),  # rounded
        lambda: SignedRateEncoder().encode(np.linspace(-1, 1, 100)[None]),
        lambda: RateEncoder().encode(np.zeros((0, 4))),
    ],
)  # fmt: skip
def test_what_is_meant_is_not(make):
    assert said(make) == []


@given(st.lists(st.floats(-2, 3), min_size=1, max_size=60))
@settings(max_examples=100, deadline=None)
def test_clipping_is_said_beyond_five_percent(values):
    for encoder in (RateEncoder(), SignedRateEncoder(high=1.5), Together((RateEncoder(), nl.LatencyEncoder()))):
        share = count_clipped(encoder, [values]) / len(values) / len(getattr(encoder, "encoders", (1,)))
        assert bool(said(lambda e=encoder: e.encode([values]))) == (share > 0.05)


def test_clipped_values_of_nested_encoders_are_counted():
    x = np.array([[-3.0, 0.5, 2.0]])
    assert count_clipped(SignedRateEncoder(), x) == 2
    assert count_clipped(Together((SignedRateEncoder(), RateEncoder(), RateEncoder(high=5))), x) == 5
    assert count_clipped(Transformed(transform=lambda sample: sample / 10, encoder=RateEncoder()), x) == 1


def test_each_place_says_it_once_and_names_the_line_of_the_user():
    code = """
import numpy as np, neurolsm as nl
for k in range(3):
    nl.LIF(tau_mem=30.0)
    nl.RateEncoder().encode(np.random.default_rng(k).random((5, 4)) * 1.3)
nl.LIF(tau_mem=30.0)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    lines = [line for line in done.stderr.splitlines() if "UnusualValue" in line]
    assert [line.split(": ")[0] for line in lines] == ["<string>:4", "<string>:5", "<string>:6"]


def test_they_can_be_errors_and_are_user_warnings():
    assert issubclass(nl.UnusualValue, UserWarning)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UnusualValue)
        with pytest.raises(UnusualValue):
            nl.LIF(tau_mem=30.0)


# ---------------------------------------------------------------------- liquids


def model(weight, **options):
    liquid = nl.Liquid(topology=TOPOLOGY, weights=0.01, input=nl.RandomMap(density=1.0, weight=weight, inhibitory=0.0))
    encoder = RateEncoder(steps=20)
    return nl.LSMClassifier(nl.LSM(inputs=4, liquid=liquid), encoder, backend="reference", batch_size=8, **options)


X, Y = 0.5 + np.random.default_rng(0).random((16, 4)) / 2, np.arange(16) % 2
DEAD, SATURATED = "LSM.liquid = '20 neurons': is dead", "LSM.liquid = '20 neurons': is saturated"


@pytest.mark.parametrize(("weight", "start"), [(1e-3, DEAD), (0.25, SATURATED), (0.1, None)])
def test_dead_and_saturated_liquids_are_named(weight, start):
    for run in (lambda: model(weight).fit(X, Y), lambda: nl.evaluate(model(weight), X, Y, splits=1)):
        texts = set(said(run))
        assert len(texts) == (start is not None) and all(text.startswith(start) for text in texts)


@pytest.mark.parametrize("driven", [7, 9])
def test_two_fifths_that_fire_all_the_time_are_enough(driven):
    """Of 20 neurons 7 or 9 fire in every step and the rest never, so that the mean is below one half either way."""

    @dataclass(frozen=True)
    class Some:
        weight: float = 0.25

        def pairs(self, sources, n, generator):
            return np.repeat(np.arange(sources), driven), np.tile(np.arange(driven), sources)

    lsm = model(0.1).lsm
    lsm = replace(lsm, liquid=replace(lsm.liquid, input=Some()))
    with nl.open_simulator(nl.lower(lsm).program, "reference") as simulator:
        found = simulator.run(RateEncoder(steps=20).encode(X)).spikes
        assert busy_share(simulator.program, found) == driven / 20
    texts = set(said(lambda: nl.LSMClassifier(lsm, RateEncoder(steps=20), backend="reference").fit(X, Y)))
    assert len(texts) == (driven == 9) and all(text.startswith(SATURATED) for text in texts)


@pytest.mark.parametrize("inhibitory", [0.0, 0.2, 1.0])
@pytest.mark.parametrize("refractory", [0.0, 1e-3, 5e-3])
@pytest.mark.parametrize("weight", [0.5, 1.0, 20.0])
def test_a_liquid_whose_currents_wrap_is_saturated(weight, refractory, inhibitory):
    """Beyond 24 bits a current changes its sign, so the most strongly driven neurons fall silent and the counts look usual."""
    neuron, mapping = nl.LIF(t_refractory=refractory), nl.RandomMap(density=1.0, weight=weight, inhibitory=inhibitory)
    liquid = nl.Liquid(topology=TOPOLOGY, neuron=neuron, weights=0.01, input=mapping)
    driven = nl.LSMClassifier(nl.LSM(inputs=4, liquid=liquid), RateEncoder(steps=20), backend="reference", batch_size=8)
    texts = said(lambda: driven.fit(X, Y))
    assert texts and all(text.startswith(SATURATED) for text in texts)


def test_a_current_that_lasts_one_step_does_not_wrap():
    layer = nl.Series((nl.gain_control(4), nl.Liquid(topology=TOPOLOGY, input=nl.RandomMap(density=0.5, weight=0.1))))
    driven = nl.LSMClassifier(nl.LSM(inputs=4, liquid=layer), RateEncoder(steps=20), backend="reference")
    assert said(lambda: driven.fit(np.ones_like(X), Y)) == []


@pytest.mark.parametrize(
    "readout", [nl.DeltaReadout(classes=2), nl.PrototypeReadout(neurons=8), nl.DeltaReadout(classes=2, windows=1)]
)
@pytest.mark.parametrize(("weight", "start"), [(1e-3, DEAD), (0.25, SATURATED), (1.0, SATURATED), (0.1, None)])
def test_a_deployment_names_a_dead_or_saturated_liquid(weight, start, readout):
    described = replace(model(weight).lsm, readout=readout)
    with nl.deploy(described, RateEncoder(steps=20), labels=[0, 1], backend="reference") as chip:
        for act in (lambda: chip.learn(X, Y), lambda: chip.predict(X)):
            with warnings.catch_warnings():
                texts = set(said(act))
            assert len(texts) == (start is not None) and all(text.startswith(start) for text in texts)


def test_the_share_that_wraps_is_exact():
    program = nl.lower(model(1.0).lsm).program
    inputs = RateEncoder(steps=20).encode(X)
    with nl.open_simulator(program, "reference") as simulator:
        found = simulator.run(inputs, trace=("u",))
    u = found.traces["u"].reshape(16, 20, -1).astype(float)
    before = np.concatenate([np.zeros_like(u[:, :1]), u[:, :-1]], axis=1) * (1 - (program.neurons.du + 1) / 4096)
    assert (np.abs(u - before) > 2**23).mean(axis=(0, 1)).min() > 0.1  # all of them wrap, in every tenth step or more
    assert overflowing(program, inputs, found.spikes.count, program.n) == 1
    weak = nl.lower(model(0.1).lsm).program
    assert overflowing(weak, inputs, found.spikes.count, weak.n) == 0


def test_what_a_worker_finds_is_said_where_the_user_is():
    x = RateEncoder(steps=20).encode(X)
    result, found = listened(model(1e-3).fit(X, Y).states_.run, x)
    assert result.spikes.sum() == 0 and found[0][0] is UnusualValue
    assert said(lambda: repeat(found))[0].startswith(DEAD)


@pytest.mark.nightly
@pytest.mark.parametrize(("weight", "start"), [(1e-3, DEAD), (0.1, None)])
def test_what_workers_find_is_said_here(weight, start):
    texts = set(said(lambda: model(weight, workers=2).fit(X, Y)))
    assert len(texts) == (start is not None) and all(text.startswith(start) for text in texts)


def test_darkness_is_no_dead_liquid():
    def batch(counts, raster):
        program = SimpleNamespace(n=2, integer=False, neurons=SimpleNamespace(refractory=np.array([0, 1])))
        return said(lambda: check_activity(program, nl.Spikes.from_dense(raster), np.array(counts)))

    dark, bright = np.zeros((2, 10, 3)), np.ones((2, 10, 3))
    assert batch([0, 0], dark) == [] and batch([0, 1], bright) == [] and batch([0], bright[:1]) == []
    assert batch([0, 0], bright)[0].startswith("LSM.liquid = '2 neurons': is dead")
    long = np.ones((2, 1100, 3))
    assert batch([1, 1], long)[0].startswith(
        "LSM.liquid = '2 neurons': is nearly dead"
    )  # 2 spikes of 2 neurons in 2,200 steps
    assert batch([3, 2], long) == []
    assert batch([8, 7], bright) == []  # 15 of the 10 + 5 spikes that are possible in each sample
    assert batch([8, 8], bright)[0].startswith("LSM.liquid = '2 neurons': is saturated")


@pytest.mark.parametrize("batches", [[(0.43, 4), (0.47, 4)], [(0.0, 1), (0.0, 2)]], ids=["saturated", "nearly dead"])
def test_batches_that_differ_a_little_say_the_same(batches):
    program = SimpleNamespace(n=2, integer=False, neurons=SimpleNamespace(refractory=np.array([0, 1])))
    long = nl.Spikes.from_dense(np.ones((2, 1100, 3)))
    texts = said(lambda: [check_activity(program, long, np.array([n, 1]), busy=busy) for busy, n in batches])
    assert texts and len(set(texts)) == 1, "so that each is shown once"


# ---------------------------------------------------------------------- the project's own settings


def test_models_and_defaults_are_usual():
    from neurolsm_models.language.liquid import Size, describe
    from neurolsm_models.maass.column import column
    from neurolsm_models.navigation import network

    from neurolsm.estimators.default import default_lsm
    from neurolsm.tasks.model import Model, get, names

    def make():
        for name in names():
            found = get(name)
            if isinstance(found, Model):
                found.lsm(0)
        default_lsm(10, 0)
        network.lsm(0)
        column(4, 0)
        describe(Size(), 4, 0)

    assert said(make) == []


def test_the_demo_is_usual():
    from neurolsm.tasks.model import get

    found = get("digits")
    data = found.load().subset(60)

    def run():
        nl.LSMClassifier(found.lsm(0), found.encoder, found.features, found.readout()).fit(data.x, data.y)

    assert said(run) == []


@pytest.mark.nightly
def test_the_data_of_the_models_are_usual():
    """No encoder of a model clips more than it should, and no liquid is dead or saturated."""
    from neurolsm.tasks.model import Model, get, names

    for name in names():
        found = get(name)
        if not isinstance(found, Model) or found.lsm(0).n > 2000:
            continue
        try:
            data = found.load().subset(40)
        except nl.NotAvailable:
            continue

        def run(found=found, data=data):
            model = nl.LSMClassifier(found.lsm(0), found.encoder, found.features)
            model.fit(data.x, data.y)

        assert said(run) == [], name
