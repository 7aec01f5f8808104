"""Pools of processes that are ours alone.

The pool that joblib keeps for everybody is left to joblib and scikit-learn: an executor that another package put in its place
breaks every later call with ``n_jobs``. A run takes a pool for itself, so that runs in several threads do not disturb each
other, and gives it back; one that is idle is kept for the next run. A forked child knows nothing of its parent's.
"""

from __future__ import annotations

import contextlib
import multiprocessing.util
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from neurolsm.errors import BackendFailure, NotAvailable
from neurolsm.execute.workers import DAEMONIC, REMEDY, cores, daemonic

IDLE = 300  # seconds after which a process without work ends
ORPHANED = 1  # seconds at most that a process outlives the one that started it
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


class Pool:
    """So many processes; made anew where one of them died."""

    def __init__(self, workers: int, env: dict[str, str]) -> None:
        self.workers = workers
        self.env = env
        self._owner = os.getpid()
        self._executor = self._new()

    def _new(self) -> Any:
        from joblib.externals.loky import ProcessPoolExecutor
        from joblib.externals.loky.backend import get_context

        return ProcessPoolExecutor(
            self.workers,
            timeout=IDLE,
            context=get_context("loky"),
            env=self.env,
            initializer=_begin,
            initargs=(self._owner,),
        )

    @property
    def ours(self) -> bool:
        """Whether this process made it: in a forked child there are neither its threads nor its processes."""
        return self._owner == os.getpid()

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        from joblib.externals.loky.process_executor import BrokenProcessPool

        if not self.ours:
            raise BackendFailure(
                "Workers: this process was forked in the middle of a run, whose workers belong to its parent. Begin the run anew here."
            )
        while True:
            with contextlib.suppress(BrokenProcessPool):  # it broke just now: the next one is new
                future: Future[Any] = self._executor.submit(function, *arguments)
                return future
            self._executor = self._new()

    def end(self, kill: bool = False) -> None:
        if self.ours:
            self._executor.shutdown(wait=kill, kill_workers=kill)


_lock = threading.Lock()
_idle: list[Pool] = []  # one at most
_all: list[Pool] = []  # of this process, idle or at work
_inherited: list[Pool] = []  # never freed: that would wake the parent's threads


def take(workers: int) -> Pool:
    """A pool for one run.

    Raises:
        NotAvailable: this process may not start others.
    """
    if daemonic():
        raise NotAvailable(
            f"Workers.workers = {workers}: {DAEMONIC}. Leave workers out for this one process. {REMEDY}."
        )
    share = str(max(1, cores() // workers))
    env = {name: os.environ.get(name, share) for name in THREADS}
    with _lock:
        kept = _idle.pop() if _idle else None
    if kept is not None and (kept.workers, kept.env) == (workers, env):
        return kept
    if kept is not None:
        drop(kept)
    pool = Pool(workers, env)
    with _lock:
        if not _all:  # before multiprocessing waits for its children: a forked child would wait until they are idle
            multiprocessing.util.Finalize(None, _end_all, exitpriority=20)
        _all.append(pool)
    return pool


def give_back(pool: Pool) -> None:
    if not pool.ours:
        return
    with _lock:
        keep = not _idle
        if keep:
            _idle.append(pool)
    if not keep:
        drop(pool)


def drop(pool: Pool, kill: bool = False) -> None:
    """End the processes: at once, or when what they do is done."""
    pool.end(kill)
    with _lock:
        if pool in _all:
            _all.remove(pool)


def _begin(parent: int) -> None:
    """In each process before its first job."""
    from joblib.externals.loky import process_executor

    # A process that has grown by 300 MB counts as leaking there and is replaced, with a warning; a batch of states is no leak.
    process_executor._USE_PSUTIL = False
    threading.Thread(target=_watch, args=(parent,), name="neurolsm-parent", daemon=True).start()


def _watch(parent: int) -> None:
    """End with the parent, which may be killed: or this process would hold its open files until it is idle."""
    while os.getppid() == parent:
        time.sleep(ORPHANED)
    os._exit(1)


def _end_all() -> None:
    for pool in list(_all):
        drop(pool, kill=True)


def _forget() -> None:
    global _lock
    _lock = threading.Lock()  # another thread of the parent may have held it
    _inherited.extend(_all)
    _all.clear()
    _idle.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
