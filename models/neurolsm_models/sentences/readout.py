"""A readout for states of thousands of rarely firing neurons: logistic regression on states weighted by naive Bayes.

    r_i = log(p_i / sum p) - log(q_i / sum q),     p_i = 1 + sentences of class 1 in which neuron i fired,   q_i of class 0
    P(class 1) = sigmoid(b + sum_i w_i r_i x_i),   w small: |w|^2 / 2 + C sum of the losses is least

A neuron that says nothing about the class has r near 0 and stays out. C is chosen by cross-validation within the training part.

Source: Wang and Manning, Baselines and bigrams, ACL (2012), with the logistic loss.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

INNER = 4  # folds of the training part


class RatioClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Two classes from [B, N] of 0 and 1, sparse or not.

    Args:
        penalties: values of C to choose from.
        random_state: of the inner folds.
    """

    def __init__(self, penalties: tuple[float, ...] = (0.03, 0.1, 0.3, 1.0), random_state: int = 0) -> None:
        self.penalties = penalties
        self.random_state = random_state

    def fit(self, x: Any, y: NDArray[np.int64]) -> RatioClassifier:
        """Ratios, C, and weights."""
        self.penalty_ = self._choose(x, y)
        self.ratio_ = log_ratio(x, y)
        self.logistic_ = _logistic(self.penalty_).fit(_scaled(x, self.ratio_), y)
        self.classes_ = self.logistic_.classes_
        return self

    def _choose(self, x: Any, y: NDArray[np.int64]) -> float:
        """The C with most right answers in the inner folds, the smallest of equals; the first where a class is too small for two folds."""
        folds = min(INNER, int(np.unique(y, return_counts=True)[1].min()))
        right = np.zeros(len(self.penalties))
        if folds < 2:
            return self.penalties[0]
        for train, test in StratifiedKFold(folds, shuffle=True, random_state=self.random_state).split(y, y):
            ratio = log_ratio(x[train], y[train])
            seen, new = _scaled(x[train], ratio), _scaled(x[test], ratio)
            for k, c in enumerate(self.penalties):
                right[k] += (_logistic(c).fit(seen, y[train]).predict(new) == y[test]).sum()
        return self.penalties[int(right.argmax())]

    def predict(self, x: Any) -> NDArray[np.int64]:
        """The class of each row."""
        return np.asarray(self.logistic_.predict(_scaled(x, self.ratio_)))


def log_ratio(x: Any, y: NDArray[np.int64]) -> NDArray[np.float64]:
    """r of each column, [N]."""
    high, low = np.unique(y)[::-1]
    p, q = (1.0 + np.asarray(x[y == c].sum(axis=0), float).ravel() for c in (high, low))
    return np.log(p / p.sum()) - np.log(q / q.sum())


def _scaled(x: Any, ratio: NDArray[np.float64]) -> Any:
    from scipy.sparse import csr_matrix, diags

    return csr_matrix(x) @ diags(ratio)


def _logistic(c: float) -> LogisticRegression:
    return LogisticRegression(C=c, solver="liblinear", random_state=0)
