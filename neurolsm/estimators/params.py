"""The fields of descriptions as parameters of an estimator, as deep as they go: ``lsm__liquid__input__weight``.

A description is frozen, so a new value makes a new description of every one above it, each of which checks itself again. Members of a
tuple are counted: ``lsm__liquid__liquids__0__topology__n``, ``features__1__windows``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from sklearn.base import BaseEstimator

from neurolsm.errors import InvalidValue, refuse

if TYPE_CHECKING:
    from typing_extensions import Self

DESCRIPTIONS = ("lsm", "encoder", "features")  # parameters whose fields are parameters, too


class Described(BaseEstimator):
    """An estimator some of whose parameters are descriptions. Not used by itself."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters by name; ``deep``: also every field of the descriptions in them, such as ``lsm__liquid__input__weight``."""
        found = super().get_params(deep=deep)
        for name in DESCRIPTIONS if deep else ():
            found |= {f"{name}__{path}": value for path, value in below(found[name]).items()}
        return found

    def set_params(self, **params: Any) -> Self:
        """Set parameters by name, also within descriptions: ``set_params(lsm__liquid__input__weight=0.5, features__windows=8)``.

        Whatever lies in one description changes at once, and is checked before anything is set. ``GridSearchCV`` and pipelines reach
        the same names.

        Raises:
            InvalidValue: a path that leads nowhere, with what there is; or a value that a description refuses, with the path.
            ValueError: an unknown parameter of the estimator itself.

        Example:
            >>> import neurolsm as nl
            >>> model = nl.LSMClassifier(encoder=nl.RateEncoder(rate=0.5), features=nl.Counts(windows=4))
            >>> model.set_params(encoder__rate=0.7, features__windows=8).get_params()["encoder__rate"]
            0.7
            >>> model.features
            Counts(windows=8)
        """
        plain, within = dict[str, Any](), dict[str, dict[str, Any]]()
        for name, value in params.items():
            first, inside, rest = name.partition("__")
            if inside and first in DESCRIPTIONS and not hasattr(params.get(first, getattr(self, first)), "set_params"):
                within.setdefault(first, {})[rest] = value
            else:
                plain[name] = value
        for name, new in within.items():
            plain[name] = changed(type(self).__name__, name, plain.get(name, getattr(self, name)), new)
        super().set_params(**plain)
        return self


def parts(value: Any) -> dict[str, Any]:
    """What lies directly in a description, or in a tuple of them, by name; nothing in anything else."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name) for f in fields(value) if f.init}
    if isinstance(value, tuple) and any(parts(one) for one in value):
        return {str(k): one for k, one in enumerate(value)}
    return {}


def below(value: Any) -> dict[str, Any]:
    """Every part in a description and in those that lie in it, by path."""
    found = {}
    for name, part in parts(value).items():
        found[name] = part
        found |= {f"{name}__{path}": inner for path, inner in below(part).items()}
    return found


def changed(owner: str, where: str, value: Any, new: Mapping[str, Any]) -> Any:
    """``value`` with other parts, given by path; all that lie in one description change at once.

    Args:
        owner: the estimator, for messages.
        where: the path of ``value``.
        value: a description or a tuple.
        new: values by path from ``value`` on.

    Raises:
        InvalidValue: a path that leads nowhere, or a value that a description refuses; it names the path.
    """
    known, here, deeper = parts(value), dict[str, Any](), dict[str, dict[str, Any]]()
    for path, one in new.items():
        name, inside, rest = path.partition("__")
        if name not in known:
            _refuse_path(owner, f"{where}__{path}", one, where, value, name)
        if inside:
            deeper.setdefault(name, {})[rest] = one
        else:
            here[name] = one
    for name, inner in deeper.items():
        here[name] = changed(owner, f"{where}__{name}", here.get(name, known[name]), inner)
    if isinstance(value, tuple):
        return tuple(here.get(str(k), one) for k, one in enumerate(value))
    try:
        return replace(value, **here)
    except InvalidValue as error:
        paths = ", ".join(f"{where}__{name}" for name in here)
        raise InvalidValue(f"{owner}.set_params({paths}): {error}") from error


def _refuse_path(owner: str, path: str, given: Any, where: str, value: Any, name: str) -> None:
    known = list(parts(value))
    if not known:
        remedy = f"Set {where} as a whole first, to a description that has {name}"
        refuse(owner, path, given, f"leads nowhere: {where} is {_short(value)}, in which nothing lies", remedy)
    close = get_close_matches(name, known, 1)
    what = "a tuple" if isinstance(value, tuple) else f"of class {type(value).__name__}"
    remedy = f"Did you mean {where}__{close[0]}?" if close else f"Choose among them, such as {where}__{known[0]}"
    refuse(owner, path, given, f"leads nowhere: {where}, {what}, has {', '.join(known)}", remedy)


def _short(value: Any) -> str:
    shown = " ".join(repr(value).split())
    return shown if len(shown) <= 40 else f"of class {type(value).__name__}"
