"""What a second core is worth: a loop of 64-bit products in registers, on one thread and split between several.

It reads no memory and takes no lock, so that nothing but the machine keeps two threads from halving its time. Where the two
cores of a machine are one core with two threads, they share its multipliers, and they do not.

Run:  python benchmarks/registers.py [repeats, default 9]
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from threading import Thread

import numpy as np

from neurolsm.compiled import compiled

ROUNDS = 20_000_000


@compiled(nogil=True)
def _loop(rounds: int) -> np.uint64:  # type: ignore[misc]
    a, b, c, d = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(4)
    for _ in range(rounds):
        a = a * np.uint64(3) + (a >> np.uint64(7))
        b = b * np.uint64(3) + (b >> np.uint64(7))
        c = c * np.uint64(3) + (c >> np.uint64(7))
        d = d * np.uint64(3) + (d >> np.uint64(7))
    return a + b + c + d


def prepare(threads: int, rounds: int = ROUNDS) -> Callable[[], None]:
    """What has to be timed: all rounds, in equal parts on ``threads`` threads."""
    _loop(1)

    def call() -> None:
        others = [Thread(target=_loop, args=(rounds // threads,)) for _ in range(threads - 1)]
        for other in others:
            other.start()
        _loop(rounds // threads)
        for other in others:
            other.join()

    return call


def speedup(repeats: int = 9) -> float:
    """Median over the repeats of one thread's time over that of two."""
    one, two = prepare(1), prepare(2)

    def seconds(call: Callable[[], None]) -> float:
        start = time.perf_counter()
        call()
        return time.perf_counter() - start

    return statistics.median(seconds(one) / seconds(two) for _ in range(repeats))


if __name__ == "__main__":
    print(f"two threads {speedup(*map(int, sys.argv[1:])):.2f} times as fast as one")
