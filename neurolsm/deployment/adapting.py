"""Adapting to out-of-distribution samples without labels, in a memory apart from the deployed one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.deployment.chip import Chip
from neurolsm.deployment.prediction import Adaptation, Prediction
from neurolsm.deployment.teacher import Teacher
from neurolsm.describe.checks import plain
from neurolsm.errors import refuse
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State

Say = Callable[[NDArray[np.int32]], Prediction]  # what voltages of the readout neurons mean
OnLook = Callable[[int, NDArray[np.float64]], object]  # the number of a look, and the probability of each label [K]
HALF = 0.5  # of the sharpness that fits samples with labels: the scores of odd ones mean less


@dataclass(frozen=True, eq=False)
class Aside:
    """What adaptation to out-of-distribution samples has learned: on the backend, and in the teacher."""

    state: State
    teacher: dict[str, Any]


def checked(confidence: Any, limit: Any) -> tuple[float, int]:
    """The two numbers of ``Deployment.adapt`` as plain ones.

    Raises:
        InvalidValue: one of them outside its range.
    """
    confidence, limit = plain(confidence), plain(limit)
    if isinstance(confidence, bool) or not isinstance(confidence, (int, float)) or not 0 < confidence <= 1:
        refuse("Deployment.adapt", "confidence", confidence, "must lie above 0 and be at most 1", "Try 0.9")
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
        refuse("Deployment.adapt", "limit", limit, "must be a whole number, at least 1", "Try 20")
    return confidence, limit


def adapt(
    chip: Chip,
    teacher: Teacher,
    say: Say,
    inputs: Spikes,
    confidence: float,
    limit: int,
    *,
    aside: Aside | None,
    keep: bool,
    on_look: OnLook | None = None,
) -> tuple[list[Adaptation], Aside | None]:
    """Adapt to each sample in turn, from ``aside`` or else the deployed memory; see ``Deployment.adapt``.

    What fails in between leaves the deployed memory as it was.

    Returns:
        How each ended, and what was learned apart: None where ``keep`` made it the deployed memory.
    """
    if not len(inputs) or not inputs.count:
        refuse(
            "Deployment.adapt", "X", "no spikes", "is empty: there is nothing to adapt to", "Give a sample that has spikes"
        )  # fmt: skip
    deployed = memory(chip, teacher)
    try:
        remember(chip, teacher, aside or deployed)
        found = [_one(chip, teacher, say, inputs[k : k + 1], confidence, limit, on_look) for k in range(len(inputs))]
        adapted = memory(chip, teacher)
    except BaseException:
        remember(chip, teacher, deployed)
        raise
    if keep:
        return found, None
    remember(chip, teacher, deployed)
    return found, adapted


def _one(
    chip: Chip, teacher: Teacher, say: Say, sample: Spikes, confidence: float, limit: int, on_look: OnLook | None
) -> Adaptation:
    """Look and let the offsets follow; look and teach what the sample may be; then insist on it, until sure or ``limit`` times."""
    history: list[float] = []
    while True:
        v, _ = chip.present(sample, learn=True)
        said = say(v)
        if not np.isfinite(said.score).any():
            refuse("Deployment.adapt", "labels", [], "nothing was learned yet", "Call learn first")
        probability = teacher.weigh(said.probability[0])
        history.append(float(probability.max()))
        looks, sure = len(history), history[-1] >= confidence
        end = looks == limit or (sure and looks > 1)
        if looks == 1:
            teacher.follow(v[0], said.score[0], None)
        elif looks == 2:
            teacher.follow(v[0], said.score[0], _softer(probability))
        elif not end:
            teacher.follow(v[0], said.score[0], probability, insist=True)
        if on_look is not None:
            on_look(looks, probability)
        if end:
            return Adaptation(said.labels[probability.argmax()], history[-1], sure, looks, tuple(history))


def _softer(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """The softmax with ``HALF`` of its sharpness."""
    raised = probability**HALF
    softer: NDArray[np.float64] = raised / raised.sum()
    return softer


def memory(chip: Chip, teacher: Teacher) -> Aside:
    """A copy of what both have learned."""
    return Aside(chip.simulator.state.copy(), teacher.to_dict())


def remember(chip: Chip, teacher: Teacher, memory: Aside) -> None:
    """Go on from ``memory``; labels that were declared since keep their room."""
    room = {"room": teacher.room} if "room" in memory.teacher else {}
    teacher.remember(memory.teacher | room)
    chip.simulator.state = memory.state.copy()
