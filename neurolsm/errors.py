"""One vocabulary of errors and warnings: what object, which field, which value, what limit, what to do."""

from __future__ import annotations

import sys
import warnings
from typing import NoReturn

INSIDE = ("neurolsm", "dataclasses", "copy", "numpy", "sklearn")  # modules whose lines no user wrote


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

    Python shows a text once for each place, so ``usual`` must not hold a number that changes from batch to batch.
    """
    warnings.warn(message(owner, field, value, usual, remedy), UnusualValue, stacklevel=outside())


def outside() -> int:
    """The ``stacklevel``, for a warning of the function that calls this, of the first frame outside this package.

    What constructs, copies and wraps its classes counts as inside.
    """
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").split(".")[0] in INSIDE:
        level, frame = level + 1, frame.f_back
    return level
