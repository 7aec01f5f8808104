"""Pictures of rules: what was measured lies on the formula, which is worked out here a second time, by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import matplotlib
import numpy as np
import pytest

matplotlib.use("agg")
from matplotlib import pyplot

import neurolsm as nl
from neurolsm.learn.language import RuleRounded
from neurolsm.plot import fixed_point, learning_window

BOTH = "formula, both at once"


@pytest.fixture(autouse=True)
def close() -> Iterator[None]:
    yield
    pyplot.close("all")


def curves(ax: Any) -> dict[str, Any]:
    """x and y of every labelled line of a picture."""
    return {line.get_label(): line.get_data() for line in ax.lines}


def points(ax: Any) -> tuple[Any, Any, Any]:
    """Gaps in ms, measured changes and their standard errors, as a picture shows them."""
    (bars,) = ax.containers
    low, high = np.array([segment[:, 1] for segment in bars.lines[2][0].get_segments()]).T
    return *bars.lines[0].get_data(), (high - low) / 4


def by_hand(gap: float, pairs: int, period: float, up: Any, down: Any) -> float:
    """Mean over pairs of ``up(pair, earlier pairs)`` and ``down``: all spikes that each spike has heard, one by one."""
    pre, post = [k * period for k in range(pairs)], [k * period + gap for k in range(pairs)]
    return (sum(up(t, pre, post) for t in post) - sum(down(s, pre, post) for s in pre)) / pairs


def heard(t: float, spikes: list[float], tau: float, own: bool = True) -> float:
    """Trace at time t; times are whole ms, so that half a millisecond tells before from after."""
    return sum(np.exp(-(t - s) / tau) for s in spikes if s < t + (0.5 if own else -0.5))


STDP = nl.STDP(tau_plus=20e-3, tau_minus=10e-3, a_plus=8.0, a_minus=4.0)
SOFT = nl.STDP(a_plus=16.0, a_minus=16.0, multiplicative=True)
TRIPLET = nl.TripletSTDP(a3_minus=0.5)
TAG = nl.RewardSTDP(a_plus=32.0, tau_eligibility=50e-3)


def hand_stdp(gap: float) -> float:
    return 8 * np.exp(-gap / 20) * (gap >= 0) - 4 * np.exp(gap / 10) * (gap <= 0)


def hand_soft(gap: float) -> float:
    return 16 * (55 / 255 * np.exp(-gap / 20) * (gap >= 0) - 200 / 255 * np.exp(gap / 20) * (gap <= 0))


def hand_tag(gap: float) -> float:
    return 32 * np.exp(-gap / 20) * (gap >= 0) - 4 * np.exp(gap / 20) * (gap <= 0)


def hand_triplet(pairs: int, period: float) -> Any:
    r = TRIPLET

    def up(t: float, pre: list[float], post: list[float]) -> float:
        return heard(t, pre, 16.8) * (r.a2_plus + r.a3_plus * heard(t, post, 125, own=False))

    def down(s: float, pre: list[float], post: list[float]) -> float:
        return heard(s, post, 33.7) * (r.a2_minus + r.a3_minus * heard(s, pre, 101, own=False))

    return lambda gap: by_hand(gap, pairs, period, up, down)


@pytest.mark.filterwarnings(f"ignore::{RuleRounded.__module__}.{RuleRounded.__name__}")
@pytest.mark.parametrize(
    "rule, options, hand",
    [
        (STDP, {}, hand_stdp),
        (SOFT, {"weight": 200}, hand_soft),
        (TAG, {}, hand_tag),
        (TRIPLET, {"rate": 0}, hand_triplet(1, 1)),
        (TRIPLET, {}, hand_triplet(8, 100)),
        (TRIPLET, {"rate": 20}, hand_triplet(8, 50)),
    ],
)
def test_what_is_measured_lies_on_the_formula(rule: Any, options: dict[str, Any], hand: Any) -> None:
    ax = learning_window(rule, **options)
    gap, measured, error = points(ax)
    wanted = np.array([hand(g) for g in gap.round()])
    formula = curves(ax)["formula"][1]
    formula = np.where(np.isnan(formula), curves(ax)[BOTH][1], formula)
    np.testing.assert_allclose(formula, wanted, atol=1e-9)
    assert gap.min() < -20 and gap.max() > 20 and np.ptp(wanted) > 1
    # rates are rounded to four bits, by up to 1 of 30; a mean of 200 that happen to agree still has an error
    off = np.abs(measured - wanted) - np.abs(wanted) / 30
    assert (off < 5 * np.maximum(error, 0.02)).all() and np.mean(off < 2 * np.maximum(error, 0.02)) > 0.9


def test_a_rule_in_free_form_is_measured_alone() -> None:
    ax = learning_window(
        nl.Rule(dw="2^-2*x1*y0 - 2^-2*y1*x0", x1_tau=20e-3, x1_impulse=16, y1_tau=20e-3, y1_impulse=16)
    )
    gap, measured, error = points(ax)
    assert "formula" not in curves(ax)
    assert (np.abs(measured - 4 * np.sign(gap) * np.exp(-np.abs(gap) / 20)) < 5 * np.maximum(error, 0.02)).all()


@pytest.mark.parametrize(
    "rule, level, near",
    [
        (nl.Oja(size=64.0), 64.0, 2.0),
        (nl.PrototypeRule(gain=2.0, impulse=8), 64.0, 4.0),  # products are rounded down, so it may stop a step early
        (nl.SynapticScaling(target_rate=40.0), 40.0, 4.0),
        (nl.IntrinsicPlasticity(target_rate=40.0, period=0.25, threshold_step=0.02), 40.0, 2.0),
    ],
)
def test_a_fixed_point_is_reached_from_both_sides(rule: Any, level: float, near: float) -> None:
    ax = fixed_point(rule)
    *ways, line = curves(ax).values()
    assert set(line[1]) == {level} and f"{level:.3g}" in ax.lines[-1].get_label()
    starts = [curve[:3].mean() - level for _, curve in ways]
    ends = [curve[-curve.size // 4 :].mean() for _, curve in ways]
    assert starts[0] < -2 * near and starts[1] > 2 * near, "one from below, one from above"
    assert ends == pytest.approx([level, level], abs=near)


def test_neurons_return_to_their_own_rate_from_both_sides() -> None:
    ax = fixed_point(nl.Homeostasis(calibration=20, period=0.25, threshold_step=0.02))
    weaker, stronger, line = curves(ax).values()
    own = line[1][0]
    for (_, curve), side in ((weaker, -1), (stronger, 1)):
        assert side * (curve[:2].mean() - own) > 2.5, "a tenth of the input less or more"
        assert curve[-20:].mean() == pytest.approx(own, abs=1.5)


def test_axes_that_are_given_are_drawn_on_and_labelled() -> None:
    _, given = pyplot.subplots(1, 2)
    assert learning_window(STDP, given[0]) is given[0] and fixed_point(nl.Oja(), given[1]) is given[1]
    assert len(pyplot.get_fignums()) == 1
    assert "ms" in given[0].get_xlabel() and "weight" in given[0].get_ylabel() and "STDP" in given[0].get_title()
    assert "s" in given[1].get_xlabel() and "weight" in given[1].get_ylabel() and "Oja" in given[1].get_title()
    assert "tag" in learning_window(TAG).get_ylabel() and "rate" in fixed_point(nl.SynapticScaling()).get_ylabel()


@pytest.mark.parametrize(
    "act, parts",
    [
        (lambda: learning_window(nl.DeltaRule()), ("DeltaRule", "STDP")),
        (lambda: learning_window("STDP"), ("'STDP'", "TripletSTDP")),
        (lambda: learning_window(STDP, weight=300), ("weight", "300", "255")),
        (lambda: learning_window(TRIPLET, rate=-1.0), ("rate", "-1", "25")),
        (lambda: fixed_point(STDP), ("STDP", "Oja")),
    ],
)
def test_what_cannot_be_drawn_is_refused(act: Any, parts: tuple[str, ...]) -> None:
    with pytest.raises(nl.InvalidValue) as error:
        act()
    assert all(part in str(error.value) for part in parts)
    assert not pyplot.get_fignums()
