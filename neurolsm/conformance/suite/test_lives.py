"""What a deployment does to a program: darkness, rare lessons for few, epochs that no sample fills, states handed on and cut runs."""

from __future__ import annotations

import pytest

from neurolsm.conformance.generate_lives import life
from neurolsm.conformance.suite.lives import live
from neurolsm.conformance.suite.subject import LEARNING, Subject

# Lives in which each of these happens: few targets with a third factor after a sample of darkness; two modulators on one trace; an
# epoch that a sample ends; a state from outside; a run cut within an epoch; excitability that moves.
SEEDS = (6, 25, 52)


@pytest.mark.parametrize("seed", SEEDS)
def test_agrees_with_the_reference_all_its_life(subject: Subject, seed: int) -> None:
    subject.needs("state", "carry", "refractory", "adaptive", *LEARNING)
    story = life(seed)
    with subject.open(story.program) as simulator:
        live(story, simulator)
