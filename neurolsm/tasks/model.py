"""Models: one task each, as data; found by name through the entry-point group ``neurolsm.models``."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.describe import checks
from neurolsm.describe.checks import plain
from neurolsm.describe.lsm import LSM
from neurolsm.encode.encoder import Encoder
from neurolsm.errors import NotAvailable, refuse
from neurolsm.random import stream
from neurolsm.tasks.task import Task

if TYPE_CHECKING:
    from neurolsm.measure.scenarios.changes import Change
    from neurolsm.readout.features import Features

GROUP = "neurolsm.models"
TEST_SHARE = 0.2  # of the samples, where the data come without a test set
MOST_SPLITS = 1000


@dataclass(frozen=True, eq=False)
class Data:
    """Samples and what is to be said of them.

    Attributes:
        x: what the encoder takes: an array [B, ...], or a list of B samples of different length.
        y: labels [B], or numbers [B] or [B, K].
        test: which samples are the official test set, boolean [B]; None: none is, so random splits are drawn.
        groups: what samples have in common that those to come will not, such as their speaker [B]; None for nothing. As many
            splits as there are groups leave one group out each.
    """

    x: Any
    y: NDArray[Any]
    test: NDArray[np.bool_] | None = None
    groups: NDArray[Any] | None = None

    def __len__(self) -> int:
        return len(self.y)

    @property
    def labelled(self) -> bool:
        """Whether y holds classes rather than numbers."""
        return self.y.ndim == 1 and self.y.dtype.kind not in "fc"

    def take(self, index: NDArray[Any]) -> Data:
        """The samples of the given numbers."""
        x = self.x[index] if isinstance(self.x, np.ndarray) else [self.x[k] for k in index]
        test, groups = (None if a is None else a[index] for a in (self.test, self.groups))
        return Data(x, self.y[index], test, groups)

    def subset(self, samples: int | None, seed: int = 0) -> Data:
        """``samples`` of them (None: all), drawn evenly from the classes and groups and in the original order."""
        if samples is None:
            return self
        samples = _whole("samples", samples, 1, len(self), "what the data hold", "Leave it out for all")
        seed = _whole("seed", seed, 0, 2**63 - 1, "", "Give one whole number")
        order = stream(seed, "model/subset").permutation(len(self))
        kind = np.zeros(len(self), int)
        if self.labelled:
            kind = np.unique(self.y, return_inverse=True)[1]
        if self.groups is not None:
            group = np.unique(self.groups, return_inverse=True)[1]
            kind = kind * (group.max() + 1) + group
        if self.test is not None:
            kind = 2 * kind + self.test
        place = np.zeros(len(self), int)  # first, second, ... of its kind
        for k in np.unique(kind):
            mine = order[kind[order] == k]
            place[mine] = np.arange(mine.size)
        return self.take(np.sort(order[np.argsort(place[order], kind="stable")[:samples]]))

    def splits(self, count: int, seed: int = 0) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Pairs of (train, test) sample numbers: the official one, or ``count`` random ones, 80/20 and stratified.

        With groups, as many splits as there are groups (two at least) leave each out once.

        Raises:
            InvalidValue: too few samples, several splits of data that have a test set, numbers out of range.
        """
        count = _whole("splits", count, 1, MOST_SPLITS, "", "Ten give a mean and its spread")
        seed = _whole("split_seed", seed, 0, 2**32 - 1, "", "Give one whole number")
        groups = np.unique(self.groups) if self.groups is not None else np.zeros(0)
        if groups.size == count > 1:
            for group in groups:
                yield np.flatnonzero(self.groups != group), np.flatnonzero(self.groups == group)
            return
        if self.test is None:
            yield from self._random_splits(count, seed)
            return
        if count > 1:
            remedy = f", or {groups.size} to leave each group out once" if groups.size > 1 else " and vary the seed"
            refuse("Data", "splits", count, "the data have one test set of their own", "Use 1 split" + remedy)
        if self.test.all() or not self.test.any():
            refuse("Data", "samples", len(self), "leaves no sample to train on or none to test", "Take more samples")
        yield np.flatnonzero(~self.test), np.flatnonzero(self.test)

    def folds(self, count: int, seed: int = 0) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Pairs of (train, test) sample numbers in which each sample, of the official test set too, is tested once.

        Raises:
            InvalidValue: fewer than 2 folds, or more than the smallest class has samples.
        """
        from sklearn.model_selection import KFold, StratifiedKFold

        most = int(np.unique(self.y, return_counts=True)[1].min()) if self.labelled else len(self)
        count = _whole("folds", count, 2, most, "the samples of the smallest class", "Try 10")
        seed = _whole("seed", seed, 0, 2**32 - 1, "", "Give one whole number")
        kind = StratifiedKFold if self.labelled else KFold
        yield from kind(count, shuffle=True, random_state=seed).split(np.zeros(len(self)), self.y)

    def _random_splits(self, count: int, seed: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        from sklearn.model_selection import ShuffleSplit, StratifiedShuffleSplit

        needed = 2
        if self.labelled:
            classes, counts = np.unique(self.y, return_counts=True)
            needed = max(int(classes.size / TEST_SHARE), 2 * len(self) // int(counts.min()) if counts.min() < 2 else 0)
        if len(self) < needed:
            refuse(
                "Data", "samples", len(self), f"must be at least {needed} to train and test on all classes", "Take more"
            )  # fmt: skip
        kind = StratifiedShuffleSplit if self.labelled else ShuffleSplit
        yield from kind(count, test_size=TEST_SHARE, random_state=seed).split(np.zeros(len(self)), self.y)


def _whole(field: str, value: Any, low: int, high: int, why: str, remedy: str) -> int:
    """``value`` as an int, whatever type of whole number it is."""
    number = plain(value)
    if not isinstance(number, int) or isinstance(number, bool) or not low <= number <= high:
        limit = f"must be a whole number, {low} to {high}" + (f", {why}" if why else "")
        refuse("Data", field, value, limit, remedy)
    return number


@dataclass(frozen=True, eq=False)
class Control:
    """What the task is like without the liquid: any scikit-learn estimator on the same samples.

    Attributes:
        name: what it is, in a few words.
        estimator: unfitted.
    """

    name: str
    estimator: Any


@dataclass(frozen=True)
class Range:
    """Numbers from ``low`` to ``high``, both included; ``log``: drawn evenly in their logarithm; ``whole``: whole numbers."""

    low: float
    high: float
    log: bool = False
    whole: bool = False

    def __post_init__(self) -> None:
        for end in ("low", "high"):  # whole numbers stay whole, for reports show them
            if isinstance(plain(getattr(self, end)), int):
                checks.whole(self, end, -(2**53), 2**53)
            else:
                checks.number(self, end, -math.inf, finite=True)
        if not self.low < self.high or (self.log and self.low <= 0):
            remedy = "Give the lower end first, above 0 where the scale is logarithmic"
            refuse("Range", "low, high", (self.low, self.high), "must be an interval", remedy)


@dataclass(frozen=True)
class OneOf:
    """One of a few values: numbers, words or truth values."""

    values: tuple[float | int | str | bool, ...]


@dataclass(frozen=True, kw_only=True)
class Space:
    """Settings of a model among which ``neurolsm tune`` searches.

    Attributes:
        entries: what may vary, by name.
        build: the model with given values of all entries, as keyword arguments.
    """

    entries: dict[str, Range | OneOf]
    build: Callable[..., Model]


@dataclass(frozen=True, kw_only=True)
class Model:
    """One task and the Liquid State Machine for it.

    Args:
        name: as typed on the command line.
        summary: what it does, in one sentence.
        load: gives the data; raises NotAvailable, with the remedy, where they are missing.
        lsm: the description of a seed; its ``inputs`` are the channels of the encoder.
        encoder: samples to spikes.
        features: what the readout sees.
        readout: a new, unfitted scikit-learn estimator.
        metric: name of a scikit-learn scorer, such as ``accuracy`` or ``r2``.
        splits: random splits in the standard evaluation; 1 where the data have a test set.
        controls: more that its figures are to be held against than the readout without the liquid and random layers.
        chip_readout: scenario, number of labels, number of training samples -> the readout that learns on the chip.
        space: settings that ``neurolsm tune`` may try; None: it is not to be searched.
        changes: what may happen to its surroundings; None for those that its samples allow (``neurolsm.measure.scenarios.changes``).
    """

    name: str
    summary: str
    load: Callable[[], Data]
    lsm: Callable[[int], LSM]
    encoder: Encoder
    features: Features
    readout: Callable[[], Any]
    metric: str = "accuracy"
    splits: int = 10
    controls: Callable[[], tuple[Control, ...]] = tuple
    chip_readout: Callable[[str, int, int], Any] | None = None
    changes: Callable[[], tuple[Change, ...]] | None = None
    space: Space | None = None


def _points() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


def names() -> list[str]:
    """Every model that is installed."""
    return sorted(_points())


def get(name: str) -> Model | Task:
    """The model or the task of that name.

    Raises:
        NotAvailable: unknown, or it cannot be imported.
    """
    points = _points()
    if not points:
        raise NotAvailable(f'model {name!r} is not installed. Type: pip install "neurolsm[models]"')
    if name not in points:
        raise NotAvailable(f"model {name!r} is unknown. Installed are: {', '.join(sorted(points))}")
    try:
        model: Model | Task = points[name].load()
    except ImportError as error:
        raise NotAvailable(f"model {name!r} cannot be imported ({error}). Install what its package needs") from error
    return model
