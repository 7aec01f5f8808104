"""All take turns, so that what else the machine does hits everybody."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from measured import Measured

PASSES, FAST = 5, 0.2  # runs in a turn of who takes less than so many seconds for one


@dataclass(frozen=True)
class Contender:
    """``turn`` runs ``samples`` samples and returns seconds and spikes (None for rates)."""

    name: str
    differs: str
    samples: int
    turn: Callable[[], tuple[float, int | None]]


def timed(
    run: Callable[[], Any],
    spikes: Callable[[Any], int | None] = lambda found: found.spikes.count,
    clock: Callable[[], float] = time.perf_counter,
    before: Callable[[], None] = lambda: None,
) -> Callable[[], tuple[float, int | None]]:
    """A turn: ``before`` is not timed, ``run`` is."""

    def turn() -> tuple[float, int | None]:
        before()
        start = clock()
        found = run()
        return clock() - start, spikes(found)

    return turn


def take(contenders: Iterable[Contender], repeats: int, say: Callable[[str], None]) -> dict[str, Measured]:
    """Every contender once a turn; who is fast several times in a turn, and the median counts."""
    ready = {one.name: one for one in contenders}
    found = {name: Measured(name, one.differs, one.samples) for name, one in ready.items()}
    for number in range(repeats):
        taken: dict[str, list[float]] = {name: [] for name in ready}
        for again in range(PASSES):
            for name, one in ready.items():
                if again == 0 or taken[name][0] < FAST:
                    seconds, spikes = one.turn()
                    taken[name].append(seconds)
                    found[name].spikes = None if spikes is None else spikes / one.samples
        for name, one in found.items():
            one.ms.append(statistics.median(taken[name]) / one.samples * 1e3)
        say(f"turn {number + 1} of {repeats}")
    return found
