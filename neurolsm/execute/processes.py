"""Tasks on processes of this machine. A pool breaks when one of them dies; what is missing then is run on a new one."""

from __future__ import annotations

import functools
import mmap
import os
import pickle
import shutil
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from neurolsm.execute.pool import Pool, drop, give_back, take
from neurolsm.execute.workers import DEATHS, failed, window

HANDED_ON = 1  # second at most until the pool has handed jobs on to its processes


@dataclass(kw_only=True)
class _Job:
    number: int
    task: Sequence[Any]
    future: Future[Any] | None = None

    @property
    def under_way(self) -> bool:
        return self.future is not None and not self.future.done()

    @property
    def good(self) -> bool:
        return self.future is not None and self.future.done() and self.future.exception() is None


def on_processes(
    function: Callable[..., Any],
    tasks: Iterable[Sequence[Any]],
    shared: tuple[Any, ...],
    workers: int,
    ahead: int | None,
) -> Iterator[Any]:
    """The results of the tasks in turn; see ``neurolsm.execute.workers.each_result``."""
    pool = take(workers)
    owner = os.getpid()
    folder = tempfile.mkdtemp(prefix="neurolsm-")
    try:
        _write(folder, shared)
        numbers = count()
        waiting: deque[_Job] = deque()
        jobs: tuple[_Job, ...] = ()
        deaths, before = 0, 0
        try:
            for job in window(waiting, lambda task: _Job(number=next(numbers), task=task), tasks, ahead):
                jobs = (job, *waiting)
                _submit(jobs, function, folder, pool)
                while job.future is None or job.under_way:
                    wait([j.future for j in jobs if j.future is not None and j.under_way], return_when=FIRST_COMPLETED)
                    if _take_back(jobs):
                        left = [j.number for j in jobs if not j.good]
                        good = job.number + len(jobs) - len(left)
                        deaths, before = (deaths + 1 if good == before else 1), good
                        if deaths == DEATHS:
                            raise failed(left)
                    _submit(jobs, function, folder, pool)
                yield job.future.result()
        except BaseException:  # nothing goes on that nobody waits for
            _end(jobs, pool)
            raise
        give_back(pool)
    finally:
        if os.getpid() == owner:  # a forked child leaves the folder to its parent
            shutil.rmtree(folder, ignore_errors=True)


def _submit(jobs: Sequence[_Job], function: Callable[..., Any], folder: str, pool: Pool) -> None:
    """Keep two jobs a process under way: no more than the pool hands on at once, see ``_end``."""
    free = 2 * pool.workers - sum(job.under_way for job in jobs)
    for job in (job for job in jobs if job.future is None):
        if free <= 0:
            return
        job.future = pool.submit(_call, function, folder, job.task)
        free -= 1


def _take_back(jobs: Sequence[_Job]) -> bool:
    """Whether a process died; the jobs that broke with its pool are to be submitted again."""
    from joblib.externals.loky.process_executor import BrokenProcessPool

    broken = [j for j in jobs if j.future and j.future.done() and isinstance(j.future.exception(), BrokenProcessPool)]
    for job in broken:
        job.future = None
    return bool(broken)


def _end(jobs: Sequence[_Job], pool: Pool) -> None:
    """Kill the processes. What the pool has not handed on to them yet would end its thread with an error: wait for that."""
    until = time.monotonic() + HANDED_ON
    while pool.ours and time.monotonic() < until:
        if not any(j.future and not (j.future.running() or j.future.done()) for j in jobs):
            break
        time.sleep(0.001)
    drop(pool, kill=True)


def _call(function: Callable[..., Any], folder: str, task: Sequence[Any]) -> Any:
    return function(*_read(folder), *task)


def _write(folder: str, value: Any) -> None:
    """A file for all but the arrays, and one for each of them."""
    import cloudpickle

    arrays: list[pickle.PickleBuffer] = []
    (Path(folder) / "value").write_bytes(cloudpickle.dumps(value, protocol=5, buffer_callback=arrays.append))
    for number, array in enumerate(arrays):
        (Path(folder) / str(number)).write_bytes(array.raw())


@functools.lru_cache(maxsize=1)
def _read(folder: str) -> Any:
    """Arrays are mapped, so that all processes share them; what one of them writes is its own."""
    arrays = []
    for number in count():
        try:
            with (Path(folder) / str(number)).open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                arrays.append(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY) if size else b"")
        except FileNotFoundError:
            return pickle.loads((Path(folder) / "value").read_bytes(), buffers=arrays)
