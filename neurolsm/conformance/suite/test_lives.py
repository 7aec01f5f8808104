"""What a deployment does to a program: darkness, rare lessons for few, epochs that no sample fills, states handed on and cut runs."""

from __future__ import annotations

import pytest

from neurolsm.conformance.generate_lives import life
from neurolsm.conformance.suite.lives import live
from neurolsm.conformance.suite.subject import LEARNING, Subject

# Together these lives have lessons for few after darkness, several modulators on one trace, epochs that no sample ends, tags, pairs,
# excitability that moves, both streams, states handed over, back and from outside, cut runs, runs without a sample, frozen ones.
SEEDS = (255, 194, 153)


@pytest.mark.parametrize("seed", SEEDS)
def test_agrees_with_the_reference_all_its_life(subject: Subject, seed: int) -> None:
    subject.needs("state", "carry", "refractory", "adaptive", *LEARNING)
    story = life(seed)
    with subject.open(story.program) as simulator:
        live(story, simulator)
