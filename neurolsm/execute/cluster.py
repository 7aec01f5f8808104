"""Tasks on the workers of a Dask cluster. Dask runs a task again whose worker has died."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import platform
import socket
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError
from importlib.metadata import PackageNotFoundError, version
from itertools import count
from threading import Event
from typing import Any

from neurolsm.errors import BackendFailure, NotAvailable
from neurolsm.execute.versions import PACKAGES, versions
from neurolsm.execute.workers import failed, window

ANSWER = 5  # seconds in which a scheduler answers
ALONE = 60  # seconds that a cluster may be without any worker


def on_cluster(
    function: Callable[..., Any],
    tasks: Iterable[Sequence[Any]],
    shared: tuple[Any, ...],
    address: str,
    ahead: int | None,
) -> Iterator[Any]:
    """The results of the tasks in turn; see ``neurolsm.execute.workers.each_result``."""
    with _client(address) as client, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Sending large graph")  # held by the scheduler, so that no death loses it
        _check_versions(client, address)
        held = client.submit(_itself, shared, pure=False)
        numbers = count()

        def begin(task: Sequence[Any]) -> tuple[int, Any]:
            return next(numbers), client.submit(_call, function, held, task, pure=False)

        for number, future in window(deque(), begin, tasks, ahead):
            yield _result(future, number, client, address)


def _itself(value: Any) -> Any:
    return value


def _call(function: Callable[..., Any], shared: tuple[Any, ...], task: Sequence[Any]) -> Any:
    """One task on one core: a worker has as many tasks at once as it has threads."""
    os.environ.setdefault("NUMBA_NUM_THREADS", "1")
    return function(*shared, *task)


@contextlib.contextmanager
def _client(address: str) -> Iterator[Any]:
    """A client of the scheduler; everything that it submitted is forgotten when it closes."""
    try:
        from distributed import Client
    except ImportError as error:
        raise NotAvailable(
            f'Workers.workers = {address!r}: Dask is not installed. Type: pip install "neurolsm[cluster]"'
        ) from error
    logger = logging.getLogger("distributed")
    loud = logger.handlers
    logger.handlers = [logging.NullHandler()]  # what goes wrong is said once, by us
    try:
        try:
            _listen(address)
            client = Client(address, timeout=ANSWER, set_as_default=False)
        except (OSError, asyncio.TimeoutError, ValueError, OverflowError) as error:
            raise NotAvailable(
                f"Workers.workers = {address!r}: no Dask scheduler answered within {ANSWER} s. Start one with "
                "'dask scheduler' and workers with 'dask worker ADDRESS', or leave --workers out."
            ) from error
        with client:
            yield client
    finally:
        logger.handlers = loud


def _listen(address: str) -> None:
    """Dask's servers speak first: a message of a few hundred bytes, its length in front. Its clients would wait half a
    minute for one who stays silent, and take any greeting for a length."""
    host, _, port = address.removeprefix("tcp://").rpartition(":")
    with socket.create_connection((host.strip("[]"), int(port)), timeout=ANSWER) as connection:
        length = connection.recv(8, socket.MSG_WAITALL)
        if len(length) < 8 or int.from_bytes(length, "little") > 1 << 20:
            raise OSError("not a Dask scheduler")


def _check_versions(client: Any, address: str) -> None:
    """Results are equal to the bit only where the same code runs."""
    if not client.scheduler_info(n_workers=-1)["workers"]:
        raise NotAvailable(f"Workers.workers = {address!r}: no workers. Start some with 'dask worker {address}'.")
    here = versions()
    asked = {"python": client.run(platform.python_version, on_error="return")}
    asked |= {name: client.run(version, name, on_error="return") for name in PACKAGES if name in here}
    for package, answers in asked.items():
        for worker, there in answers.items():
            found = "none" if isinstance(there, PackageNotFoundError) else there
            if found != here[package] and not isinstance(found, OSError):  # who has died since is no hindrance
                raise NotAvailable(
                    f"Workers.workers = {address!r}: the worker {worker} has {package} {found}, and {here[package]} runs "
                    "here. Install the same versions on both sides, and start the worker again."
                )


def _result(future: Any, number: int, client: Any, address: str) -> Any:
    from distributed.scheduler import KilledWorker

    finished = Event()
    future.add_done_callback(lambda _: finished.set())
    while not finished.wait(ALONE):
        if client.status != "running" or not client.scheduler_info(n_workers=-1)["workers"]:
            raise _gone(address)
    try:
        return future.result()
    except KilledWorker:
        raise failed([number]) from None
    except CancelledError:
        raise _gone(address) from None


def _gone(address: str) -> BackendFailure:
    return BackendFailure(f"Workers.workers = {address!r}: the cluster is gone. Start it again, and run this again.")
