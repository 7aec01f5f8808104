"""What Brian2 has once for a process, used as a guest: nothing that others have chosen is changed."""

from __future__ import annotations

import logging
import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from neurolsm.errors import BackendFailure, one_line
from neurolsm.execute.turn import Turn

ONE = Turn()  # Brian2's device and preferences are one for all threads


@contextmanager
def guest() -> Iterator[None]:
    """For one thread at a time, also where a caller has made errors of deprecations inside Brian2 and of underflow, by which
    what a long silence leaves becomes 0."""
    with ONE, warnings.catch_warnings(), np.errstate(under="ignore"):
        bear_with_brian2()
        yield


def bear_with_brian2() -> None:
    """It calls other packages by names that they no longer like."""
    warnings.filterwarnings(
        "ignore", category=DeprecationWarning, module=r"brian2\.|pyparsing\.|sympy\.|pkg_resources|setuptools"
    )


def ready() -> None:
    """Import Brian2, from any thread. It would take Ctrl-C, which Python allows the main thread alone, and with it uncaught
    exceptions and warnings: those stay with whoever had them.

    Raises:
        BackendFailure: it finds no folder that can be written.
    """
    with guest():
        if "brian2" in sys.modules:
            return
        hook, show, take, here = sys.excepthook, warnings.showwarning, signal.signal, threading.get_ident()

        def leave(number: int, handler: Any) -> Any:
            return signal.getsignal(number) if threading.get_ident() == here else take(number, handler)

        signal.signal = leave
        try:
            import brian2  # noqa: F401
        except OSError as error:  # it wants folders for its log and for the settings of Matplotlib
            raise BackendFailure(
                f"brian2: Brian2 cannot be imported ({one_line(error)}). Set TMPDIR to a folder that can be written."
            ) from error
        finally:
            signal.signal = take
            sys.excepthook = hook
            if warnings.showwarning is not show:
                logging.captureWarnings(False)
