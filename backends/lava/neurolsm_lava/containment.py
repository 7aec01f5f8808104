"""Start Lava's processes without a trace on the program they are started from."""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import queue
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

PR_SET_PDEATHSIG = 1  # of prctl(2)

_one_at_a_time = threading.RLock()
_forker: Forker | None = None
_libc = ctypes.CDLL(None) if sys.platform.startswith("linux") else None


@contextmanager
def contained() -> Iterator[None]:
    """Within the block, Lava processes may be built and started; afterwards everything is as it was.

    * each Lava process adds a handler to the root logger and itself to two registries that keep it for ever: both go;
    * Ctrl-C waits until the block is done, so that no process starts unnoticed.

    The start method that the program has chosen for ``multiprocessing`` plays no part: see ``parts``.
    """
    from lava.magma.core.process.process import ProcessServer
    from lava.magma.core.process.variable import VarServer

    with _one_at_a_time, interrupts_deferred(), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of forks in programs with threads
        handlers = list(logging.getLogger().handlers)
        registries = [ProcessServer().processes, VarServer().vars]
        known = [len(registry) for registry in registries]
        try:
            yield
        finally:
            logging.getLogger().handlers[:] = handlers
            for registry, count in zip(registries, known, strict=True):
                del registry[count:]


@contextmanager
def interrupts_deferred() -> Iterator[None]:
    """Let Ctrl-C take effect at the end of the block. Only the main thread is ever interrupted."""
    usual = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or usual is None:
        yield
        return
    arrived: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        arrived.append(number)

    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
        if arrived:
            signal.raise_signal(signal.SIGINT)


# ---------------------------------------------------------------------- forking


class Forker:
    """A thread that forks for all others, and lives as long as the program.

    Linux can end a process with its parent, even when it has been stopped; but it takes the thread that forked for the
    parent, and the thread that runs a simulator may end long before the simulator does.
    """

    def __init__(self) -> None:
        self.program = os.getpid()
        self._orders: queue.SimpleQueue[tuple[Callable[[], None], queue.SimpleQueue[BaseException | None]]]
        self._orders = queue.SimpleQueue()
        self.thread = threading.Thread(target=self._serve, name="neurolsm-lava forks", daemon=True)
        self.thread.start()

    def do(self, order: Callable[[], None]) -> None:
        answer: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
        self._orders.put((order, answer))
        error = answer.get()
        if error is not None:
            raise error

    def _serve(self) -> None:
        while True:
            order, answer = self._orders.get()
            try:
                order()
            except BaseException as error:
                answer.put(error)
            else:
                answer.put(None)
            del order, answer  # or what was started would be kept until the next order


def in_forking_thread(order: Callable[[], None]) -> None:
    """Do something in the thread whose children ignore Ctrl-C, stay quiet, and end when this process ends in any way."""
    global _forker
    with _one_at_a_time:
        if _forker is None:
            _forker = Forker()
    _forker.do(order)


def _in_forked_child() -> None:
    global _forker, _one_at_a_time
    forker = _forker
    if forker is None or forker.thread.ident != threading.get_ident():
        _forker, _one_at_a_time = None, threading.RLock()  # the program itself forked: no thread came along
        return
    gc.freeze()  # nothing inherited is ever finalised here, least of all another simulator's runtime
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)  # what the program does at a signal is no concern of its parts
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warnings.simplefilter("ignore")
    if _libc is None or _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL):
        threading.Thread(target=_end_with_parent, args=(forker.program,), daemon=True).start()
    elif os.getppid() != forker.program:
        os._exit(1)


def _end_with_parent(parent: int) -> None:
    """Lava's processes wait for ever for a parent that was killed; this ends them where the system does not."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_forked_child)
