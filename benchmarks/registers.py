"""What a second core is worth: a loop of 64-bit products in registers, on one thread and split between several.

It reads no memory and takes no lock, so that nothing but the machine keeps two threads from halving its time. Where the two
cores of a machine are one core with two threads, they share its multipliers, and they do not.

    python benchmarks/registers.py [REPEATS] [--bursts]
"""

from __future__ import annotations

import argparse
import statistics
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


def speedup(repeats: int = 9, rounds: int = ROUNDS, rest: float = 0.0) -> float:
    """Median over the repeats of one thread's time over that of two; each comes after ``rest`` seconds in which nothing runs."""
    one, two = prepare(1, rounds), prepare(2, rounds)

    def seconds(call: Callable[[], None]) -> float:
        time.sleep(rest)
        start = time.perf_counter()
        call()
        return time.perf_counter() - start

    return statistics.median(seconds(one) / seconds(two) for _ in range(repeats))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repeats", type=int, nargs="?", default=9, help="9")
    parser.add_argument(
        "--bursts", action="store_true", help="bursts of 1.5 to 12 ms, too, with and without a rest before each"
    )
    options = parser.parse_args()
    print(f"two threads {speedup(options.repeats):.2f} times as fast as one")
    if options.bursts:
        for rounds in (2_500_000, 10_000_000, ROUNDS):
            found = [speedup(options.repeats, rounds, rest) for rest in (0.0, 0.05)]
            print(f"{rounds:>10,} rounds: {found[0]:.2f}, after 50 ms of rest {found[1]:.2f}")


if __name__ == "__main__":
    main()
