"""Ready rules against their own formulas: windows and fixed points, computed by hand from the equations."""

import numpy as np
import pytest

import neurolsm as nl
from neurolsm.plasticity import SYNAPSE, TRACES, Plasticity
from neurolsm.program import Projection
from neurolsm.semantics.learning import learn
from neurolsm.state import PlasticState

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
