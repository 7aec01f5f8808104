"""What a host reaches on a stream of batches that keeps every sample whose label has come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from neurolsm.execute.linear_algebra import fit_on_host
from neurolsm.measure.baselines.random_relu import RandomReLU
from neurolsm.measure.scenarios.setting import Setting
from neurolsm.tasks.model import Data

PARTS = 30  # pieces of the stream: a readout on the host is fitted anew before each of them, where new labels have come
PIECE = 500  # samples whose distances are held

Known = NDArray[np.int64]  # the label of t may be used for the samples after known[t]
Right = NDArray[np.bool_]


def on_host(setting: Setting, first: Data, then: Data, known: Known) -> Right:
    """The model's own readout on the liquid's states."""
    return _refitted(setting.model.readout, setting.states(first.x), first.y, setting.states(then.x), then.y, known)


def random_layer(setting: Setting, first: Data, then: Data, known: Known) -> Right:
    """Random ReLU units on the values, as many as the liquid has neurons, with linear discriminant analysis of all that came."""
    layer = RandomReLU(setting.model.lsm(setting.seed).n, setting.seed).fit(setting.values(first.x))
    x, new = layer.transform(setting.values(first.x)), layer.transform(setting.values(then.x))
    return _refitted(_lda, x, first.y, new, then.y, known)


def one_nearest(setting: Setting, first: Data, then: Data, known: Known) -> Right:
    """The label of the nearest sample in the values, among all whose label has come before this very sample."""
    x = np.concatenate([setting.values(first.x), setting.values(then.x)])
    y, since = np.concatenate([first.y, then.y]), np.concatenate([np.full(len(first), -1), known])
    right = np.empty(len(then), bool)
    square = (x**2).sum(axis=1)
    for start in range(0, len(then), PIECE):
        at = np.arange(start, min(start + PIECE, len(then)))
        far = square - 2 * x[len(first) + at] @ x.T
        far[since >= at[:, None]] = np.inf
        right[at] = y[far.argmin(axis=1)] == then.y[at]
    return right


def _lda() -> Any:
    return LinearDiscriminantAnalysis(solver="lsqr", shrinkage=1e-2)


def _refitted(
    new: Callable[[], Any], x: NDArray[Any], y: NDArray[Any], then: NDArray[Any], truth: NDArray[Any], known: Known
) -> Right:
    """Fitted to what was known at the start of each part of the stream."""
    right = np.empty(len(truth), bool)
    fitted, seen = fit_on_host(new(), x, y), 0
    for part in _parts(len(truth)):
        have = known < part[0]
        if have.sum() > seen:
            known_x, known_y = np.concatenate([x, then[have]]), np.concatenate([y, truth[have]])
            fitted, seen = fit_on_host(new(), known_x, known_y), int(have.sum())
        right[part] = fitted.predict(then[part]) == truth[part]
    return right


def _parts(n: int) -> Iterator[NDArray[np.int64]]:
    return (part for part in np.array_split(np.arange(n), min(n, PARTS)) if part.size)
