"""How well a model does: several splits, mean and standard deviation, confusion, times."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone, is_classifier
from sklearn.metrics import accuracy_score, confusion_matrix, r2_score
from sklearn.model_selection import ShuffleSplit, StratifiedShuffleSplit

from neurolsm.arrays import take as array_of
from neurolsm.arrays import whole
from neurolsm.describe.checks import plain
from neurolsm.errors import refuse
from neurolsm.estimators.base import LSMEstimator
from neurolsm.execute.linear_algebra import fit_on_host
from neurolsm.execute.workers import Workers, run_tasks
from neurolsm.program.spikes import Spikes
from neurolsm.readout import given
from neurolsm.readout.cache import Run
from neurolsm.readout.samples import joined
from neurolsm.shown import shown

Splits = Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]]
Model = Any  # an estimator in scikit-learn's manner, or a function from the number of a split to one


@shown(
    metric="metric", mean="mean", sd="sd", values="values", train_samples="train", test_samples="test",
    ms_per_sample="ms_per_sample", seconds="seconds",
)  # fmt: skip
@dataclass(frozen=True, eq=False, kw_only=True)
class Evaluation:
    """A metric over several splits.

    Attributes:
        metric: ``accuracy`` or ``r2``.
        values: one per split.
        train, test: samples in each part of a split.
        classes: the labels, sorted; empty for numbers.
        confusion: test samples of all splits by true label (row) and predicted label (column); None for numbers.
        seconds: all the time it took.
        ms_per_sample: time in the simulator for one sample; None where nothing was simulated, and so are the next two.
        spikes_per_sample: spikes of the neurons.
        synops_per_sample: synaptic operations.
    """

    metric: str
    values: tuple[float, ...]
    train: int
    test: int
    classes: tuple[Any, ...]
    confusion: NDArray[np.int64] | None
    seconds: float
    ms_per_sample: float | None = None
    spikes_per_sample: float | None = None
    synops_per_sample: float | None = None

    @property
    def mean(self) -> float:
        return float(np.mean(self.values))

    @property
    def sd(self) -> float | None:
        """Standard deviation over the splits (n - 1 in the denominator); None for a single split, which has none."""
        return float(np.std(self.values, ddof=1)) if len(self.values) > 1 else None

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "metric": self.metric,
            "value": self.mean,
            "value_sd": self.sd,
            "values": list(self.values),
            "train": self.train,
            "test": self.test,
            "classes": np.asarray(self.classes).tolist(),
            "confusion": None if self.confusion is None else self.confusion.tolist(),
            "seconds": self.seconds,
            "ms_per_sample": self.ms_per_sample,
            "spikes_per_sample": self.spikes_per_sample,
            "synops_per_sample": self.synops_per_sample,
        }

    def __str__(self) -> str:
        scale, digits, unit = (100, 2, " %") if self.metric == "accuracy" else (1, 3, "")
        found = f"{self.metric} {scale * self.mean:.{digits}f}"
        if self.sd is None:
            return f"{found}{unit} on one split"
        return f"{found} ± {scale * self.sd:.{digits}f}{unit} over {len(self.values)} splits"


def evaluate(
    model: Model,
    X: Any,
    y: ArrayLike,
    *,
    splits: int | Splits = 10,
    test_size: float = 0.2,
    seed: int = 0,
    progress: bool | None = None,
    workers: Workers = None,
) -> Evaluation:
    """Fit and score a model on shuffled splits, stratified by label for a classifier.

    Where the liquid states of an LSM do not depend on the training part (the encoder is given, nothing is plastic) they are
    computed once and shared by all splits, which gives the same values as fitting each split anew. With one split they are
    not held all at once (``LSMClassifier.fit``), and times, spikes and operations are those of the test part.

    Args:
        model: an estimator, cloned for each split, or a function from the number of a split to a new estimator.
        X, y: all samples and their labels or numbers.
        splits: how many, at least 1; or the splits themselves, each the numbers of the train and of the test samples.
        test_size: share of the samples in the test part, between 0 and 1.
        seed: of the splits that are drawn; the same seed gives the same splits, whatever the model.
        progress: True or False: a bar or none; None: a bar on a terminal once it takes long.
        workers: what runs the samples and the splits, as in ``neurolsm.execute.workers``; the values do not depend on it.

    Raises:
        InvalidValue: a split cannot be made.

    Example:
        >>> import numpy as np
        >>> import neurolsm as nl
        >>> rng = np.random.default_rng(1)
        >>> y = np.repeat([0, 1], 20)
        >>> x = rng.uniform(0.0, 0.4, (40, 2)) + 0.6 * np.eye(2)[y]
        >>> model = nl.LSMClassifier(encoder=nl.RateEncoder(steps=20), backend="reference")
        >>> found = nl.evaluate(model, x, y, splits=2)
        >>> found.metric, found.values, found.confusion.tolist()
        ('accuracy', (1.0, 1.0), [[8, 0], [0, 8]])
    """
    start = time.perf_counter()
    X, first = joined(X), _model_of(model, 0)
    classify = bool(is_classifier(first))
    targets = (given.labels if classify else given.targets)(first, y, _count(X))
    chosen = _splits(targets, classify, splits, test_size, seed)
    alone = len(chosen) == 1  # its samples are spread over the workers, else the splits are
    states = None if _is_factory(model) or alone else _shared_states(first, X, workers)
    how: dict[str, Any] = {
        "workers": None if alone else workers,
        "desc": "splits",
        "unit": "split",
        "progress": progress,
    }
    runs: list[Run] = []
    if states:
        tasks = [(first.new_readout(), train, test) for train, test in chosen]
        guesses, runs = run_tasks(_read_out, tasks, (states.states, targets), **how), [states]
    else:
        tasks = [
            (_with_workers(_model_of(model, number), workers if alone or workers is None else 1), train, test)
            for number, (train, test) in enumerate(chosen)
        ]
        found = run_tasks(_fit_predict, tasks, (X, targets), **how)
        guesses, runs = [guess for guess, _ in found], [run for _, run in found if run]
    truths = [targets[test] for _, test in chosen]
    score = accuracy_score if classify else r2_score
    values = [float(score(truth, guess)) for truth, guess in zip(truths, guesses, strict=True)]
    classes = np.unique(targets) if classify else np.zeros(0)
    samples = sum(run.spikes.size for run in runs)
    return Evaluation(
        metric="accuracy" if classify else "r2",
        values=tuple(values),
        train=len(chosen[0][0]),
        test=len(chosen[0][1]),
        classes=tuple(classes.tolist()),
        confusion=confusion_matrix(np.concatenate(truths), np.concatenate(guesses), labels=classes)
        if classify
        else None,
        seconds=time.perf_counter() - start,
        ms_per_sample=1e3 * sum(run.seconds for run in runs) / samples if samples else None,
        spikes_per_sample=sum(int(run.spikes.sum()) for run in runs) / samples if samples else None,
        synops_per_sample=sum(int(run.synops.sum()) for run in runs) / samples if samples else None,
    )


def take(X: Any, index: NDArray[np.int64]) -> Any:
    """The samples with these numbers, of any kind of X."""
    if isinstance(X, (list, tuple)):
        return [X[k] for k in index]
    return X.iloc[index] if hasattr(X, "iloc") else X[index]


def _is_factory(model: Model) -> bool:
    return isinstance(model, Callable) and not hasattr(model, "fit")  # type: ignore[arg-type]


def _model_of(model: Model, split: int) -> Any:
    made = model(split) if _is_factory(model) else clone(model)
    if not hasattr(made, "fit") or not hasattr(made, "predict"):
        refuse("evaluate", "model", made, "must be an estimator that fits and predicts", "Such as LSMClassifier(...)")
    return made


def _count(X: Any) -> int:
    shape = getattr(X, "shape", None)  # a sparse matrix has no length
    try:
        return int(shape[0]) if shape else len(X)
    except TypeError:  # None, a number
        refuse("evaluate", "X", X, "must be samples", "Give an array or a list of samples")


def _splits(y: NDArray[Any], classify: bool, splits: int | Splits, test_size: float, seed: int) -> Splits:
    count, number = plain(splits), plain(seed)
    if isinstance(count, (bool, str, float)) or not (isinstance(count, int) or isinstance(splits, Sequence)):
        refuse("evaluate", "splits", splits, "must be a whole number, or a list of pairs of sample numbers", "Try 10")
    if (isinstance(count, int) and count < 1) or (not isinstance(count, int) and not len(count)):
        refuse("evaluate", "splits", splits, "at least 1 is needed", "Try 10")
    if not isinstance(count, int):
        return [_split(f"splits[{k}]", one, len(y)) for k, one in enumerate(count)]
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < 1 << 32:
        refuse("evaluate", "seed", seed, "must be a whole number in 0..2**32 - 1", "Give one whole number")
    kind = StratifiedShuffleSplit if classify else ShuffleSplit
    try:
        return list(kind(n_splits=count, test_size=plain(test_size), random_state=number).split(np.zeros(len(y)), y))
    except ValueError as error:
        refuse(
            "evaluate",
            "test_size",
            test_size,
            f"cannot split {len(y)} samples: {error}",
            "Give more samples, or another share",
        )


def _split(where: str, pair: Any, samples: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The numbers of the train and of the test samples of one split that was given."""
    if not isinstance(pair, (tuple, list, np.ndarray)) or len(pair) != 2:
        refuse("evaluate", where, pair, "must be a pair (train, test) of sample numbers", "Give two arrays")
    found = []
    for part, chosen in zip(("train", "test"), pair, strict=True):
        numbers = array_of("evaluate", f"{where} {part}", chosen)
        if numbers.dtype.kind == "b" and numbers.shape == (samples,):
            numbers = np.flatnonzero(numbers)
        numbers = whole("evaluate", f"{where} {part}", numbers, "Give the numbers of the samples, 0 the first")
        if numbers.ndim != 1 or not numbers.size or numbers.min() < -samples or numbers.max() >= samples:
            limit = f"must be numbers of some of the {samples} samples"
            refuse("evaluate", f"{where} {part}", chosen, limit, "Give the numbers of the samples, 0 the first")
        found.append(numbers)
    return found[0], found[1]


def _shared_states(model: Any, X: Any, workers: Workers) -> Run | None:
    """The states of all samples, if they are the same whatever the training part is."""
    if not isinstance(model, LSMEstimator) or (model.encoder is None and not isinstance(X, Spikes)):
        return None
    samples = _with_workers(model, workers).prepare(X)
    return None if model.program_.learns else model.states_.run(samples)


def _with_workers(model: Any, workers: Workers) -> Any:
    """The model, with its liquid states spread over ``workers``; None leaves it as it is."""
    return model.set_params(workers=workers) if isinstance(model, LSMEstimator) and workers is not None else model


def _read_out(
    states: NDArray[Any], y: NDArray[Any], readout: Any, train: NDArray[Any], test: NDArray[Any]
) -> NDArray[Any]:
    return np.asarray(fit_on_host(readout, states[train], y[train]).predict(states[test]))


def _fit_predict(
    X: Any, y: NDArray[Any], model: Any, train: NDArray[Any], test: NDArray[Any]
) -> tuple[NDArray[Any], Run | None]:
    if not isinstance(model, LSMEstimator):
        return fit_on_host(model, take(X, train), y[train]).predict(take(X, test)), None
    model.fit(take(X, train), y[train])
    run = model.run(take(X, test))
    return model.readout_.predict(run.states), run
