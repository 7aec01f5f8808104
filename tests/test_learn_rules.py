"""Ready rules against their own formulas: windows and fixed points, computed by hand from the equations."""

from fractions import Fraction
from math import prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import neurolsm as nl
from neurolsm.program import Projection
from neurolsm.program.plasticity import SYNAPSE, TRACES, Factor, Plasticity, Product
from neurolsm.program.state import PlasticState
from neurolsm.semantics.learning import learn

DT = 1e-3


def change(
    rule: Plasticity, pre_times, post_times, *, steps=200, weight=100, copies=400, third=None, sign="excitatory"
):
    """Mean weight change of many synapses (own rounding) between one source and one target that fire at given steps."""
    size = copies
    projection = Projection(
        "p", "input", sign, 0, np.array([0, size]), np.arange(size, dtype=np.int32), np.full(size, weight, np.int16),
        np.zeros(size, np.uint8), rule,
    )  # fmt: skip
    state = PlasticState.initial(projection, 1, size)
    for t in range(steps):
        values = {name: np.full(size, (third or {}).get(t, 0)) for name in ("y1", "y2", "y3")}
        learn(projection, state, t + 1, np.array([t in pre_times]), np.full(size, t in post_times), values)
    return state.weight.mean() - weight, state


@pytest.mark.parametrize("gap", [1, 5, 10, 20, 40])
def test_stdp_window(gap):
    rule = nl.STDP(tau_plus=20e-3, tau_minus=10e-3, a_plus=8.0, a_minus=4.0, impulse=64, stream=SYNAPSE).lower(DT)
    later, _ = change(rule, {10}, {10 + gap})
    earlier, _ = change(rule, {10 + gap}, {10})
    assert later == pytest.approx(8.0 * np.exp(-gap / 20), abs=0.35)
    assert earlier == pytest.approx(-4.0 * np.exp(-gap / 10), abs=0.35)


def test_multiplicative_stdp_slows_towards_the_bounds():
    rule = nl.STDP(a_plus=16.0, a_minus=16.0, impulse=16, multiplicative=True, stream=SYNAPSE).lower(DT)
    for weight in (20, 120, 240):
        up, _ = change(rule, {10}, {11}, weight=weight)
        down, _ = change(rule, {11}, {10}, weight=weight)
        assert up == pytest.approx(16 * np.exp(-1 / 20) * (255 - weight) / 255, abs=0.7)
        assert down == pytest.approx(-16 * np.exp(-1 / 20) * weight / 255, abs=0.7)


def test_triplet_rule_depends_on_the_earlier_spike_of_the_target():
    rule = nl.TripletSTDP(a2_plus=1.0, a3_plus=8.0, a2_minus=0.0, a3_minus=0.0, tau_y=100e-3, stream=SYNAPSE).lower(DT)
    alone, _ = change(rule, {50}, {55})
    after, _ = change(rule, {50}, {30, 55})
    fast = np.exp(-5 / 16.8)
    assert alone == pytest.approx(fast * 1.0, abs=0.25)
    assert after == pytest.approx(fast * (1.0 + 8.0 * np.exp(-25 / 100)), abs=0.7)


def test_reward_turns_the_tag_into_a_weight():
    rule = nl.RewardSTDP(a_plus=32.0, a_minus=0.0, rate=2.0**-6, decimate=0, tau_eligibility=128e-3, stream=SYNAPSE)
    fading = np.exp(-1 / 20) * 32 * (1 - 1 / 128) ** 20
    for reward in (40, -40, 0):
        dw, _ = change(rule.lower(DT), {10}, {11}, third={31: reward}, steps=40)
        assert dw == pytest.approx(reward * fading / 64, abs=1.0)


@pytest.mark.parametrize("decimate", [0, 1, 2])
def test_the_tag_fades_with_its_time_constant(decimate):
    """One pair in step 11 writes 128 into the tag; eight steps and a time constant of 8 steps later 1/e of it is left."""
    rule = nl.RewardSTDP(
        a_plus=128.0, a_minus=0.0, impulse=64, tau_plus=1e6, tau_eligibility=8e-3, decimate=decimate, stream=SYNAPSE
    )
    _, state = change(rule.lower(DT), {10}, {11}, steps=12)
    written = state.tag1.mean()
    _, state = change(rule.lower(DT), {10}, {11}, steps=20)
    assert state.tag1.mean() / written == pytest.approx(np.exp(-1), rel=0.1)


@pytest.mark.parametrize("rate", [2.0**-6, 2.0**-8])
def test_what_the_engine_cuts_from_a_reward_is_as_small_as_the_docstring_says(rate):
    rule = nl.RewardSTDP(
        a_plus=16.0, a_minus=0.0, impulse=64, rate=rate, decimate=0, tau_eligibility=np.inf, stream=SYNAPSE
    )
    for reward in (100, -100, 33):
        dw, state = change(rule.lower(DT), {10}, {11}, third={31: reward}, steps=40, copies=40_000)
        exact = rate * reward * state.tag1.mean()
        assert exact - 6 * rate < dw < exact + 0.02


def test_potentiation_makes_inhibition_stronger():
    """The same rule and spikes at an excitatory synapse of 100 and an inhibitory one of -100: the strength changes alike."""
    for rule in (
        nl.STDP(a_plus=8.0, a_minus=4.0, impulse=64, stream=SYNAPSE),
        nl.STDP(a_plus=16.0, a_minus=16.0, multiplicative=True, stream=SYNAPSE),
        nl.TripletSTDP(a2_plus=4.0, a3_plus=8.0, stream=SYNAPSE),
        nl.RewardSTDP(a_plus=32.0, rate=2.0**-6, decimate=0, stream=SYNAPSE),
    ):
        for pre, post in (({10}, {15}), ({15}, {10}), ({10}, {4, 15})):
            up, _ = change(rule.lower(DT), pre, post, third={31: 40}, steps=40)
            turned, _ = change(
                rule.lower(DT).turned(), pre, post, third={31: 40}, steps=40, weight=-100, sign="inhibitory"
            )
            assert turned == pytest.approx(-up, abs=0.5), rule


def test_lowering_turns_rules_of_strength_round_and_no_others():
    matrix = np.array([[0.0, 0.5], [-0.5, 0.0]])
    for rule, turns in ((nl.STDP(), True), (nl.RewardSTDP(), True), (nl.TripletSTDP(), True), (nl.DeltaRule(), False),
                        (nl.Oja(), False), (nl.Rule(dw="2^-2*x1*y0", x1_impulse=16, x1_tau=20), False)):  # fmt: skip
        liquid = nl.Liquid(topology=nl.Explicit(matrix), plasticity=rule, inhibitory_plasticity=rule)
        program = nl.lower(nl.LSM(inputs=1, liquid=liquid)).program
        rules = {p.sign_mode: p.plasticity for p in program.projections if "recurrent" in p.name}
        assert rules["excitatory"] == rule.lower(1e-3)
        assert rules["inhibitory"] == (rule.lower(1e-3).turned() if turns else rule.lower(1e-3))


@given(
    st.lists(st.tuples(st.sampled_from(["x0", "y0", "u"]), st.integers(-8, 7), st.integers(-7, 7),
                       st.lists(st.tuples(st.sampled_from(["w", "x1", "y1", "t"]), st.integers(-40, 40)), max_size=2)), min_size=1, max_size=3),
    st.integers(0, 255), st.integers(1, 127),
)  # fmt: skip
def test_a_rule_that_is_turned_does_to_minus_w_what_it_did_to_w(products, weight, trace):
    """Before anything is rounded or clipped, in exact numbers."""
    rule = Plasticity(dw=tuple(Product(d, m, e, tuple(Factor(v, c) for v, c in fs)) for d, m, e, fs in products))

    def change_of(rule, w):
        values = {"w": w, "x1": trace, "y1": trace // 2, "t": -trace}
        return sum(
            p.mantissa * Fraction(2) ** p.exponent * prod(values[f.variable] + f.constant for f in p.factors)
            for p in rule.dw
        )

    assert change_of(rule.turned(), -weight) == -change_of(rule, weight)
    assert change_of(rule.turned().turned(), weight) == change_of(rule, weight)


def test_delta_rule_is_error_times_activity():
    rule = nl.DeltaRule(rate=2.0**-8, impulse=10, stream=SYNAPSE).lower(DT)
    dw, _ = change(rule, {3, 9, 20}, set(), third={30: 100}, steps=32, sign="mixed")
    assert dw == pytest.approx(100 * 30 / 256, abs=0.6)
    dw, _ = change(rule, {3, 9, 20}, set(), third={30: -100}, steps=32, sign="mixed")
    assert dw == pytest.approx(-100 * 30 / 256, abs=0.6)


def test_prototype_settles_at_the_scaled_activity():
    rule = nl.PrototypeRule(rate=2.0**-5, gain=2.0, impulse=8, tau=float("inf"), stream=SYNAPSE).lower(DT)
    _, state = change(
        rule, {1, 2, 3, 4}, set(), third=dict.fromkeys(range(10, 400), 4), steps=400, weight=0, sign="mixed"
    )
    # products are rounded down, so the loss stops growing up to one step of 1 / (4 rate) early
    assert 2.0 * 32 - 8 < state.weight.mean() <= 2.0 * 32


def test_oja_settles_where_growth_and_loss_balance():
    rule = nl.Oja(rate=2.0**-4, size=64.0, tau=20e-3, impulse=32, stream=SYNAPSE).lower(DT)
    both = set(range(0, 2000, 10))
    _, state = change(rule, both, both, steps=2000, weight=10)
    assert state.weight.mean() == pytest.approx(64, abs=4)


@pytest.mark.parametrize("period, direction", [(5, -1), (200, 1)])
def test_scaling_moves_weights_towards_the_target_rate(period, direction):
    rule = nl.SynapticScaling(target_rate=25.0, tau=1.0, impulse=2, rate=2.0**-10, decimate=4, stream=SYNAPSE).lower(DT)
    dw, _ = change(rule, set(), set(range(0, 1500, period)), steps=1500, weight=100, copies=50)
    assert np.sign(dw) == direction and abs(dw) > 5


def test_intrinsic_plasticity_reaches_its_rate():
    liquid = nl.Liquid(
        topology=nl.RandomGraph(n=30, density=0.0), input=nl.RandomMap(density=1.0, weight=0.5, inhibitory=0.0),
        intrinsic=nl.IntrinsicPlasticity(target_rate=40.0, period=0.25, threshold_step=0.02),
    )  # fmt: skip
    program = nl.lower(nl.LSM(inputs=5, liquid=liquid)).program
    spikes = nl.Spikes.from_dense(np.random.default_rng(0).random((1, 40_000, 5)) < 0.05)
    with nl.open_simulator(program) as simulator:
        counts = simulator.run(spikes).counts(8)[0]
    start, end = counts[0].mean() / 5, counts[-1].mean() / 5
    assert abs(end - 40) < 4 < abs(start - 40), (start, end)


def test_weights_keep_their_sign():
    strong = nl.STDP(a_plus=0.0, a_minus=100.0, impulse=16)
    dw, _ = change(strong.lower(DT), {11, 21, 31}, {10, 20, 30}, weight=20)
    assert dw == -20


@pytest.mark.parametrize(
    "make, parts",
    [
        (lambda: nl.STDP(tau_plus=0), ("STDP.tau_plus", "0")),
        (
            lambda: nl.IntrinsicPlasticity(target_rate=1001.0).lower(DT, 100, 0, 1),
            ("target_rate = 1001.0", "no threshold reaches"),
        ),
        (lambda: nl.STDP(impulse=200), ("STDP.impulse", "200", "127")),
        (lambda: nl.STDP(a_plus=1e-4).lower(DT), ("rate", "engine")),
        (lambda: nl.RewardSTDP(tau_eligibility=1e-3, decimate=4).lower(DT), ("tau_eligibility",)),
        (lambda: nl.SynapticScaling(target_rate=500.0), ("target_rate", "126")),
        (lambda: nl.DeltaRule(stream="dice"), ("stream", "dice")),
        (lambda: nl.Rule(), ("Rule.dw",)),
        (lambda: nl.Rule(dw="x0*y1", third=("x1",)), ("third", "x1")),
    ],
)
def test_bad_fields_are_named(make, parts):
    with pytest.raises(nl.InvalidValue) as error:
        make()
    assert all(part in str(error.value) for part in parts)


def test_fractional_impulses_are_rounded_aloud():
    with pytest.warns(UserWarning, match="x1_impulse 16.4"):
        rule = nl.Rule(dw="2^-2*x1*y0", x1_tau=20e-3, x1_impulse=16.4).lower(DT)
    assert rule.x1.impulse == 16 and set(rule.reset) == set(TRACES)
