"""Whether a part, of neurolsm or not, offers what a protocol asks for; and how one is refused by its own name."""

from __future__ import annotations

from inspect import isfunction, signature
from typing import Any, NoReturn

from neurolsm.errors import refuse


def check_part(owner: str, field: str, value: Any, protocol: type, remedy: str) -> None:
    """Refuse what lacks something of a protocol; ``isinstance`` compares names alone, and a class has all its methods.

    Raises:
        InvalidValue: names what it lacks.
    """
    lacking = _lacking(value, protocol)
    if lacking:
        refuse(owner, field, value, f"must be {protocol.__name__}, but {lacking}", remedy)


def _lacking(value: Any, protocol: type) -> str:
    if isinstance(value, type):
        return "it is a class, not an object of it"
    for name, member in vars(protocol).items():
        if name.startswith("_") and name != "__call__":
            continue
        if not isfunction(member):
            if not hasattr(value, name):
                return f"has no {name}"
            continue
        asked = list(signature(member).parameters)[1:]
        method = value if name == "__call__" else getattr(value, name, None)
        if not _takes(method, len(asked)):
            return f"has no {name}({', '.join(asked)})"
    return ""


def _takes(method: Any, arguments: int) -> bool:
    if not callable(method):
        return False
    try:
        signature(method).bind(*[None] * arguments)
    except (TypeError, ValueError):  # another number of arguments; something without a signature
        return False
    return True


def refuse_returned(part: object, method: str, value: object, limit: str, remedy: str) -> NoReturn:
    """``Ring.draw() = 5: must be a Graph. ...``, by the name of the user's class."""
    refuse(name_of(part), f"{method}()", value, limit, remedy)


def name_of(part: object) -> str:
    """The name of a function, or else that of the class."""
    return part.__name__ if isfunction(part) else type(part).__name__
