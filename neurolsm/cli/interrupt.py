"""A command that is ended from outside says what is kept, and which command goes on."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

from typer.core import TyperGroup

OTHERS = ("SIGTERM", "SIGHUP")  # a batch system's time is up, a terminal is closed: as Ctrl-C
AGAIN = 0.1  # seconds until a signal that was swallowed is sent once more


class Ended(Exception):
    """Ended from outside; why it is no KeyboardInterrupt: typer would turn that into an exit without a word."""


class Commands(TyperGroup):
    """Commands that say something when they are interrupted."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as end:
            raise Ended(str(end) or "what was not written yet is lost") from end


class Signals:
    """Turns signals into KeyboardInterrupt while it is entered, in the main thread, where nobody else has asked for them.

    One that comes while C calls Python, as compilers and finalizers do, is swallowed there; it is sent once more.

    Attributes:
        number: the last signal that came, SIGINT if none did.
    """

    def __init__(self) -> None:
        self.number: int = signal.SIGINT
        self._process = os.getpid()
        self._before: dict[int, Any] = {}
        self._unraisable = sys.unraisablehook
        self._again: threading.Timer | None = None

    def __enter__(self) -> Signals:
        self._unraisable, sys.unraisablehook = sys.unraisablehook, self._swallowed
        if threading.current_thread() is threading.main_thread():
            for number in (getattr(signal, name) for name in OTHERS if hasattr(signal, name)):
                if signal.getsignal(number) is signal.SIG_DFL:  # nohup, for one, ignores SIGHUP
                    self._before[number] = signal.signal(number, self._come)
        return self

    def __exit__(self, *_: object) -> None:
        sys.unraisablehook = self._unraisable
        if self._again is not None:
            self._again.cancel()
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _swallowed(self, lost: Any) -> None:
        if not issubclass(lost.exc_type, KeyboardInterrupt) or os.getpid() != self._process:
            return self._unraisable(lost)
        self._again = threading.Timer(AGAIN, os.kill, (self._process, self.number))
        self._again.daemon = True
        self._again.start()

    def _come(self, number: int, _: FrameType | None) -> None:
        if os.getpid() != self._process:  # a process that was forked off ends as it always did
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        self.number = number
        raise KeyboardInterrupt


@contextlib.contextmanager
def resumable(option: str, given: object) -> Iterator[None]:
    """Add the command that goes on to what an interrupted call says is kept.

    Args:
        option: what keeps results, as it is typed: ``--cache DIR``.
        given: its value; None if it was not given.
    """
    try:
        yield
    except KeyboardInterrupt as end:
        name = option.split()[0]
        kept = str(end) or (f"what was kept with {name} stays" if given else f"nothing is kept without {name}")
        command = shlex.join(["neurolsm", *sys.argv[1:]]) + ("" if given else f" {option}")
        raise KeyboardInterrupt(f"{kept}: {command}") from end
