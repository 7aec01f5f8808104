"""Ridge readouts that learn from one batch or from a stream, with the same result."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from neurolsm.describe.checks import plain
from neurolsm.errors import refuse
from neurolsm.readout import given
from neurolsm.readout.moments import Moments

RIDGE = 0.1
LARGEST = 1e140  # larger values have no squares to sum


def signed_root(x: NDArray[Any]) -> NDArray[Any]:
    """sign(x) sqrt(|x|): evens out the variance of spike counts, which grows with their mean. float32 stays float32."""
    x = np.asarray(x)
    x = x if x.dtype == np.float32 else x.astype(np.float64)
    return np.copysign(np.sqrt(np.abs(x)), x)


class StreamingRidge(RegressorMixin, BaseEstimator):
    """Ridge regression on standardised features; ``partial_fit`` is exact.

        minimise  sum |y - b - W' z|^2 + ridge F |W|^2,   z = (x - mean) / sd

    This is scikit-learn's ``make_pipeline(StandardScaler(), Ridge(alpha=ridge * F))``, where F counts all features, also those
    that do not vary: they have no say. It is the posterior mean of a Gaussian process with the kernel z . z' / F and ``ridge`` as
    its noise variance, which is why one value serves few features and many. Any order and any division into batches gives the
    weights of one batch, up to rounding, whatever the first batch looks like; all sums are those of float64. Up to F samples it
    solves the dual problem and keeps them; beyond, it keeps sums of size F x F.

    One thing is not linear: at ``predict``, a feature more than 30 times as far from its mean as it was in any sample that was
    learned from counts as its mean. A feature that hardly varied in training would decide everything else.

    Args:
        ridge: above 0. Accuracy is flat in it over a decade or two; smaller for clean targets.
        root: whether to replace x by sign(x) sqrt(|x|) first, which evens out the variance of spike counts.

    Both hold from the first call of ``fit`` or ``partial_fit`` on; a change has no effect until the next ``fit``.

    Attributes:
        n_features_in_: F.

    Raises:
        InvalidValue: a field, or samples that do not fit those learned before, which leaves the readout as it was.
    """

    def __init__(self, ridge: float = RIDGE, root: bool = False) -> None:
        self.ridge = ridge
        self.root = root

    def fit(self, x: ArrayLike, y: ArrayLike) -> StreamingRidge:
        """Forget all, then learn from states [B, F] and targets [B] or [B, K]."""
        with given.all_or_nothing(self):
            forget(self)
            return self.partial_fit(x, y)

    def partial_fit(self, x: ArrayLike, y: ArrayLike) -> StreamingRidge:
        """Learn from more states and targets."""
        with given.all_or_nothing(self):
            first = not hasattr(self, "moments_")
            rows = _rows(self, x, reset=first)
            targets = given.targets(self, y, len(rows))
            columns = targets.reshape(len(rows), -1)
            if first:
                self.flat_ = targets.ndim == 1
            elif (targets.ndim == 1) != self.flat_ or columns.shape[1] != self.moments_.k:
                learned = "[B]" if self.flat_ else f"[B, {self.moments_.k}]"
                limit = f"targets {learned} were learned"
                refuse("StreamingRidge", "y", targets.shape, limit, "Give such targets, or fit anew")
            learn(self, rows, columns)
        return self

    def predict(self, x: ArrayLike) -> NDArray[np.float64]:
        """Targets [B] or [B, K]."""
        y = apply(self, x)
        return y[:, 0] if self.flat_ else y

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


class StreamingRidgeClassifier(ClassifierMixin, BaseEstimator):
    """``StreamingRidge`` on targets of +1 for the class of a sample and -1 for the others; the largest output wins.

    Args:
        ridge, root: as in ``StreamingRidge``; roots are taken by default, as counts are told apart better by them.
    """

    def __init__(self, ridge: float = RIDGE, root: bool = True) -> None:
        self.ridge = ridge
        self.root = root

    def fit(self, x: ArrayLike, y: ArrayLike) -> StreamingRidgeClassifier:
        """Forget all, then learn from states [B, F] and labels [B]."""
        with given.all_or_nothing(self):
            forget(self)
            rows = _rows(self, x, reset=True)
            labels = given.labels(self, y, len(rows))
            self.classes_ = np.unique(labels)
            learn(self, rows, self._signs(labels))
        return self

    def partial_fit(self, x: ArrayLike, y: ArrayLike, classes: ArrayLike | None = None) -> StreamingRidgeClassifier:
        """Learn from more states and labels; ``classes`` lists all labels and is needed in the first call."""
        with given.all_or_nothing(self):
            first = not hasattr(self, "moments_")
            if first and classes is None:
                limit = "is needed in the first call"
                refuse("StreamingRidgeClassifier", "classes", None, limit, "Pass every label that will come")
            rows = _rows(self, x, reset=first)
            labels = given.labels(self, y, len(rows))
            if first:
                self.classes_ = given.distinct(self, classes)  # type: ignore[arg-type]
            given.check_known(self, labels, classes)
            learn(self, rows, self._signs(labels))
        return self

    def _signs(self, labels: NDArray[Any]) -> NDArray[np.float64]:
        number = {label: k for k, label in enumerate(self.classes_.tolist())}
        signs = np.full((len(labels), len(number)), -1.0)
        signs[np.arange(len(labels)), [number[label] for label in labels.tolist()]] = 1
        return signs

    def decision_function(self, x: ArrayLike) -> NDArray[np.float64]:
        """Outputs [B, K]; for two classes their difference [B], positive for the second."""
        y = apply(self, x)
        return y[:, 1] - y[:, 0] if y.shape[1] == 2 else y

    def predict(self, x: ArrayLike) -> NDArray[Any]:
        """Labels [B]."""
        best = apply(self, x).argmax(axis=1)
        return np.asarray(self.classes_[best])


Readout = StreamingRidge | StreamingRidgeClassifier


def fit_pieces(readout: Any, pieces: Iterable[tuple[ArrayLike, NDArray[Any]]], targets: NDArray[Any]) -> Any:
    """Fit a ridge readout on (states, targets) that come piece by piece; ``targets`` are all of them."""
    forget(readout)
    classes = {"classes": np.unique(targets)} if isinstance(readout, StreamingRidgeClassifier) else {}
    for states, y in pieces:
        readout.partial_fit(states, y, **classes)
    return readout


def forget(readout: Readout) -> None:
    """Make the next call of ``partial_fit`` the first."""
    readout.__dict__.pop("moments_", None)


def learn(readout: Readout, rows: NDArray[Any], y: NDArray[np.float64]) -> None:
    """Take checked rows and targets [B, K] into the moments of the readout; the first make them."""
    if not hasattr(readout, "moments_"):
        readout.moments_ = Moments(rows.shape[1], y.shape[1], _ridge(readout))
        readout.root_ = _root(readout)
    for field, values in (("x", rows), ("y", y)):
        largest = max(float(values.max()), -float(values.min()))
        if largest > LARGEST:
            refuse(type(readout).__name__, field, largest, f"must lie within {LARGEST}", "Scale it down")
    readout.moments_.add(signed_root(rows) if readout.root_ else rows, y)


def apply(readout: Readout, x: ArrayLike) -> NDArray[np.float64]:
    """Outputs [B, K]; the weights are found when they are first asked for."""
    check_is_fitted(readout, "moments_")
    rows = _rows(readout, x, reset=False)
    return readout.moments_.solve()(signed_root(rows) if readout.root_ else rows)


def _rows(readout: Readout, x: Any, *, reset: bool) -> NDArray[Any]:
    rows = check_array(given.numeric("x", x), dtype=[np.float64, np.float32], estimator=readout, input_name="X")
    if not reset and rows.shape[1] != readout.n_features_in_:
        name, known = type(readout).__name__, readout.n_features_in_
        limit = f"X has {rows.shape[1]} features, but {name} is expecting {known} features as input"
        refuse(name, "x", rows.shape, limit, "Give the features of the first call")
    validate_data(readout, x, reset=reset, skip_check_array=True)  # numbers and names of the features
    return np.asarray(rows)


def _ridge(readout: Readout) -> float:
    value = plain(readout.ridge)
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not (number and 0 < float(value) <= LARGEST):
        limit = f"must be a number above 0 and at most {LARGEST}"
        refuse(type(readout).__name__, "ridge", value, limit, "Choose a value such as 0.1")
    return float(value)


def _root(readout: Readout) -> bool:
    root = plain(readout.root)
    if not isinstance(root, bool):
        refuse(type(readout).__name__, "root", readout.root, "must be True or False", "Choose one of them")
    return root
