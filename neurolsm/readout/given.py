"""What estimators are given: checks that scikit-learn leaves out, and the way back from a call that failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import check_X_y
from sklearn.utils.multiclass import check_classification_targets

from neurolsm.errors import refuse

TEXT = (str, bytes)


@contextmanager
def all_or_nothing(estimator: BaseEstimator) -> Iterator[None]:
    """Whatever ends the block early leaves the attributes of ``estimator`` as they were."""
    before = dict(vars(estimator))
    try:
        yield
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(before)
        raise


def unmasked(field: str, x: Any) -> Any:
    """``x``, without a mask that hides nothing. NumPy shows what lies under a mask to all that do not ask for it."""
    if not isinstance(x, np.ma.MaskedArray):
        return x
    if np.ma.getmaskarray(x).any():
        refuse(
            "samples", field, "a masked array", "some values are masked, so missing", "Fill them with filled() first"
        )
    return np.ma.getdata(x)


def numeric(field: str, x: Any) -> Any:
    """``x`` without a mask; refused where its entries are no numbers but could be taken for some: text, dates, durations."""
    x = unmasked(field, x)
    kind = getattr(x, "dtype", np.dtype(float))
    if isinstance(x, (list, tuple)):
        try:
            kind = np.asarray(x).dtype
        except ValueError:  # rows of different length: for the check that follows
            return x
    elif hasattr(x, "dtypes") and hasattr(x, "to_numpy"):  # a table with a type for each column
        kind = np.asarray(x).dtype
    if getattr(kind, "kind", "O") in "mMSUV":
        refuse(
            "samples", field, str(kind), "must hold numbers", "Convert it with astype(float) if that is what it means"
        )
    return x


def labels(estimator: BaseEstimator, y: Any, n: int) -> NDArray[Any]:
    """Labels [B] of ``n`` samples."""
    given = unmasked("y", y)
    _one_kind(estimator, "y", given)
    _one_a_sample(estimator, given, n)
    _, checked = check_X_y(np.zeros((n, 1)), given, estimator=estimator)
    check_classification_targets(checked)
    return np.asarray(checked)


def targets(estimator: BaseEstimator, y: Any, n: int) -> NDArray[np.float64]:
    """Numbers [B] or [B, K] of ``n`` samples."""
    given = numeric("y", y)
    _one_a_sample(estimator, given, n)
    _, checked = check_X_y(np.zeros((n, 1)), given, multi_output=True, y_numeric=True, estimator=estimator)
    return np.asarray(checked.toarray() if hasattr(checked, "toarray") else checked, np.float64)


def distinct(estimator: BaseEstimator, classes: ArrayLike) -> NDArray[Any]:
    """All labels that will come, each once and sorted."""
    given = unmasked("classes", classes)
    _one_kind(estimator, "classes", given)
    array = np.asarray(given)
    if array.ndim != 1 or not array.size or (array.dtype.kind == "f" and not np.isfinite(array).all()):
        refuse(
            type(estimator).__name__, "classes", classes, "must be a list of labels", "Pass every label that will come"
        )
    return np.unique(array)


def check_known(estimator: Any, y: NDArray[Any], classes: ArrayLike | None = None) -> None:
    """Refuse other ``classes`` than those of the first call, and labels among ``y`` that are none of them."""
    known, name = set(estimator.classes_.tolist()), type(estimator).__name__
    if classes is not None and set(distinct(estimator, classes).tolist()) != known:
        limit = f"the first call was given {estimator.classes_.tolist()}"
        refuse(name, "classes", classes, limit, "Pass the same, or none; fit anew for others")
    unknown = sorted(set(y.tolist()) - known, key=str)
    if unknown:
        refuse(name, "y", unknown, "not among the classes of the first call", "Pass every label in classes at first")


def _one_a_sample(estimator: BaseEstimator, y: Any, n: int) -> None:
    shape = getattr(y, "shape", None)
    found = shape[0] if shape else len(y) if isinstance(y, (list, tuple)) else n
    if found != n:
        limit = f"inconsistent numbers of samples, X has {n}"
        refuse(type(estimator).__name__, "len(y)", found, limit, "Give one target, or row of targets, a sample")


def _one_kind(estimator: BaseEstimator, field: str, values: Any) -> None:
    """Refuse texts among numbers, which NumPy would turn into texts."""
    if isinstance(values, (list, tuple)) and 0 < sum(isinstance(value, TEXT) for value in values) < len(values):
        refuse(type(estimator).__name__, field, values, "mixes texts and numbers", "Give labels of one kind")
