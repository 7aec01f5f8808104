"""How many threads the samples of a run are spread over, and the spreading."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, cast

from neurolsm.execute import workers

T = TypeVar("T")


def cores() -> int:
    """Cores for the threads of this process; ``NUMBA_NUM_THREADS`` says that it is one of several on this machine."""
    share = os.environ.get("NUMBA_NUM_THREADS", "")
    return min(workers.cores(), max(1, int(share))) if share.isdigit() else workers.cores()


def shared(jobs: Sequence[Callable[[], T]], threads: int) -> list[T]:
    """What the jobs return. The calling thread works too: to start one more takes as long as a sample."""
    found: list[T | None] = [None] * len(jobs)
    left = iter(range(len(jobs)))

    def work() -> None:
        for k in left:
            found[k] = jobs[k]()

    with ThreadPoolExecutor(max(1, threads - 1)) as pool:
        others = [pool.submit(work) for _ in range(threads - 1)]
        work()
        for other in others:
            other.result()
    return cast("list[T]", found)
