"""The leaf's learning, without any process, against the reference: random rules, patterns and spikes."""

from __future__ import annotations

import numpy as np
import pytest
from neurolsm_lava.learner import TAG_LOWEST, Learner

from neurolsm.conformance.generate import SIGN_RANGES
from neurolsm.conformance.generate_plastic import random_rule
from neurolsm.program import INPUT, Projection
from neurolsm.program.plasticity import Factor, Plasticity, Product
from neurolsm.program.state import PlasticState
from neurolsm.semantics.learning import learn

SOURCES, TARGETS, STEPS = 9, 7, 60
THIRD = ("y1", "y2", "y3")


def drawn_projection(rng: np.random.Generator, rule: Plasticity) -> Projection:
    sign = str(rng.choice(sorted(SIGN_RANGES)))
    pre, post = np.nonzero(rng.random((SOURCES, TARGETS)) < rng.choice([0.0, 0.3, 1.0], p=[0.1, 0.5, 0.4]))
    low, high = SIGN_RANGES[sign]
    return Projection(
        "net", INPUT, sign, 0, np.concatenate([[0], np.cumsum(np.bincount(pre, minlength=SOURCES))]), post.astype(np.int32),
        rng.integers(low, high + 1, pre.size).astype(np.int16), np.zeros(pre.size, np.uint8), rule,
    )  # fmt: skip


def assert_same(rng: np.random.Generator, projection: Projection, *, clock: int = 0) -> PlasticState:
    """Both learn from the same spikes; the leaf's learner starts anew in the middle."""
    expected = PlasticState.initial(projection, SOURCES, TARGETS)
    expected.tag1[:] = rng.choice([TAG_LOWEST, 0, 3, 255], projection.size)
    got = expected.copy()
    learner = Learner(projection, TARGETS, got)
    for t in range(STEPS):
        if t % (STEPS // 2) == 0:
            learner.begin(clock + t, STEPS // 2)
        pre, post = rng.random(SOURCES) < 0.15, rng.random(TARGETS) < 0.15
        third = {name: rng.integers(-128, 128, TARGETS) * int(rng.random() < 0.3) for name in THIRD}
        before = got.weight.copy()
        learn(projection, expected, clock + t + 1, pre, post, third)
        told = third if any(values.any() for values in third.values()) else None
        changed = learner.step(clock + t + 1, np.flatnonzero(pre), np.flatnonzero(post), told)
        assert got.equal(expected)
        assert set(np.flatnonzero(got.weight != before)) <= set(changed)
    return got


def check(seed: int) -> bool:
    """Whether a weight changed, too."""
    rng = np.random.default_rng([seed, 11])
    rule = random_rule(rng, tuple(name for name in THIRD if rng.random() < 0.3))
    projection = drawn_projection(rng, rule)
    return not np.array_equal(assert_same(rng, projection, clock=int(rng.integers(0, 100))).weight, projection.weight)


def test_random_rules() -> None:
    assert sum(check(seed) for seed in range(60)) >= 30


@pytest.mark.nightly
def test_many_random_rules() -> None:
    assert sum(check(seed) for seed in range(1000, 2000)) >= 500


def test_the_lowest_tag_does_not_keep_itself() -> None:
    """-257 is below the accumulator: even an epoch in which nothing fires clips it, and now and then it rounds up."""
    rule = Plasticity(dw=(Product("x0", 1, 0),), dt=(Product("x0", 1, 0, (Factor("x1"),)),), stream="synapse")
    projection = drawn_projection(np.random.default_rng(3), rule)
    expected = PlasticState.initial(projection, SOURCES, TARGETS)
    expected.tag1[:] = TAG_LOWEST
    got = expected.copy()
    learner = Learner(projection, TARGETS, got)
    learner.begin(0, 40)
    nobody, none = np.zeros(0, np.int64), {name: np.zeros(TARGETS, np.int64) for name in THIRD}
    for t in range(40):
        learn(projection, expected, t + 1, np.zeros(SOURCES, bool), np.zeros(TARGETS, bool), none)
        assert learner.step(t + 1, nobody, nobody, None).size == 0
        assert got.equal(expected)
    assert (got.tag1 > TAG_LOWEST).any()


def test_only_the_synapses_of_those_that_fired_are_visited() -> None:
    rng = np.random.default_rng(5)
    rule = Plasticity(dw=(Product("x0", 1, 0), Product("u", 1, 0, (Factor("y1"),))), third=("y1",))
    projection = drawn_projection(rng, rule)
    assert (projection.pre == 4).any() and (projection.post == 2).any()
    learner = Learner(projection, TARGETS, PlasticState.initial(projection, SOURCES, TARGETS))
    learner.begin(0, 3)
    nobody, third = np.zeros(0, np.int64), {"y1": np.eye(TARGETS, dtype=np.int64)[2] * 100}
    assert learner.step(1, nobody, nobody, None).size == 0
    np.testing.assert_array_equal(learner.step(2, np.array([4]), nobody, None), np.flatnonzero(projection.pre == 4))
    np.testing.assert_array_equal(learner.step(3, nobody, nobody, third), np.flatnonzero(projection.post == 2))
