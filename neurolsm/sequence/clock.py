"""The clock of a live session: when each step may begin, and which of them ended too late."""

from __future__ import annotations

import math
import time
from typing import Any

from neurolsm.describe.checks import plain
from neurolsm.errors import refuse


class Clock:
    """Holds real time: step k begins at start + k dt and shall have ended at start + (k + 1) dt.

    The start is the moment of the first step. A step that is asked for or that ends too late is never left out: those behind it
    begin at once until the session has caught up, and each that ends after its time counts as missed.

    Attributes:
        dt: seconds of a step.
        steps: how many there were since the start.
        missed: how many of them ended too late.
        worst: the largest lateness in seconds; 0 where none was late.
    """

    def __init__(self, dt: float) -> None:
        self.dt = dt
        self.begin()

    def begin(self) -> None:
        """Forget all; the next step is the first."""
        self._start: float | None = None
        self.steps, self.missed, self.worst = 0, 0, 0.0

    def wait(self) -> None:
        """Until the next step may begin."""
        now = time.perf_counter()
        if self._start is None:
            self._start = now
            return
        begin = self._start + self.steps * self.dt
        while now < begin:
            time.sleep(begin - now)
            now = time.perf_counter()

    def ended(self) -> None:
        """The step has ended: compare it with its time."""
        assert self._start is not None
        self.steps += 1
        late = time.perf_counter() - (self._start + self.steps * self.dt)
        if late > 0:
            self.missed += 1
            self.worst = max(self.worst, late)

    def __repr__(self) -> str:
        return f"Clock(dt={self.dt:g} s, {self.steps:,} steps, {self.missed:,} missed, worst {1e3 * self.worst:.3g} ms)"


def clock_of(owner: str, realtime: Any, dt: float) -> Clock | None:
    """None for False, a clock of the program's ``dt`` for True, or one of that many seconds a step."""
    given = plain(realtime)
    if given is False or given is None:
        return None
    seconds = dt if given is True else given
    if not isinstance(seconds, (int, float)) or not 0 < seconds < math.inf:
        refuse(
            owner,
            "realtime",
            realtime,
            "must be True, False or seconds above 0",
            "Write realtime=True for the program's dt",
        )
    return Clock(float(seconds))
