"""One vocabulary of errors and warnings: what object, which field, which value, what limit, what to do."""

from __future__ import annotations

import sys
import warnings
from collections import deque
from typing import Any, NoReturn

INSIDE = ("neurolsm", "dataclasses", "copy", "joblib", "numpy", "sklearn")  # modules whose lines no user wrote

_SAID: deque[tuple[Any, set[Any]]] = deque(maxlen=16)  # filters of warnings, and the places that were shown under them


class NeuroLSMError(Exception):
    """Base of everything this package raises on purpose."""


class InvalidValue(NeuroLSMError, ValueError):
    """A value that the user gave lies outside its limit. Raised before anything runs."""


class TargetRefusal(NeuroLSMError, ValueError):
    """A valid description that the named hardware target cannot hold."""


class NotAvailable(NeuroLSMError, LookupError):
    """An unknown or uninstalled backend, model or data set."""


class BackendFailure(NeuroLSMError, RuntimeError):
    """A backend failed while it ran; everything it had started has been ended."""


class FileRefused(NeuroLSMError, ValueError):
    """A file that is cut short, changed, of another version or of another program."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C in a long call: what is kept of it, and how to go on."""


class UnusualValue(UserWarning):
    """A value that is allowed and probably not meant, such as a time constant of 30 s. Shown once for each place."""


def message(owner: str, field: str, value: object, limit: str, remedy: str) -> str:
    """``LIF.tau_mem = 0: must be above 0 s. Give the time constant in seconds, such as 20e-3.``"""
    if getattr(value, "shape", None) == () and hasattr(value, "item"):
        value = value.item()  # a NumPy scalar is shown as the number it is
    shown = " ".join(repr(value).split())  # one line
    if len(shown) > 80:
        shown = shown[:77] + "..."
    return f"{owner}.{field} = {shown}: {limit}. {remedy}"


def one_line(error: BaseException) -> str:
    """What an error of somebody else's says, short and in one line; its name where it says nothing."""
    said = " ".join(str(error).split())
    return f"{said[:197]}..." if len(said) > 200 else said or type(error).__name__


def refuse(owner: str, field: str, value: object, limit: str, remedy: str) -> NoReturn:
    raise InvalidValue(message(owner, field, value, limit, remedy))


def refuse_target(target: str, field: str, value: object, limit: str, remedy: str) -> NoReturn:
    raise TargetRefusal(f"target {target} cannot hold {message('LSM', field, value, limit, remedy)}")


def warn_unusual(owner: str, field: str, value: object, usual: str, remedy: str) -> None:
    """Say that a value is probably not meant, at the line outside this package that gave it.

    A text is shown once for each place, so ``usual`` must not hold a number that changes from batch to batch.
    """
    warn_once(UnusualValue, message(owner, field, value, usual, remedy))


def warn_once(category: type[Warning], text: str) -> None:
    """Warn at the line outside this package, once for each place where the filters do not ask for more.

    Python would show it again whenever anybody has entered ``warnings.catch_warnings`` in between, as scikit-learn does between two
    batches. What was said is remembered for the filters in force, so whoever enters it to listen hears all of it.
    """
    level = outside()
    frame = sys._getframe(level - 1)
    filters = getattr(
        warnings, "_get_filters", lambda: warnings.filters
    )()  # of the context, where Python keeps them there
    place = category, text, frame.f_code.co_filename, frame.f_lineno
    if not _each_time(filters, category, text, frame.f_globals.get("__name__", ""), frame.f_lineno):
        said = next((places for known, places in _SAID if known is filters), None)
        if said is None:
            said = set()
            _SAID.append((filters, said))
        if place in said:
            return
        said.add(place)
    warnings.warn(text, category, stacklevel=level)


def _each_time(filters: Any, category: type[Warning], text: str, module: str, line: int) -> bool:
    """Whether the filter that holds for a warning treats each one alike."""

    def matches(pattern: Any, found: str) -> bool:
        return pattern is None or (pattern == found if isinstance(pattern, str) else pattern.match(found) is not None)

    for action, start, kind, where, at in filters:
        if matches(start, text) and issubclass(category, kind) and matches(where, module) and at in (0, line):
            return action in ("always", "all", "error", "ignore")
    return False


def outside() -> int:
    """The ``stacklevel``, for a warning of the function that calls this, of the first frame outside this package.

    What constructs, copies and wraps its classes counts as inside.
    """
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").split(".")[0] in INSIDE:
        level, frame = level + 1, frame.f_back
    return level
