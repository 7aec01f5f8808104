"""The fields of descriptions as parameters of an estimator, as deep as they go: ``lsm__liquid__input__weight``.

A description is frozen, so a new value makes a new description of every one above it, each of which checks itself again. Members of a
tuple are counted: ``lsm__liquid__liquids__0__topology__n``, ``features__1__windows``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from difflib import get_close_matches
from typing import Any

from neurolsm.errors import InvalidValue, refuse


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
