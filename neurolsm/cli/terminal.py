"""What is shown: on any terminal, into any pipe, and also where nobody listens any more."""

from __future__ import annotations

import codecs
import os
import sys
import warnings
from collections.abc import Callable
from typing import Any, TextIO

from neurolsm.errors import NeuroLSMError, UnusualValue

PLAIN = {"±": "+-", "→": "->", "µ": "u"}  # for terminals that have no such letter; all others become \xNN or \uNNNN
BROKEN_PIPE = 141  # exit code of a command whose reader has ended: 128 and the number of SIGPIPE
ERRORS = "neurolsm"


class NotShown(NeuroLSMError):
    """The standard output cannot be written; the cause is the error of the system."""

    @property
    def ended(self) -> bool:
        """Whether the reader has ended, as ``head`` does when it has enough."""
        return isinstance(self.__cause__, BrokenPipeError)


def prepare() -> None:
    """Let everything be printed: letters that the terminal lacks are replaced, and closed streams are no places for results.

    A descriptor that is closed would be given to the next file that is opened, and what libraries print would spoil it.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDONLY)  # takes the lowest number that is free
    codecs.register_error(ERRORS, _plain)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=ERRORS)
    if warnings.formatwarning.__module__ != __name__:
        warnings.formatwarning = _in_a_line(warnings.formatwarning)


def _in_a_line(others: Callable[..., str]) -> Callable[..., str]:
    """Warnings of ours without the line of code they come from, which says nothing to who has typed a command."""

    def shown(message: Warning | str, category: type[Warning], *rest: Any, **options: Any) -> str:
        if issubclass(category, UnusualValue):
            return f"neurolsm: warning: {message}\n"
        return others(message, category, *rest, **options)

    return shown


def say(text: str = "", end: str = "\n", flush: bool = False) -> None:
    """Print.

    Raises:
        NotShown: the reader has ended, or the disk behind the standard output is full.
    """
    try:
        print(text, end=end, flush=flush)
    except OSError as error:
        raise _silenced(error) from error


def finish() -> None:
    """Show what is still on its way.

    Raises:
        NotShown: as ``say``.
    """
    try:
        sys.stdout.flush()
    except OSError as error:
        raise _silenced(error) from error


def complain(text: str) -> None:
    """One message on the standard error, where somebody reads it."""
    try:
        print(f"neurolsm: {text}", file=sys.stderr, flush=True)
    except OSError:
        _give_up(sys.stderr)


def _silenced(error: OSError) -> NotShown:
    _give_up(sys.stdout)
    return NotShown(f"the result could not be shown ({error.strerror})")


def _give_up(stream: TextIO) -> None:
    """Let what waits in the stream go nowhere; else the end of the interpreter would try it again, and fail."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _plain(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    if error.encoding.replace("-", "").startswith("utf"):
        return codecs.backslashreplace_errors(error)  # a name of a file that is no text
    shown = "".join(PLAIN.get(letter) or letter.encode("ascii", "backslashreplace").decode() for letter in text)
    return shown, error.end
