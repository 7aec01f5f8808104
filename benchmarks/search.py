"""A search on one Dask worker and on two, in turn, and on two of which one is killed midway: seconds, ratio, equal trials.

Each worker is a process with one thread. A trial knows the same trials before it in all three searches, so all must be equal
to the bit. Dask's own profile of its workers, a hundred samples per second, is off: one worker would have it for nothing, on the
core that it leaves free.

Run:  python benchmarks/search.py [trials, default 32] [samples, default 400] [together, default 8]
      python benchmarks/search.py 510 1797     20 minutes on one worker, three quarters of an hour in all
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from typing import Any

import registers

from neurolsm.measure.search.tune import Search, tune_model
from neurolsm.tasks import model

MODEL = "digits"


def search(processes: int, trials: int, samples: int, together: int, kill_after: float | None = None) -> Search:
    """The search on a cluster of its own; after ``kill_after`` seconds one worker is killed."""
    import dask
    from distributed import LocalCluster

    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 1, "distributed.worker.profile.enabled": False}),
        LocalCluster(
            n_workers=processes, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, silence_logs=50
        ) as cluster,
        cluster.get_client() as client,
    ):
        address = cluster.scheduler_address
        client.run(warm)
        if kill_after is not None:
            victim = next(iter(client.run(os.getpid).values()))
            threading.Timer(kill_after, os.kill, (victim, signal.SIGKILL)).start()
        found = tune_model(model.get(MODEL), trials=trials, seed=1, samples=samples, together=together, workers=address)
        if kill_after is not None and victim in client.run(os.getpid).values():
            raise SystemExit("the worker was to be killed and is alive")
    return found


def warm() -> None:
    """Imports and compiled code are no part of a search."""
    tune_model(model.get(MODEL), trials=1, samples=200)


def plain(found: Search) -> list[tuple[Any, Any]]:
    return [(t["value"], t["params"]) for t in found.trials]


def main(trials: int = 32, samples: int = 400, together: int = 8) -> None:
    start = time.perf_counter()
    one, two = (search(n, trials, samples, together) for n in (1, 2))
    hurt = search(2, trials, samples, together, kill_after=two.seconds / 2)
    if not plain(one) == plain(two) == plain(hurt):
        raise SystemExit("the searches differ")
    print(
        f"{trials} trials of {MODEL} with {samples} samples, {together} under way together; all trials equal to the bit"
    )
    print(f"one worker        {one.seconds:8.1f} s")
    print(f"two workers       {two.seconds:8.1f} s   {one.seconds / two.seconds:.2f} times as fast")
    print(f"a loop in registers on two threads {registers.speedup():.2f} times as fast as on one")
    print(f"one of two killed {hurt.seconds:8.1f} s   nothing lost")
    print(f"{time.perf_counter() - start:.0f} s in all")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
