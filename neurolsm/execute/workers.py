"""Independent tasks on one process, on several, or on a Dask cluster, with the same results in the same order.

    run_tasks(f, [a, b, c])                                   in this process
    run_tasks(f, [a, b, c], workers=2)                        on two processes of this machine
    run_tasks(f, [a, b, c], workers="tcp://10.0.0.1:8786")    on the workers of a Dask scheduler

A task must depend on its arguments alone; then the results are equal to the bit wherever it runs. A task whose worker died
is run again, on another worker. Several threads may do so at once, and a forked child too. Tasks may be drawn one after the other from the results of earlier ones (``each_result``).
"""

from __future__ import annotations

import multiprocessing
import os
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from itertools import islice
from typing import Any, TypeVar

from neurolsm.errors import BackendFailure, refuse
from neurolsm.progress import Bar

Workers = int | str | None  # processes, the address of a Dask scheduler, or None for this process

ADDRESS = re.compile(r"tcp://(\[[0-9A-Fa-f:.]+\]|[^\s/:\[\]]+):\d{1,5}")
T = TypeVar("T")
DAEMONIC = "this process is a daemonic worker of multiprocessing, which may not start processes"
REMEDY = (
    "Use concurrent.futures.ProcessPoolExecutor in place of multiprocessing.Pool; on a Dask worker, start it with "
    "'dask worker ADDRESS --no-nanny', or set distributed.worker.daemon: false"
)
DEATHS = 3  # of workers in a row, without a result in between, after which a task is at fault


def run_tasks(
    function: Callable[..., Any],
    tasks: Iterable[Sequence[Any]],
    shared: Sequence[Any] = (),
    *,
    workers: Workers = None,
    unit: str = "task",
    desc: str | None = None,
    progress: bool | None = None,
) -> list[Any]:
    """``[function(*shared, *task) for task in tasks]``.

    Args:
        function: depends on its arguments alone. It can be pickled by cloudpickle, and so can what it returns.
        tasks: the arguments of each task.
        shared: arguments that all tasks begin with; on a cluster they travel once.
        workers: None or 1: this process. A number: so many processes of this machine. ``tcp://host:port``: the workers of
            the Dask scheduler that listens there.
        unit, desc: what the progress bar counts and says.
        progress: True or False: a bar or none; None: a bar on a terminal once it takes long.

    Returns:
        The results, in the order of the tasks.

    Raises:
        InvalidValue: more processes than cores, or an address that is none.
        NotAvailable: no Dask here, nobody answers, no workers, or workers with other versions than here; several processes
            from a daemonic one, which may not start any.
        BackendFailure: a task ended the workers that ran it, or the whole cluster is gone.
        Exception: what a task raised.
    """
    return list(each_result(function, tasks, shared, workers=workers, unit=unit, desc=desc, progress=progress))


def each_result(
    function: Callable[..., Any],
    tasks: Iterable[Sequence[Any]],
    shared: Sequence[Any] = (),
    *,
    workers: Workers = None,
    ahead: int | None = None,
    total: int | None = None,
    unit: str = "task",
    desc: str | None = None,
    progress: bool | None = None,
) -> Iterator[Any]:
    """The results of ``run_tasks``, each as soon as those before it are there.

    Args:
        function, tasks, shared, workers, unit, desc, progress: as in ``run_tasks``.
        ahead: task k is drawn after result k - ahead was taken and the next one asked for: so that a task may depend on
            results, and what waits fits into memory. None: all tasks are drawn at once.
        total: how many there are, for the bar, where ``tasks`` does not know.
    """
    where = check_workers(workers)
    if isinstance(tasks, Sized):
        total = len(tasks)
    bar = Bar(
        total=total, unit=unit, desc=desc, delay=2, leave=False, disable=None if progress is None else not progress
    )
    with bar:
        for result in _results(function, tasks, tuple(shared), where, ahead, total):
            bar.update()
            yield result


def check_workers(workers: Workers) -> int | str:
    """The number of processes, or the address; a number may be given as text. Asks nobody.

    Raises:
        InvalidValue: more processes than cores, or an address that is none.
    """
    if isinstance(workers, str) and not re.fullmatch(r"[+-]?\d+", workers.strip()):
        if not ADDRESS.fullmatch(workers):
            refuse(
                "Workers", "workers", workers, "must be a number of processes or tcp://host:port",
                "Give the address that 'dask scheduler' prints, such as tcp://127.0.0.1:8786",
            )  # fmt: skip
        return workers
    try:
        count = 1 if workers is None else int(workers)
    except (TypeError, ValueError, OverflowError):
        refuse("Workers", "workers", workers, "must be a whole number or tcp://host:port", "Leave it out for 1")
    if count < 1 or count != (1 if workers is None else float(workers)):
        refuse("Workers", "workers", workers, "must be a whole number, at least 1", "Leave it out for 1")
    if count > cores():
        refuse(
            "Workers", "workers", count, f"this process may use {cores()} cores of this machine",
            f"Give at most {cores()}, or the address of a Dask scheduler",
        )  # fmt: skip
    return count


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def daemonic() -> bool:
    """Whether multiprocessing forbids this process to start others."""
    return multiprocessing.current_process().daemon


def failed(tasks: Sequence[int]) -> BackendFailure:
    """The error for tasks that no worker survived."""
    shown = ", ".join(map(str, tasks[:5])) + (", ..." if len(tasks) > 5 else "")
    return BackendFailure(
        f"Workers: {DEATHS} workers in a row died, and of the tasks {shown} there is no result. Most often memory ran out: "
        "give fewer workers, smaller batches or more memory, or run with 1 to see the fault."
    )


def window(waiting: deque[T], begin: Callable[[Any], T], tasks: Iterable[Any], ahead: int | None) -> Iterator[T]:
    """What ``begin`` makes of each task; ``waiting`` holds what was begun and has not been given away."""
    left = iter(tasks)
    while True:
        waiting.extend(begin(task) for task in islice(left, None if ahead is None else ahead - len(waiting)))
        if not waiting:
            return
        yield waiting.popleft()


def _results(
    function: Callable[..., Any],
    tasks: Iterable[Sequence[Any]],
    shared: tuple[Any, ...],
    workers: int | str,
    ahead: int | None,
    total: int | None,
) -> Iterator[Any]:
    if isinstance(workers, str):
        from neurolsm.execute.cluster import on_cluster

        return on_cluster(function, tasks, shared, workers, ahead)
    if workers == 1 or (total is not None and total < 2):
        return (function(*shared, *task) for task in tasks)
    from neurolsm.execute.processes import on_processes

    return on_processes(function, tasks, shared, workers, ahead)
