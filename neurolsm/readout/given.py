"""What estimators are given: checks that scikit-learn leaves out, and the way back from a call that failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import check_X_y
from sklearn.utils.multiclass import check_classification_targets

from neurolsm.errors import refuse

TEXT = (str, bytes)
# What float() takes all the same, or NumPy does, or what ends in an error of theirs.
NO_NUMBER = (*TEXT, np.datetime64, np.timedelta64, date, timedelta, np.ma.core.MaskedConstant)


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
    array = x
    if isinstance(x, (list, tuple)) or (hasattr(x, "dtypes") and hasattr(x, "to_numpy")):  # or a type for each column
        try:
            array = np.asarray(x)
        except (
            ValueError,
            TypeError,
        ):  # rows of different length, columns of types that do not meet: for the next check
            return x
    kind = getattr(array, "dtype", np.dtype(float))
    found: Any = kind if getattr(kind, "kind", "O") in "mMSUV" else None
    if getattr(kind, "kind", "") == "O":
        found = next((type(one).__name__ for one in np.asarray(array).ravel() if isinstance(one, NO_NUMBER)), None)
    if found is not None:
        refuse(
            "samples", field, str(found), "must hold numbers", "Convert it with astype(float) if that is what it means"
        )
    return x


def labels(estimator: BaseEstimator, y: Any, n: int) -> NDArray[Any]:
    """Labels [B] of ``n`` samples."""
    given = _own_type(unmasked("y", y))
    _one_kind(estimator, "y", given)
    if isinstance(given, (list, tuple)) and 0 < sum(isinstance(one, (bool, np.bool_)) for one in given) < len(given):
        limit = "mixes truth values with others, which would become numbers"
        refuse(type(estimator).__name__, "y", given, limit, "Give labels of one kind")
    _one_a_sample(estimator, given, n)
    _, checked = check_X_y(np.zeros((n, 1)), given, estimator=estimator)
    check_classification_targets(checked)
    found = np.asarray(checked)
    if (found != found).any():  # NaT, which is a class of its own for NumPy
        refuse(type(estimator).__name__, "y", "NaT", "is no label", "Leave out samples without a label")
    return found


def targets(estimator: BaseEstimator, y: Any, n: int) -> NDArray[np.float64]:
    """Numbers [B] or [B, K] of ``n`` samples."""
    given = numeric("y", y)
    _one_a_sample(estimator, given, n)
    try:
        with np.errstate(over="ignore"):  # what float64 does not hold is infinity there, and refused
            _, checked = check_X_y(np.zeros((n, 1)), given, multi_output=True, y_numeric=True, estimator=estimator)
    except OverflowError:  # a whole number beyond it
        limit = "a value is too large for float64"
        refuse(type(estimator).__name__, "y", type(y).__name__, limit, "Scale the targets down")
    numbers = np.asarray(checked.toarray() if hasattr(checked, "toarray") else checked, np.float64)
    if np.isnan(numbers).any():  # None, which is found in objects only once they are numbers
        refuse(type(estimator).__name__, "y", "None", "Input y contains NaN", "Leave out samples without a target")
    return numbers


def distinct(estimator: BaseEstimator, classes: ArrayLike) -> NDArray[Any]:
    """All labels that will come, each once and sorted."""
    given = _own_type(unmasked("classes", classes))
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
        refuse(type(estimator).__name__, "len(y)", found, limit, "Give one target, or row of targets, per sample")


def _own_type(values: Any) -> Any:
    """Whole numbers and booleans of pandas, which may lack some, as those of NumPy; else they become floats."""
    kind = getattr(getattr(values, "dtype", None), "numpy_dtype", None)
    if getattr(kind, "kind", "O") not in "iub" or values.isna().any():
        return values
    return np.asarray(values.to_numpy(kind))


def _one_kind(estimator: BaseEstimator, field: str, values: Any) -> None:
    """Refuse texts among numbers or among bytes, which NumPy would turn into texts, and durations, which become numbers."""
    name, remedy = type(estimator).__name__, "Give labels of one kind"
    if isinstance(values, (list, tuple)):
        for kind in TEXT:
            if 0 < sum(isinstance(value, kind) for value in values) < len(values):
                refuse(name, field, values, "mixes texts and numbers, or texts and bytes", remedy)
    if getattr(getattr(values, "dtype", None), "kind", "O") == "m":
        refuse(name, field, "durations", "must be numbers, texts or dates", "Convert them with astype(int)")
