"""The data of a task, and how they are split into those to learn from and those to be tested on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.describe.checks import plain
from neurolsm.errors import refuse
from neurolsm.random import stream

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

    def batches(self, seed: int) -> list[NDArray[np.int64]]:
        """The sample numbers of each group, groups ascending, each in a random order of its own."""
        assert self.groups is not None
        return [
            np.random.default_rng([seed, 7, k]).permutation(np.flatnonzero(self.groups == name))
            for k, name in enumerate(np.unique(self.groups))
        ]

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
