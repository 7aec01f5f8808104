"""A deployed model: everything that learns, learns on the backend."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurolsm.deployment.checkpoint import Checkpoint
from neurolsm.deployment.chip import Chip
from neurolsm.deployment.codec import to_json
from neurolsm.deployment.given import answer, encode, entries
from neurolsm.deployment.labels import declared, grown, places
from neurolsm.deployment.prediction import Adaptation, Confidence, Prediction
from neurolsm.deployment.teach_delta import DeltaTeacher
from neurolsm.deployment.teach_prototypes import PrototypeTeacher
from neurolsm.deployment.teacher import Teacher
from neurolsm.describe.checks import plain
from neurolsm.describe.lsm import LSM
from neurolsm.encode import Encoder
from neurolsm.errors import FileRefused, InvalidValue, refuse
from neurolsm.execute.turn import in_turn
from neurolsm.learn.chip import DeltaReadout, PrototypeReadout
from neurolsm.learn.chip.delta import READOUT
from neurolsm.lowering import lower
from neurolsm.program import Program
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State

AT_ONCE = 256  # samples that are held as spikes


class CannotBeSaved(UserWarning):
    """A deployment that runs, and holds what no file can."""


@dataclass(frozen=True, eq=False)
class _Aside:
    """What adaptation to odd samples has learned beside: on the chip, and in the teacher."""

    state: State
    teacher: dict[str, Any]


def deploy(
    lsm: LSM,
    encoder: Encoder | None = None,
    *,
    labels: ArrayLike,
    backend: str = "emulator",
    target: str = "loihi2",
    **options: Any,
) -> Deployment:
    """Put a described machine with a readout on the chip to work; it knows nothing yet.

    Args:
        lsm: the description; its ``readout`` learns on the chip.
        encoder: samples to spikes; None where samples are ``Spikes``.
        labels: every label that may come [K], different and of one kind (strings, bytes, booleans, numbers or dates of NumPy),
            kept in their type; more can be declared later where the readout has room.
        backend: what runs it, ``name`` or ``name:variant``.
        target: as in ``neurolsm.lower``.
        options: of the backend.

    Raises:
        InvalidValue: no readout on the chip, no labels, labels that could not be kept as they are, more labels than room.
        TargetRefusal, NotAvailable: as ``neurolsm.lower`` and ``neurolsm.open_simulator``.

    Warns:
        CannotBeSaved: an encoder or a part that is not of neurolsm; all but ``save`` works.
    """
    if not isinstance(lsm, LSM):
        refuse("deploy", "lsm", type(lsm).__name__, "must be an LSM", "Write LSM(inputs=..., liquid=..., readout=...)")
    if lsm.readout is None:
        refuse(
            "deploy", "lsm.readout", None, "is needed to learn on the chip", "Give the LSM a DeltaReadout(classes=10)"
        )
    known = declared(labels)
    try:
        to_json((lsm, encoder), {})
    except InvalidValue as error:
        warnings.warn(f"this deployment runs, but save will refuse it: {error}", CannotBeSaved, stacklevel=2)
    program = lower(lsm, target).program
    return Deployment(lsm, encoder, program, known, backend, options)


def resume(path: str | Path, *, backend: str = "emulator", **options: Any) -> Deployment:
    """Go on with a saved deployment, on any backend.

    Raises:
        FileRefused: not such a file, cut short, changed or newer.
        TargetRefusal, NotAvailable: the backend lacks what the program needs, or is missing.
    """
    saved = Checkpoint.load(path)
    made = Deployment(saved.lsm, saved.encoder, saved.program, saved.labels, backend, options)
    try:
        made._take(saved, path)
    except BaseException:
        made.close()
        raise
    return made


class Deployment:
    """A running model. A context manager; leaving it ends every process of its backend.

    ``predict`` never changes anything. ``learn``, ``adapt`` and ``reward`` change weights and offsets on the backend, by the
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
        self._odd: _Aside | None = None
        self._chip = Chip(program, lsm.readout, backend, options)
        try:
            self._teacher: Teacher = _teacher(self._chip, self.labels.size)
            self._check_room(self.labels)
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
        return self._prediction(self._teacher.scores(v)[:, : self.labels.size])

    @in_turn
    def learn(self, X: Any, y: ArrayLike) -> Prediction:
        """Learn from labelled samples in turn; returns what it would have said of each just before (test, then train).

        Raises:
            InvalidValue: frozen, no labels, a number of labels unlike that of samples, a label never declared.
        """
        self._may_learn("learn")
        inputs = encode(X, self.encoder, self.lsm.inputs)
        labels = places(y, self.labels, len(inputs))
        scores = [np.zeros((0, self._teacher.room))]
        for first in range(0, len(inputs), AT_ONCE):
            part = slice(first, first + AT_ONCE)
            scores.append(self._teacher.learn(inputs[part], labels[part]))
            self.updates += labels[part].size
        found = np.concatenate(scores)[:, : self.labels.size]
        said = self._prediction(found)
        self._confidence.learn(found, labels)
        return said

    @in_turn
    def adapt(self, X: Any, *, confidence: float = 0.9, limit: int = 20, keep: bool = False) -> list[Adaptation]:
        """Without labels: show each odd sample again and again, strengthening what it seems to be, until sure or ``limit`` times.

        Weights, offsets and the teacher's levels adapt in a memory of their own, which starts as a copy of the deployed one and
        is carried from odd sample to odd sample, so that what is said of plain samples stays as it was. The offsets of the counters follow the first
        look, and the second one decides; while the model is not sure, its favourite is strengthened and the runner-up
        weakened, a little.

        Args:
            X: samples, at least one.
            confidence: from which the model is sure, above 0 and at most 1.
            limit: presentations of a sample, at least 1.
            keep: from now on, use what was adapted for every sample; the next adaptation starts from a copy of it.

        Raises:
            InvalidValue: frozen, empty input, nothing learned yet, a number outside its range.
        """
        self._may_learn("adapt")
        confidence, limit = plain(confidence), plain(limit)
        if isinstance(confidence, bool) or not isinstance(confidence, (int, float)) or not 0 < confidence <= 1:
            refuse("Deployment.adapt", "confidence", confidence, "must lie above 0 and be at most 1", "Try 0.9")
        if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
            refuse("Deployment.adapt", "limit", limit, "must be a whole number, at least 1", "Try 20")
        inputs = encode(X, self.encoder, self.lsm.inputs)
        if not len(inputs) or not inputs.count:
            refuse(
                "Deployment.adapt",
                "X",
                "no spikes",
                "is empty: there is nothing to adapt to",
                "Give a sample that has spikes",
            )
        deployed = _Aside(self.state.copy(), self._teacher.to_dict())
        try:
            self._remember(self._odd or deployed)
            found = [self._adapt(inputs[k : k + 1], confidence, limit) for k in range(len(inputs))]
            adapted = _Aside(self.state.copy(), self._teacher.to_dict())
        except BaseException:
            self._remember(deployed)
            raise
        if keep:
            self._odd = None
        else:
            self._odd = adapted
            self._remember(deployed)
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
        for k in range(len(inputs)):
            v, _ = self._chip.present(inputs[k : k + 1], learn=True)
            score = self._teacher.scores(v)[:, : self.labels.size]
            unknown = np.flatnonzero(~np.isfinite(score[0]))
            chosen = int(unknown[0]) if unknown.size else int(score[0].argmax())  # what was never tried is tried first
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
            self._teacher.settle(part)

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
        self._check_room(known)
        self.labels = known

    @in_turn
    def freeze(self) -> None:
        """Refuse to learn until ``thaw``."""
        self.frozen = True

    @in_turn
    def thaw(self) -> None:
        self.frozen = False

    # ------------------------------------------------------------------ life

    def learned(self) -> dict[str, float]:
        """What learning has made, in numbers: the labels that were heard, or the prototypes in use."""
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
        state = self.state
        n = liquid.bias_mant.size
        names = [p.name for p in self.program.plastic if not p.name.startswith(READOUT)]
        if n > self.program.n or len(liquid.plastic) != len(names):
            refuse(
                "Deployment.adopt",
                "liquid",
                (n, len(liquid.plastic)),
                "is the state of another liquid",
                "Use the same one",
            )
        state.bias_mant[:n], state.vth[:n], state.count[:n] = liquid.bias_mant, liquid.vth, liquid.count
        state.clock = liquid.clock
        for mine, learned in zip(state.plastic, liquid.plastic, strict=False):  # those of the liquid come first
            for name in ("weight", "tag1", "tag2"):
                if getattr(mine, name).shape != getattr(learned, name).shape:
                    refuse("Deployment.adopt", "liquid", name, "is the state of another liquid", "Use the same one")
                getattr(mine, name)[:] = getattr(learned, name)
        self._chip.simulator.state = state

    @in_turn
    def save(self, path: str | Path) -> None:
        """Write everything to one file, whole or not at all. See ``neurolsm.resume``."""
        self._checkpoint().save(path)

    @in_turn
    def load(self, path: str | Path) -> None:
        """Become what was saved, on this backend. What cannot be read leaves the running model untouched.

        Raises:
            FileRefused: not such a file, cut short, changed or newer.
            InvalidValue: a deployment of another program.
        """
        saved = Checkpoint.load(path)
        if saved.program.sha256 != self.program.sha256:
            refuse(
                "Deployment.load", "path", str(path), "was saved by a deployment of another program",
                "Use neurolsm.resume(path), which opens it as it is",
            )  # fmt: skip
        before = self._checkpoint()
        try:
            self._take(saved, path)
        except BaseException:
            self._take(before, path)
            raise

    def close(self) -> None:
        """End every process of the backend. May be called twice."""
        self._chip.close()

    def __enter__(self) -> Deployment:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    # ------------------------------------------------------------------ parts

    def _checkpoint(self) -> Checkpoint:
        memory = self._teacher.to_dict() | {"updates": self.updates}
        odd, odd_teacher = (self._odd.state, self._odd.teacher) if self._odd else (None, None)
        return Checkpoint(
            self.lsm, self.encoder, self.program, self.state, odd, self.labels, memory, odd_teacher,
            (self._confidence.sharpness, self._confidence.labels), self.frozen,
        )  # fmt: skip

    def _take(self, saved: Checkpoint, path: str | Path) -> None:
        try:
            if saved.odd_teacher is not None:
                self._teacher.remember(saved.odd_teacher)
            self._teacher.remember(saved.teacher)
            updates = int(saved.teacher["updates"])
            self._check_room(saved.labels)
        except (KeyError, TypeError, ValueError) as error:
            raise FileRefused(f"{path}: holds no valid deployment ({error}). Restore it from a copy.") from error
        self._chip.simulator.state = saved.state
        self._odd = None if saved.odd is None else _Aside(saved.odd, saved.odd_teacher or saved.teacher)
        self.labels, self.frozen, self.updates = saved.labels, saved.frozen, updates
        self._confidence = Confidence(*saved.confidence)

    def _remember(self, memory: _Aside) -> None:
        """Go on from ``memory``; labels that were declared since keep their room."""
        room = {"room": self._teacher.room} if "room" in memory.teacher else {}
        self._teacher.remember(memory.teacher | room)
        self._chip.simulator.state = memory.state.copy()

    def _adapt(self, sample: Spikes, confidence: float, limit: int) -> Adaptation:
        history: list[float] = []
        while True:
            v, _ = self._chip.present(sample, learn=True)
            said = self._prediction(self._teacher.scores(v)[:, : self.labels.size])
            if not np.isfinite(said.score).any():
                refuse("Deployment.adapt", "labels", [], "nothing was learned yet", "Call learn first")
            history.append(float(said.confidence[0]))
            looks, sure = len(history), history[-1] >= confidence
            if looks == limit or (sure and looks > 1):
                return Adaptation(said.label[0], history[-1], sure, looks, tuple(history))
            self._teacher.follow(v[0], said.score[0], strengthen=looks > 1)

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

    def _check_room(self, labels: NDArray[Any]) -> None:
        if labels.size > self._teacher.room:
            refuse(
                "Deployment", "labels", labels.tolist(), f"are {labels.size}, the readout has room for {self._teacher.room}",
                "Describe a readout with more classes",
            )  # fmt: skip

    @property
    def _readouts(self) -> int:
        here = self.program.population(READOUT)
        return here.stop - here.start


def _teacher(chip: Chip, labels: int) -> Teacher:
    if isinstance(chip.readout, DeltaReadout):
        return DeltaTeacher(chip, chip.readout)
    if isinstance(chip.readout, PrototypeReadout):
        return PrototypeTeacher(chip, chip.readout, labels)
    refuse("Deployment", "lsm.readout", chip.readout, "cannot be taught", "Use DeltaReadout or PrototypeReadout")
