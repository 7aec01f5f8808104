"""A model with other settings: the text ``drive=4.6``, checked against the space that the model declares."""

from __future__ import annotations

import math
from collections.abc import Iterable
from inspect import Parameter, signature
from typing import Any

from neurolsm.errors import InvalidValue
from neurolsm.tasks.model import Model
from neurolsm.tasks.space import OneOf, Range, Space
from neurolsm.tasks.task import Task


def with_settings(model: Model | Task, given: Iterable[str]) -> Model | Task:
    """The model that its space builds from some settings; the model itself if there are none.

    Args:
        model: with a ``space``, unless nothing is given.
        given: ``NAME=VALUE`` each. What is left out keeps the default that ``Space.build`` has for it.

    Raises:
        InvalidValue: a model without a space, an unknown or repeated name, a value outside its range or of another type, or a
            name that is left out and has no default.
    """
    texts: dict[str, str] = {}
    for one in given:
        name, equals, text = one.partition("=")
        if not equals or not name:
            raise InvalidValue(f"--set {one}: must be NAME=VALUE. Write --set drive=1.5, for one")
        if name in texts:
            raise InvalidValue(f"--set {one}: {name} is set twice. Give it once")
        texts[name] = text
    if not texts:
        return model
    if isinstance(model, Task) or model.space is None:
        raise InvalidValue(f"--set {next(iter(given))}: {model.name} declares no space of settings. Leave it out")
    space = model.space
    values = {name: _value(model.name, space, name, text) for name, text in texts.items()}
    if lacking := [name for name in space.entries if name not in values and not _has_default(space, name)]:
        raise InvalidValue(f"--set: {model.name} has no default for {', '.join(lacking)}. Set it, too")
    return space.build(**values)


def as_options(values: dict[str, Any]) -> list[str]:
    """The words of a command line that set these values, to the last bit."""
    return [word for name, value in values.items() for word in ("--set", f"{name}={value}")]


def _has_default(space: Space, name: str) -> bool:
    taken = signature(space.build).parameters.get(name)
    return taken is not None and taken.default is not Parameter.empty


def _value(model: str, space: Space, name: str, text: str) -> Any:
    entry = space.entries.get(name)
    if entry is None:
        raise InvalidValue(f"--set {name}={text}: {model} has no setting {name!r}. It has: {', '.join(space.entries)}")
    what = f"--set {name}={text}"
    return _one_of(what, entry, text) if isinstance(entry, OneOf) else _in_range(what, entry, text)


def _in_range(what: str, entry: Range, text: str) -> float | int:
    kind = "a whole number" if entry.whole else "a number"
    limit = f"must be {kind}, {entry.low:g} to {entry.high:g}. Give one of that range"
    try:
        value = int(text) if entry.whole else float(text)
    except ValueError:
        raise InvalidValue(f"{what}: {limit}") from None
    if math.isnan(value) or not entry.low <= value <= entry.high:
        raise InvalidValue(f"{what}: {limit}")
    return value


def _one_of(what: str, entry: OneOf, text: str) -> Any:
    for value in entry.values:
        if text == str(value) or (not isinstance(value, (bool, str)) and _same(value, text)):
            return value
    raise InvalidValue(f"{what}: must be one of {', '.join(map(str, entry.values))}. Choose one of them")


def _same(value: float, text: str) -> bool:
    try:
        return float(text) == value
    except ValueError:
        return False
