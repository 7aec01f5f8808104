"""What is learned in ``learning.py``: four lessons on the workload's network, each a Program with its inputs and teacher.

    pair        pair STDP on every recurrent synapse
    reward      reward-modulated STDP on every recurrent synapse: a tag each, and a reward of -100..100 in every 20th step
    delta       a liquid that does not learn, and a DeltaReadout of 10 classes over 3 windows: an error for each neuron at the end
    prototype   a liquid that does not learn, and a PrototypeReadout of 100 neurons over 3 windows: each sample is copied,
                or moves the prototype that fits best

A sample of the readouts is one of ten patterns of input spikes of which a tenth of the spikes is drawn anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import workload
from numpy.typing import NDArray

from neurolsm.learn.chip import DeltaReadout, PrototypeReadout
from neurolsm.learn.rules import RewardSTDP
from neurolsm.program import Program
from neurolsm.program.graded import Graded
from neurolsm.program.plasticity import Modulator
from neurolsm.program.spikes import Spikes

CLASSES, WINDOWS, PROTOTYPES, FRESH = 10, 3, 100, 0.1
REWARD_EVERY, REWARD_MOST = 20, 100
RULES, READOUTS = ("pair", "reward"), ("delta", "prototype")


@dataclass(frozen=True)
class Lesson:
    """One lesson.

    Attributes:
        name: see above.
        program: what learns, the readout included.
        inputs: on the channels of the workload.
        graded: rewards, for ``reward``.
        readout: for the readouts, with a label for each sample.
    """

    name: str
    program: Program
    inputs: Spikes
    graded: Graded | None = None
    readout: DeltaReadout | PrototypeReadout | None = None
    labels: NDArray[np.int64] | None = None


def lesson(name: str, samples: int) -> Lesson:
    static = workload.program()
    if name in READOUTS:
        readout = DeltaReadout(classes=CLASSES, windows=WINDOWS) if name == "delta" else PrototypeReadout(
            neurons=PROTOTYPES, windows=WINDOWS, replace=True
        )  # fmt: skip
        inputs, labels = patterns(samples)
        return Lesson(name, readout.attach(static), inputs, None, readout, labels)
    inputs = workload.inputs(samples)
    if name == "pair":
        return Lesson(name, workload.plastic(static), inputs)
    recurrent, feed = static.projections
    ruled = replace(recurrent, plasticity=RewardSTDP().lower(static.dt))
    program = replace(static, projections=(ruled, feed), modulators=(Modulator("y2", 0, static.n),))
    rows = inputs.indptr.size - 1
    at = np.arange(REWARD_EVERY - 1, rows, REWARD_EVERY)
    values = np.random.default_rng(1).integers(-REWARD_MOST, REWARD_MOST + 1, (at.size, 1))
    return Lesson(name, program, inputs, Graded.build(at, values, rows))


def patterns(samples: int) -> tuple[Spikes, NDArray[np.int64]]:
    """Samples of ten patterns, and which of them each is."""
    rng = np.random.default_rng(5)
    shape = (workload.STEPS, workload.INPUTS)
    pattern = rng.random((CLASSES, *shape)) < workload.RATE
    labels = rng.integers(0, CLASSES, samples)
    found = []
    for label in labels:
        fresh = rng.random(shape) < FRESH
        found.append(Spikes.from_dense(np.where(fresh, rng.random(shape) < workload.RATE, pattern[label])[None]))
    return Spikes.concatenate(found), labels


def for_peers(given: Lesson) -> dict[str, Any]:
    """What ``peers.write`` adds for a lesson: the constants of the rules in floating point, rewards, labels."""
    rows = given.inputs.indptr.size - 1
    reward = np.zeros(rows)
    if given.graded is not None:
        reward[given.graded.row] = given.graded.value[:, 0]
    rule = RewardSTDP() if given.name == "reward" else workload.RULE
    return {
        "lesson": given.name, "windows": WINDOWS, "classes": CLASSES, "prototypes": PROTOTYPES,
        "labels": np.zeros(0) if given.labels is None else given.labels, "reward": reward, "reward_every": REWARD_EVERY,
        "tau": rule.tau_plus / given.program.dt, "amount": rule.a_plus,
        "tau_tag": getattr(rule, "tau_eligibility", 1.0) / given.program.dt, "rate": getattr(rule, "rate", 0.0),
        "every": 1 << getattr(rule, "decimate", 0),
    }  # fmt: skip
