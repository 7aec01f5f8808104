"""A label in every step of a series."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from neurolsm.errors import refuse
from neurolsm.estimators.sequence import LSMSequenceEstimator, known_rows, like
from neurolsm.readout.given import all_or_nothing, labels
from neurolsm.sequence.series import Series, length_of, parts_of


class LSMSequenceClassifier(ClassifierMixin, LSMSequenceEstimator):
    """Names what goes on in every step of a series by a Liquid State Machine.

        scores[t] = b + W' s[t],   label[t] = the class with the largest score

    trained by ridge regression on +1 for the class of a step and -1 for the others. X, washout, hold and the parameters are
    those of ``LSMSequenceRegressor``. y has one label for each row of X, [T]; None or NaN where nothing is to be learned.

    Attributes:
        classes_: the labels, sorted.
        encoder_, lsm_, program_, states_, ridge_, solution_, state_, n_features_in_: as in ``LSMSequenceRegressor``.

    Raises:
        InvalidValue: X, y or a field does not fit; the estimator stays as it was.

    >>> import numpy as np, neurolsm as nl
    >>> x = np.sin(np.arange(400) / 5)
    >>> model = nl.LSMSequenceClassifier(washout=50).fit(x, x > 0)
    >>> model.score(x, x > 0) > 0.95
    True
    """

    def fit(self, X: Any, y: Any) -> LSMSequenceClassifier:
        """Build the network and fit the readout to the labels of each step."""
        with all_or_nothing(self):
            series = self._first(X)
            self._build(series)
            named = self._labels(series, y)
            known = [one[k] for one, k in ((one, known_rows(one)) for one in named)]
            self.classes_ = np.unique(labels(self, np.concatenate(known), sum(map(len, known))))
            if len(self.classes_) < 2:
                limit = "must name at least two classes"
                refuse(type(self).__name__, "y", self.classes_.tolist(), limit, "Give labels of each class")
            self._fit(series, [self._signs(one) for one in named])
        return self

    def partial_fit(self, X: Any, y: Any, *, go_on: bool = False) -> LSMSequenceClassifier:
        """Learn from more series; the first call is ``fit``, which must name all classes."""
        if not hasattr(self, "solution_"):
            return self.fit(X, y)
        with all_or_nothing(self):
            series = self._read(X)
            self._follow(series, [self._signs(one) for one in self._labels(series, y)], go_on)
        return self

    def decision_function(self, X: Any, *, go_on: bool = False) -> Any:
        """Scores [T, classes] of each step of one series; stacked or a list for several."""
        check_is_fitted(self, "solution_")
        return like(X, self._predict(self._read(X), go_on))

    def predict(self, X: Any, *, go_on: bool = False) -> Any:
        """Labels [T] of each step of one series; [B, T] or a list for several."""
        check_is_fitted(self, "solution_")
        return like(X, [self.classes_[one.argmax(axis=1)] for one in self._predict(self._read(X), go_on)])

    def score(self, X: Any, y: Any) -> float:  # type: ignore[override]  # values in time have no weights
        """Share of the steps named right, after the washout of each series and where there is a label."""
        check_is_fitted(self, "solution_")
        series = self._read(X)
        right = total = 0
        for scores, named in zip(self._predict(series, False), self._labels(series, y), strict=True):
            known = known_rows(named)
            known[: self.washout] = False
            right += int((self.classes_[scores.argmax(axis=1)][known] == named[known]).sum())
            total += int(known.sum())
        if not total:
            refuse(
                type(self).__name__,
                "y",
                "no label",
                "after the washout there is nothing to score",
                "Give longer series",
            )
        return right / total

    def _labels(self, series: Series, y: Any) -> list[NDArray[Any]]:
        """One label for each value of each series."""
        found = []
        for field, one in parts_of(type(self).__name__, y, [length_of(part, self.states_.hold) for part in series]):
            array = np.asarray(one.to_numpy() if hasattr(one, "to_numpy") else one)
            array = array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array
            if array.ndim != 1:
                limit = "must be one label for each value of the series, [T]"
                refuse(
                    type(self).__name__,
                    field,
                    array.shape,
                    limit,
                    "Give [T] for one series, a list of [T_i] for several",
                )
            found.append(array)
        return found

    def _signs(self, named: NDArray[Any]) -> NDArray[np.float64]:
        """+1 for the class of each step and -1 for the others; NaN where there is no label."""
        known = known_rows(named)
        place = {label: k for k, label in enumerate(self.classes_.tolist())}
        unknown = sorted({one for one in named[known].tolist() if one not in place}, key=str)
        if unknown:
            refuse(type(self).__name__, "y", unknown, "not among the classes of fit", "Name every class in fit")
        signs = np.full((len(named), len(place)), np.nan)
        signs[known] = -1.0
        signs[np.flatnonzero(known), [place[one] for one in named[known].tolist()]] = 1.0
        return signs
