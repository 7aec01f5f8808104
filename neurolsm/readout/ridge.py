"""Ridge readouts that learn from one batch or from a stream, with the same result."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.multiclass import unique_labels
from sklearn.utils.validation import check_array, check_is_fitted

from neurolsm.errors import refuse
from neurolsm.readout.moments import PIECE, Moments

RIDGE = 0.1
Solution = tuple[NDArray[np.float64], NDArray[np.float64]]


def signed_root(x: NDArray[Any]) -> NDArray[Any]:
    """sign(x) sqrt(|x|): evens out the variance of spike counts, which grows with their mean. float32 stays float32."""
    x = np.asarray(x)
    x = x if x.dtype == np.float32 else x.astype(np.float64)
    return np.copysign(np.sqrt(np.abs(x)), x)


class StreamingRidge(RegressorMixin, BaseEstimator):
    """Ridge regression on standardised features; ``partial_fit`` is exact.

        minimise  sum |y - b - W' z|^2 + ridge F |W|^2,   z = (x - mean) / sd

    This is the posterior mean of a Gaussian process with the kernel z . z' / F and ``ridge`` as its noise variance, which is why
    one value serves few features and many. Any order and any division into batches gives the weights of one batch, up to
    rounding. Up to F samples it solves the dual problem and keeps them; beyond, it keeps sums of size F x F.

    Args:
        ridge: above 0. Accuracy is flat in it over a decade or two; smaller for clean targets.
        root: whether to replace x by sign(x) sqrt(|x|) first, which evens out the variance of spike counts.
    """

    def __init__(self, ridge: float = RIDGE, root: bool = False) -> None:
        self.ridge = ridge
        self.root = root

    def fit(self, x: ArrayLike, y: ArrayLike) -> StreamingRidge:
        """Forget all, then learn from states [B, F] and targets [B] or [B, K]."""
        self.__dict__.pop("moments_", None)
        return self.partial_fit(x, y)

    def partial_fit(self, x: ArrayLike, y: ArrayLike) -> StreamingRidge:
        """Learn from more states and targets."""
        check_ridge(self)
        targets = check_array(y, ensure_2d=False, dtype=np.float64)
        if not hasattr(self, "moments_"):
            self.flat_ = targets.ndim == 1
        self.moments_ = learn(self, x, targets.reshape(len(targets), -1))
        self.solution_: Solution | None = None
        return self

    def predict(self, x: ArrayLike) -> NDArray[np.float64]:
        """Targets [B] or [B, K]."""
        y = apply(self, x)
        return y[:, 0] if self.flat_ else y


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
        self.__dict__.pop("moments_", None)
        return self.partial_fit(x, y, classes=unique_labels(y))

    def partial_fit(self, x: ArrayLike, y: ArrayLike, classes: ArrayLike | None = None) -> StreamingRidgeClassifier:
        """Learn from more states and labels; ``classes`` lists all labels and is needed in the first call."""
        check_ridge(self)
        if not hasattr(self, "moments_"):
            if classes is None:
                refuse(
                    "StreamingRidgeClassifier",
                    "classes",
                    None,
                    "is needed in the first call",
                    "Pass every label that will come",
                )
            self.classes_ = np.unique(np.asarray(classes))
        labels = np.asarray(y)
        unknown = np.setdiff1d(labels, self.classes_)
        if unknown.size:
            refuse(
                "StreamingRidgeClassifier",
                "y",
                unknown.tolist(),
                "not among the classes of the first call",
                "Pass every label in classes at first",
            )
        targets = np.where(labels[:, None] == self.classes_, 1.0, -1.0)
        self.moments_ = learn(self, x, targets)
        self.solution_: Solution | None = None
        return self

    def decision_function(self, x: ArrayLike) -> NDArray[np.float64]:
        """Outputs [B, K]; for two classes their difference [B], positive for the second."""
        y = apply(self, x)
        return y[:, 1] - y[:, 0] if y.shape[1] == 2 else y

    def predict(self, x: ArrayLike) -> NDArray[Any]:
        """Labels [B]."""
        return self.classes_[apply(self, x).argmax(axis=1)]


def fit_pieces(readout: Any, pieces: Iterable[tuple[ArrayLike, NDArray[Any]]], targets: NDArray[Any]) -> Any:
    """Fit a ridge readout on (states, targets) that come piece by piece; ``targets`` are all of them."""
    readout.__dict__.pop("moments_", None)
    classes = {"classes": unique_labels(targets)} if isinstance(readout, StreamingRidgeClassifier) else {}
    for states, y in pieces:
        readout.partial_fit(states, y, **classes)
    return readout


def check_ridge(readout: StreamingRidge | StreamingRidgeClassifier) -> None:
    if not (isinstance(readout.ridge, (int, float, np.number)) and 0 < readout.ridge < np.inf):
        refuse(type(readout).__name__, "ridge", readout.ridge, "must be a number above 0", "Choose a value such as 0.1")


def learn(readout: StreamingRidge | StreamingRidgeClassifier, x: ArrayLike, y: NDArray[np.float64]) -> Moments:
    """The moments of the readout with more rows taken in."""
    rows = _rows(readout, x)
    moments = getattr(readout, "moments_", None) or Moments(origin=rows.mean(axis=0, dtype=np.float64))
    if rows.shape[1] != moments.origin.size:
        refuse(
            type(readout).__name__,
            "x",
            rows.shape,
            f"has {rows.shape[1]} features, {moments.origin.size} were learned",
            "Use the features of the first call",
        )
    moments.add(rows, y)
    return moments


def apply(readout: StreamingRidge | StreamingRidgeClassifier, x: ArrayLike) -> NDArray[np.float64]:
    """Outputs [B, K]; the weights are found when they are first asked for."""
    check_is_fitted(readout, "moments_")
    if readout.solution_ is None:
        readout.solution_ = readout.moments_.solve(readout.ridge)
    weights, offset = readout.solution_
    rows = _rows(readout, x)
    pieces = range(0, len(rows), PIECE)
    return np.concatenate([rows[k : k + PIECE].astype(np.float64) @ weights for k in pieces]) + offset


def _rows(readout: StreamingRidge | StreamingRidgeClassifier, x: ArrayLike) -> NDArray[Any]:
    array = check_array(x, dtype=[np.float64, np.float32])
    return signed_root(array) if readout.root else array
