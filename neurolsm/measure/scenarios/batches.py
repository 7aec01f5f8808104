"""Batches in time: deployed on the first group of the data, then through the others in order, each sample answered, then learned.

Four scenarios differ in the labels that come: ``every`` one, every ``tenth``, ``none``, or all of them ``late``, ``LATE`` samples after
the sample was answered. Without labels a host may still follow the mean and spread of the values (``RunningScaler``).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.deployment import Deployment, Prediction
from neurolsm.encode.running import RunningScaler
from neurolsm.errors import refuse
from neurolsm.measure.scenarios.refitted import on_host, one_nearest, random_layer
from neurolsm.measure.scenarios.setting import Outcome, Setting, accuracy, calibration_error
from neurolsm.tasks.model import Data

LATE = 50  # samples
NEVER = np.iinfo(np.int64).max
FOLLOW = 0.01  # share of the way to each sample that mean and spread of the values go, where no label comes


@dataclass(frozen=True, eq=False)
class Stream:
    """What comes after the deployment.

    Attributes:
        data: the samples, in the order in which they come.
        batch: the group of each, as text.
        known: from which sample on the label of each may be used: the label of t for the samples after ``known[t]``.
    """

    data: Data
    batch: NDArray[np.str_]
    known: NDArray[np.int64]

    def means(self, right: NDArray[np.bool_]) -> dict[str, float]:
        """The share of right answers in each batch, in their order."""
        return {name: float(right[self.batch == name].mean()) for name in dict.fromkeys(self.batch.tolist())}


def every(setting: Setting) -> Outcome:
    """Every sample is learned once it was answered; ``adapted`` is the mean over the batches."""
    return _through(setting, every=1, delay=0)


def tenth(setting: Setting) -> Outcome:
    """One sample in ten has a label."""
    return _through(setting, every=10, delay=0)


def none(setting: Setting) -> Outcome:
    """No label comes; mean and spread of the values are followed on the host."""
    return _through(setting, every=0, delay=0)


def late(setting: Setting) -> Outcome:
    """Each label comes ``LATE`` samples later; the sample is then presented again to be learned."""
    return _through(setting, every=1, delay=LATE)


@dataclass(frozen=True, eq=False)
class Walk:
    """What the deployed model did.

    Attributes:
        first, stream: what it was deployed on, and what came, as it was presented.
        answers: to all of the stream.
        frozen, adapted: accuracy in each batch.
        before, forgotten: accuracy in the first batch while its second half was learned; what was lost of the batch since.
        updates: samples learned from.
        prototypes: in use at the end; 0 for a readout that has none.
        ms: time of this process per sample of the stream, in which it was encoded, answered and learned.
    """

    first: Data
    stream: Stream
    answers: Prediction
    frozen: dict[str, float]
    adapted: dict[str, float]
    before: float
    forgotten: float
    updates: int
    prototypes: float
    ms: float


def walked(setting: Setting, every: int, delay: int) -> Walk:
    """Through the batches with a label for one sample in ``every`` (0: for none), which comes ``delay`` samples later."""
    first, stream = _in_order(setting, every, delay)
    with setting.deploy() as chip:
        said = chip.learn(first.x, first.y).label
        half = len(first) // 2
        before, remembered = accuracy(said[half:], first.y[half:]), accuracy(chip.predict(first.x).label, first.y)
        frozen = stream.means(chip.predict(stream.data.x).label == stream.data.y)
        start = time.process_time()
        if not every:
            follower = RunningScaler(_values(setting, first.x), FOLLOW)
            followed = follower.follow(_values(setting, stream.data.x))
            stream = replace(stream, data=Data(followed, stream.data.y))
        answers = _answered(chip, stream)
        ms = 1000 * (time.process_time() - start) / len(stream.data)
        return Walk(
            first=first, stream=stream, answers=answers, frozen=frozen, adapted=stream.means(answers.label == stream.data.y),
            before=before, forgotten=remembered - accuracy(chip.predict(first.x).label, first.y), updates=chip.updates,
            prototypes=chip.learned().get("prototypes", 0.0), ms=ms,
        )  # fmt: skip


def _through(setting: Setting, *, every: int, delay: int) -> Outcome:
    walk = walked(setting, every, delay)
    first, stream, data = walk.first, walk.stream, walk.stream.data
    batches = {name: {"frozen": walk.frozen[name], "adapted": walk.adapted[name]} for name in walk.frozen}

    def mean(control: Callable[[Setting, Data, Data, NDArray[np.int64]], NDArray[np.bool_]]) -> float:
        return float(np.mean(list(stream.means(control(setting, first, data, stream.known)).values())))

    return Outcome(
        before=walk.before, frozen=float(np.mean(list(walk.frozen.values()))),
        adapted=float(np.mean(list(walk.adapted.values()))), host_refit=mean(on_host), forgotten=walk.forgotten, updates=walk.updates,
        controls={
            "one nearest neighbour that keeps every sample": mean(one_nearest),
            "random layer, streaming LDA": mean(random_layer),
        },
        curve=(walk.answers.label == data.y).tolist(),
        marks=[(int(np.argmax(stream.batch == name)), f"batch {name}") for name in walk.frozen], calibration=calibration_error(walk.answers, data.y),
        details={f"batch {name}, {way}": value for name, ways in batches.items() for way, value in ways.items()},
        extra={"batches": batches, "prototypes": walk.prototypes, "ms_per_sample": walk.ms},
    )  # fmt: skip


def _in_order(setting: Setting, every: int, delay: int) -> tuple[Data, Stream]:
    """The first group, and the others one after the other, each in a random order of the seed's own."""
    x, y, groups = _joined(setting)
    data = Data(x, y, groups=groups)
    parts = data.batches(setting.seed)
    if len(parts) < 2:
        refuse("learn_model", "model", setting.model.name, "has samples of one batch alone", "Use data with several")
    later = np.concatenate(parts[1:])
    at = np.arange(later.size)
    if delay >= later.size:
        limit = f"leaves {later.size} samples after the first batch; labels that come {delay} samples later never come"
        refuse("learn_model", "samples", len(data), limit, "Take more samples")
    known = np.where(at % every == 0, at + delay, NEVER) if every else np.full(later.size, NEVER)
    return data.take(parts[0]), Stream(data.take(later), groups[later].astype(str), known)


def _joined(setting: Setting) -> tuple[Any, NDArray[Any], NDArray[Any]]:
    """All samples, labels and groups; here the split means nothing, for the batches make one of their own."""
    train, test = setting.train, setting.test
    if train.groups is None or test.groups is None:
        remedy = "Give Data(groups=...), numbers of the batches in the order in which they came"
        refuse("learn_model", "model", setting.model.name, "has no batches that follow each other", remedy)
    array = isinstance(train.x, np.ndarray)
    x = np.concatenate([train.x, test.x]) if array else [*train.x, *test.x]
    return x, np.concatenate([train.y, test.y]), np.concatenate([train.groups, test.groups])


def _values(setting: Setting, x: Any) -> NDArray[np.float64]:
    """Samples [B, N] whose mean and spread can be followed."""
    if not isinstance(x, np.ndarray) or x.ndim != 2:
        limit = "has samples that are no rows of numbers, so no mean and spread can be followed without labels"
        refuse("learn_model", "model", setting.model.name, limit, "Use the scenario unlabelled")
    return x.astype(np.float64)


def _answered(chip: Deployment, stream: Stream) -> Prediction:
    """What the chip says of each sample when it comes, while it learns from the labels that have come."""
    x, y, known = stream.data.x, stream.data.y, stream.known
    at, said = np.arange(len(y)), []
    if (known[known != NEVER] == at[known != NEVER]).all():  # at once, or never: whole stretches in one call
        cuts = np.flatnonzero(np.diff(known == at)) + 1
        for part in np.split(at, cuts):
            here = slice(int(part[0]), int(part[-1]) + 1)
            said.append(chip.learn(x[here], y[here]) if known[part[0]] == part[0] else chip.predict(x[here]))
    else:
        due = {int(when): k for k, when in enumerate(known.tolist())}
        for k in at.tolist():
            said.append(chip.predict(x[k : k + 1]))
            if k in due:
                came = slice(due[k], due[k] + 1)
                chip.learn(x[came], y[came])
    label, confidence, probability, score = (
        np.concatenate([getattr(one, name) for one in said]) for name in ("label", "confidence", "probability", "score")
    )
    return Prediction(label, confidence, probability, chip.labels, score)
