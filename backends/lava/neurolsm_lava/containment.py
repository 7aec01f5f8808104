"""Start Lava's processes without a trace on the program they are started from."""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import signal
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_one_at_a_time = threading.RLock()
_forking_thread: int | None = None


@contextmanager
def contained() -> Iterator[None]:
    """Within the block, Lava processes may be built and started; afterwards everything is as it was.

    * ``multiprocessing`` forks, whatever start method the program has chosen;
    * each Lava process adds a handler to the root logger and itself to two registries that keep it for ever: both go;
    * forked processes ignore Ctrl-C, which is answered here, stay quiet, and end when this process ends in any way;
    * Ctrl-C waits until the block is done, so that no process starts unnoticed.
    """
    global _forking_thread
    from lava.magma.core.process.process import ProcessServer
    from lava.magma.core.process.variable import VarServer

    with _one_at_a_time, interrupts_deferred(), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of forks in programs with threads
        handlers = list(logging.getLogger().handlers)
        registries = [ProcessServer().processes, VarServer().vars]
        known = [len(registry) for registry in registries]
        method = multiprocessing.get_start_method(allow_none=True)
        multiprocessing.set_start_method("fork", force=True)
        _forking_thread = threading.get_ident()
        try:
            yield
        finally:
            _forking_thread = None
            multiprocessing.set_start_method(method, force=True)
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


def _in_forked_child() -> None:
    if _forking_thread != threading.get_ident():
        return
    gc.freeze()  # nothing inherited is ever finalised here, least of all another simulator's runtime
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warnings.simplefilter("ignore")
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()


def _end_with_parent(parent: int) -> None:
    """Lava's processes wait for ever for a parent that was killed; this ends them."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_forked_child)
