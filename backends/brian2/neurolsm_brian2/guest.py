"""What Brian2 has once for a process, used as a guest: nothing that others have chosen is changed."""

from __future__ import annotations

import logging
import signal
import sys
import threading
import warnings
from typing import Any

from neurolsm.execute.turn import Turn

ONE = Turn()  # Brian2's device and preferences are one for all threads


def ready() -> None:
    """Import Brian2, from any thread. It would take Ctrl-C, which Python allows the main thread alone, and with it uncaught
    exceptions and warnings: those stay with whoever had them."""
    with ONE:
        if "brian2" in sys.modules:
            return
        hook, show, take, here = sys.excepthook, warnings.showwarning, signal.signal, threading.get_ident()

        def leave(number: int, handler: Any) -> Any:
            return signal.getsignal(number) if threading.get_ident() == here else take(number, handler)

        signal.signal = leave
        try:
            import brian2  # noqa: F401
        finally:
            signal.signal = take
            sys.excepthook = hook
            if warnings.showwarning is not show:
                logging.captureWarnings(False)
