"""How many threads the samples of a run are spread over, and the spreading."""

from __future__ import annotations

import os
from _thread import LockType, allocate_lock, start_new_thread
from collections import deque
from collections.abc import Callable, Sequence
from typing import TypeVar, cast

from neurolsm.execute import workers

T = TypeVar("T")


def cores() -> int:
    """Cores for the threads of this process; ``NUMBA_NUM_THREADS`` says that it is one of several on this machine."""
    share = os.environ.get("NUMBA_NUM_THREADS", "")
    return min(workers.cores(), max(1, int(share))) if share.isdigit() else workers.cores()


def shared(jobs: Sequence[Callable[[], T]], threads: int, stop: Callable[[], None] = lambda: None) -> list[T]:
    """What the jobs return. The calling thread works too, and waits for no other to begin: that takes as long as a sample.

    ``stop`` is called, once or more, when a job has failed or the caller is interrupted: jobs that wait for each other end by it.
    """
    found: list[T | None] = [None] * len(jobs)
    left = iter(range(len(jobs)))
    errors: list[BaseException] = []

    def work(ended: LockType) -> None:
        try:
            for k in left:
                found[k] = jobs[k]()
        except BaseException as error:  # raised below, in the calling thread
            errors.append(error)
            deque(left, maxlen=0)
            stop()
        finally:
            ended.release()

    locks = [allocate_lock() for _ in range(threads)]
    for lock in locks:
        lock.acquire()
    try:
        for lock in locks[1:]:
            start_new_thread(work, (lock,))
        work(locks[0])
        for lock in locks:
            lock.acquire()
    except BaseException:
        stop()
        raise
    finally:
        deque(left, maxlen=0)  # after an error or an interrupt nobody begins another job
    if errors:
        raise errors[0]
    return cast("list[T]", found)
