"""A deployed model: everything that learns, learns on the backend."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurolsm import moved
from neurolsm.deployment import adapting, calibration, keeping
from neurolsm.deployment.adapting import Aside, OnLook
from neurolsm.deployment.checkpoint import Checkpoint
from neurolsm.deployment.chip import Chip
from neurolsm.deployment.codec import own_classes
from neurolsm.deployment.given import answer, encode, entries
from neurolsm.deployment.labels import declared, grown, places
from neurolsm.deployment.prediction import Adaptation, Confidence, Prediction
from neurolsm.deployment.teacher import Teacher
from neurolsm.deployment.teachers import check_room, teacher_of
from neurolsm.describe.lsm import LSM
from neurolsm.encode import Encoder
from neurolsm.errors import refuse
from neurolsm.execute.recording import Recording
from neurolsm.execute.turn import in_turn
from neurolsm.learn.chip.delta import READOUT
from neurolsm.program import Program
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State
from neurolsm.shown import shown

AT_ONCE = 256  # samples that are held as spikes


@shown(
    backend="backend",
    labels="labels",
    frozen="frozen",
    updates="updates",
    neurons="program.n",
    synapses="program.synapses",
    lsm="lsm",
)
class Deployment:
    """A running model. A context manager; leaving it ends every process of its backend.

    ``predict`` never changes anything. ``learn``, ``follow``, ``adapt`` and ``reward`` change weights and offsets on the backend, by the
    rules of the program alone; the host says labels and counts how well confidence and truth agree.

    Attributes:
        lsm, encoder, program, backend: what runs where.
        labels: the declared labels [K].
        frozen: whether learning is refused.
        updates: samples learned from so far.
    """

    def __init__(
        self,
        lsm: LSM,
        encoder: Encoder | None,
        program: Program,
        labels: NDArray[Any],
        backend: str,
        options: dict[str, Any],
    ) -> None:
        assert lsm.readout is not None
        self.lsm, self.encoder, self.program, self.backend = lsm, encoder, program, backend
        self.frozen, self.updates = False, 0
        self.labels = labels
        self._odd: Aside | None = None
        self._chip = Chip(program, lsm.readout, backend, options)
        try:
            self._teacher: Teacher = teacher_of(self._chip, self.labels.size)
            check_room(self._teacher, self.labels)
            self._confidence = Confidence(self._teacher.sharpness)
        except BaseException:
            self._chip.close()
            raise

    # ------------------------------------------------------------------ use

    @in_turn
    def predict(self, X: Any) -> Prediction:
        """Labels and confidence of samples; changes nothing."""
        parts = [self._chip.present(part, learn=False)[0] for part in self._batches(X)]
        v = np.concatenate([*parts, np.zeros((0, self._readouts), np.int32)])
        return self._said(v)

    @in_turn
    def observe(self, X: Any) -> tuple[Prediction, Recording]:
        """What ``predict`` says of samples, and every spike on the way; changes nothing.

        The recording holds all neurons of the program, those of the readout behind those of the liquid, and each sample with the
        steps behind it until the readout has received all. All samples run at once, so give no more than memory holds.
        """
        v, recording = self._chip.observe(encode(X, self.encoder, self.lsm.inputs))
        return self._said(v), recording

    @in_turn
    def learn(self, X: Any, y: ArrayLike) -> Prediction:
        """Learn from labelled samples in turn; returns what it would have said of each just before (test, then train).

        Raises:
            InvalidValue: frozen, no labels, a number of labels unlike that of samples, a label never declared; the calibration of
                ``Homeostasis`` ends and no neuron has fired in it.
        """
        self._may_learn("learn")
        inputs = encode(X, self.encoder, self.lsm.inputs)
        labels = places(y, self.labels, len(inputs))
        scores = [np.zeros((0, self._teacher.room))]
        with calibration.heard(self):
            for first in range(0, len(inputs), AT_ONCE):
                part = slice(first, first + AT_ONCE)
                scores.append(self._teacher.learn(inputs[part], labels[part]))
                self.updates += labels[part].size
        found = np.concatenate(scores)[:, : self.labels.size]
        said = self._prediction(found)
        self._confidence.learn(found, labels)
        return said

    @in_turn
    def adapt(
        self, X: Any, *, confidence: float = 0.9, limit: int = 20, keep: bool = False, on_look: OnLook | None = None
    ) -> list[Adaptation]:
        """Without labels: show each out-of-distribution sample again and again, learning what it seems to be, until sure or ``limit`` times.

        Weights, offsets and the teacher's levels adapt in a memory of their own, which starts as a copy of the deployed one and
        is carried from one such sample to the next, so that predictions for ordinary samples stay as they were. The offsets of the
        counters follow the first look. From the second one the readout learns a little what the sample is believed to be: a
        ``DeltaReadout`` moves all scores a quarter of the way to 2 q - 1, with q the probabilities at half the sharpness that
        fits samples with labels; a ``PrototypeReadout`` moves the prototype that fits best. Further looks insist: the favourite is
        strengthened and the runner-up weakened, a little. Two looks are the most accurate where many samples are met; more make the
        model sure, and not right more often (docs/notes/odd_samples.md).

        What is met is expected to hold the labels in the shares in which ``learn`` was given them: a ``DeltaReadout``
        weighs a label less the more often it was believed in, over some 200 samples.

        Args:
            X: samples, at least one.
            confidence: from which the model is sure, above 0 and at most 1.
            limit: presentations of a sample, at least 1.
            keep: from now on, use what was adapted for every sample; the next adaptation starts from a copy of it.
            on_look: called after each look, and what was learned from it, with its number from 1 and the probability of each label [K];
                ``state`` is that of the adaptation then. What it raises ends the call, and leaves the deployed memory as it was.

        Raises:
            InvalidValue: frozen, empty input, nothing learned yet, a number outside its range.
        """
        self._may_learn("adapt")
        confidence, limit = adapting.checked(confidence, limit)
        inputs = encode(X, self.encoder, self.lsm.inputs)
        found, self._odd = adapting.adapt(
            self._chip,
            self._teacher,
            self._said,
            inputs,
            confidence,
            limit,
            aside=self._odd,
            keep=keep,
            on_look=on_look,
        )
        return found

    @in_turn
    def reward(self, X: Any, judge: Callable[[int, Any], bool] | ArrayLike) -> Prediction:
        """Choose a label for each sample in turn, and learn only whether it was right.

        Args:
            X: samples.
            judge: a function of the sample's number and the label chosen that says whether it was right; or the right labels
                [B], which are used for nothing but that answer.

        Raises:
            InvalidValue: frozen, or labels unlike the samples.
        """
        self._may_learn("reward")
        inputs = encode(X, self.encoder, self.lsm.inputs)
        if not callable(judge):
            right = places(judge, self.labels, len(inputs))

            def judge(k: int, label: Any) -> bool:
                return bool(self.labels[right[k]] == label)

        scores = []
        with calibration.heard(self):
            for k in range(len(inputs)):
                v, _ = self._chip.present(inputs[k : k + 1], learn=True)
                score = self._teacher.scores(v)[:, : self.labels.size]
                unknown = np.flatnonzero(~np.isfinite(score[0]))
                chosen = (
                    int(unknown[0]) if unknown.size else int(score[0].argmax())
                )  # what was never tried is tried first
                if unknown.size:
                    score[0, chosen] = score[0].max() + 1 if np.isfinite(score).any() else 0.0
                scores.append(score[0])
                self._teacher.reinforce(chosen, answer(judge(k, self.labels[chosen])))
                self.updates += 1
        return self._prediction(np.array(scores).reshape(len(inputs), self.labels.size))

    @in_turn
    def settle(self, X: Any) -> None:
        """Re-normalise only: let the offsets of the counters follow samples, without labels; nothing else of the state changes.

        A plastic liquid is held still: no weight, tag, trace, bias or count of it moves. That takes a second simulator of the
        backend, which is opened at the first call.
        """
        self._may_learn("settle")
        for part in self._batches(X):
            self._chip.settle(part, self._teacher.unlabelled(len(part)))

    @in_turn
    def follow(self, X: Any) -> Prediction:
        """Adapt without labels: all that needs none goes on, sample after sample. Returns what it said of each as it went by.

        The liquid learns by its own rules, such as ``Homeostasis``, which brings each neuron back to its own rate, and the offsets
        of the counters follow. The weights of the readout stay. ``settle`` moves the offsets alone.

        Raises:
            InvalidValue: frozen, or the calibration of ``Homeostasis`` ends and no neuron has fired in it.

        Warns:
            UnusualValue: that calibration still goes on, or thresholds are at the limits of its range.
        """
        self._may_learn("follow")
        said = [np.zeros((0, self._readouts), np.int32)]
        with calibration.heard(self):
            for part in self._batches(X):
                lessons = self._teacher.unlabelled(len(part))
                said.append(self._chip.present(part, learn=True, lessons=lessons)[0])
        calibration.tell(self._chip)
        return self._said(np.concatenate(said))

    def stream(self, samples: Iterable[Any], *, labelled: bool | None = None) -> Iterator[Prediction]:
        """Answer an endless stream, in constant memory; learn from each sample whose label comes with it.

        Args:
            samples: one at a time, each what ``predict`` takes a batch of, or pairs (sample, label); None is no label.
            labelled: True: every entry is a pair (sample, label). False: every entry is a sample, tuples of two as well. None:
                a tuple of two is a pair where it can be nothing else (a label or None behind an array, a list or ``Spikes``,
                and an encoder of neurolsm); any other is refused, never guessed.

        Raises:
            InvalidValue: an entry of another form, and what ``predict`` and ``learn`` refuse.
        """
        for batch, label in entries(samples, self.encoder, labelled):
            yield self.predict(batch) if label is None or self.frozen else self.learn(batch, [label])

    @in_turn
    def declare(self, *labels: Any) -> None:
        """Make room for labels that may come from now on, in the type of those that are known.

        Raises:
            InvalidValue: a label that is known, is of another kind or does not fit the type of the others, or no room in the
                readout.
        """
        known = grown(self.labels, labels)
        if hasattr(self._teacher, "owner"):
            self._teacher.room = known.size  # any neuron may stand for any label
        check_room(self._teacher, known)
        self.labels = known

    @in_turn
    def forget(self, label: Any) -> None:
        """Forget a label: its weights are those of the beginning, and the readout has room for another one. The others stay.

        What was adapted without being kept is forgotten as well.

        Raises:
            InvalidValue: frozen, a label never declared, or the only one.
        """
        self._may_learn("forget")
        place = int(places([label], self.labels, 1)[0])
        if self.labels.size == 1:
            refuse("Deployment.forget", "label", label, "is the only one", "Declare another first")
        left = declared(np.delete(self.labels, place))
        self._teacher.forget(place)
        self.labels, self._odd = left, None

    @in_turn
    def freeze(self) -> None:
        """Refuse to learn until ``thaw``."""
        self.frozen = True

    @in_turn
    def thaw(self) -> None:
        self.frozen = False

    # ------------------------------------------------------------------ life

    def learned(self) -> dict[str, float]:
        """What learning has made, in numbers: the labels that were given, or the prototypes in use."""
        return self._teacher.learned()

    @property
    def state(self) -> State:
        """Everything that the program remembers, a copy."""
        return self._chip.simulator.state

    @in_turn
    def adopt(self, liquid: State) -> None:
        """Take over what the plastic parts of the liquid have learned elsewhere, in the same liquid without a readout.

        Raises:
            InvalidValue: the state of another liquid.
        """
        self._chip.simulator.state = keeping.adopted(self.state, self.program, liquid)

    @in_turn
    def save(self, path: str | Path) -> None:
        """Write everything to one file, whole or not at all. See ``neurolsm.resume``."""
        keeping.snapshot(self).save(path)

    @in_turn
    def load(self, path: str | Path) -> None:
        """Become what was saved, on this backend. What cannot be read leaves the running model untouched.

        Raises:
            FileRefused: not such a file, cut short, changed or newer.
            InvalidValue: a deployment of another program.
        """
        saved = Checkpoint.load(path, own_classes((self.lsm, self.encoder)))
        if saved.program.sha256 != self.program.sha256:
            refuse(
                "Deployment.load", "path", str(path), "was saved by a deployment of another program",
                "Use neurolsm.resume(path), which opens it as it is",
            )  # fmt: skip
        before = keeping.snapshot(self)
        try:
            keeping.restore(self, saved, path)
        except BaseException:
            keeping.restore(self, before, path)
            raise

    def close(self) -> None:
        """End every process of the backend. May be called twice."""
        self._chip.close()

    def __enter__(self) -> Deployment:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    # ------------------------------------------------------------------ parts

    def _said(self, v: NDArray[np.int32]) -> Prediction:
        return self._prediction(self._teacher.scores(v)[:, : self.labels.size])

    def _prediction(self, score: NDArray[np.float64]) -> Prediction:
        best = score.argmax(axis=1) if score.shape[1] else np.zeros(len(score), np.int64)
        probability = self._confidence.probability(score)
        sure = probability[np.arange(len(score)), best] if len(score) else np.zeros(0)
        return Prediction(self.labels[best], sure, probability, self.labels, score)

    def _batches(self, X: Any) -> Iterator[Spikes]:
        inputs = encode(X, self.encoder, self.lsm.inputs)
        for first in range(0, len(inputs), AT_ONCE):
            yield inputs[first : first + AT_ONCE]

    def _may_learn(self, what: str) -> None:
        if self.frozen:
            refuse(f"Deployment.{what}", "frozen", True, "nothing learns while frozen", "Call thaw() first")

    @property
    def _readouts(self) -> int:
        here = self.program.population(READOUT)
        return here.stop - here.start


def __getattr__(name: str) -> Any:
    return moved.attribute(__name__, name)
