"""What a page may say, read with care: anything else is refused in one sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np

from neurolsm.errors import NeuroLSMError, one_line

LARGEST = 64 * 1024  # bytes of a message
POINTS = 4000  # of a drawing
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}\.lsm")
LONGEST = 40  # characters of a label
MOST = 10**6  # of a value; each feed has a range of its own


class Refused(NeuroLSMError, ValueError):
    """A message that cannot be carried out, and why.

    Attributes:
        number: of the message, as far as that could be read.
    """

    number = 0


@final
@dataclass(frozen=True)
class Message:
    """What a page asks for.

    Attributes:
        do: a key of ``FIELDS``.
        given: its fields, checked.
        number: by which the page knows the answer.
    """

    do: str
    given: dict[str, Any] = field(default_factory=dict)
    number: int = 0


def _strokes(value: Any) -> list[np.ndarray]:
    if not isinstance(value, list) or not all(isinstance(one, list) and one and len(one) % 2 == 0 for one in value):
        raise Refused("strokes must be lists x, y, x, y, ... of numbers")
    if sum(map(len, value)) > 2 * POINTS:
        raise Refused(f"a drawing may have {POINTS:,} points. Clear it and draw with fewer")
    if not all(type(number) in (int, float) and 0 <= number <= 1 for one in value for number in one):
        raise Refused("the numbers of strokes must lie between 0 and 1")
    return [np.array(one, np.float64).reshape(-1, 2) for one in value]


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Refused("must be true or false")
    return value


def _label(value: Any) -> str:
    said = " ".join(value.split()) if isinstance(value, str) else ""
    if not 0 < len(said) <= LONGEST or not said.isprintable():
        raise Refused(f"a label must be a name of 1 to {LONGEST} characters")
    return said


def _share(value: Any) -> float:
    if type(value) not in (int, float) or not 0 < value <= 1:
        raise Refused("a confidence must lie above 0 and be at most 1")
    return float(value)


def _file(value: Any) -> str:
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise Refused("a file must have a plain name that ends in .lsm, such as mine.lsm")
    return value


def _backend(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 60:
        raise Refused("a backend must be a name from 'neurolsm backends'")
    return value


def _feed(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST:
        raise Refused("a feed must be a name, such as mackey_glass")
    return value


def _number(value: Any) -> float:
    if type(value) not in (int, float) or not abs(value) <= MOST:
        raise Refused(f"a value must be a finite number, between -{MOST:,} and {MOST:,}")
    return float(value)


Field = Callable[[Any], Any]
DRAWING: dict[str, Field] = {"strokes": _strokes, "fit": _truth}
# do -> its fields; what only a writer may do is all but what is in WATCHING.
FIELDS: dict[str, dict[str, Field]] = {
    "draw": DRAWING,
    "sample": {},
    "teach": {"label": _label},
    "forget": {"label": _label},
    "adapt": {"confidence": _share, "keep": _truth},
    "freeze": {"on": _truth},
    "save": {"file": _file},
    "hand": {"backend": _backend},
    "stream": {"on": _truth, "learn": _truth, "feed": _feed},
    "value": {"feed": _feed, "value": _number},
    "change": {},
    "take": {},
}
WATCHING = frozenset({"take"})


def read(text: str | bytes) -> Message:
    """A message from its JSON.

    Raises:
        Refused: too large, no JSON, an unknown thing to do, a field that is missing, unknown or wrong.
    """
    size = len(text if isinstance(text, bytes) else text.encode("utf-8", "replace"))
    if size > LARGEST:
        raise Refused(f"the message has {size:,} bytes, the limit is {LARGEST:,}. Draw with fewer points")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refused(f"the message is no JSON ({one_line(error):.80})") from error
    if not isinstance(found, dict) or not isinstance(found.get("do"), str):
        raise Refused('a message must be an object such as {"do": "sample"}')
    do, number = found.pop("do"), found.pop("number", 0)
    if type(number) is not int or not 0 <= number < 2**53:
        raise Refused("the number of a message must be a whole one")
    try:
        return Message(do, _given(do, found), number)
    except Refused as error:
        error.number = number
        raise


def _given(do: str, found: dict[str, Any]) -> dict[str, Any]:
    if do not in FIELDS:
        raise Refused(f"nothing is called {do!r:.60}. There are {', '.join(FIELDS)}")
    wanted = FIELDS[do]
    if set(found) != set(wanted):
        raise Refused(f"{do} has the fields {', '.join(wanted) or '(none)'}, and {len(found)} were given")
    return {name: _field(do, name, check, found[name]) for name, check in wanted.items()}


def _field(do: str, name: str, check: Field, value: Any) -> Any:
    try:
        return check(value)
    except Refused as error:
        raise Refused(f"{do}.{name}: {error}") from None
