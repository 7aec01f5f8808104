"""The traces of one projection: what its sources and targets have done.

trace <- floor(exp(-1 / tau) trace) + (random < fraction), plus the impulse if the unit fired, at most 127
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.program.decay import TABLE_ZERO, decay_table
from neurolsm.program.plasticity import LAVA, TRACE_MAX, TRACES, Plasticity
from neurolsm.program.state import PlasticState
from neurolsm.program.streams import trace_draws, trace_numbers

SIDES = {side: tuple(name for name in TRACES if name[0] == side) for side in "xy"}  # of the sources, of the targets


class Traces:
    """Traces and spike times, kept in a ``PlasticState`` and changed in place.

    Attributes:
        last: by side (``x`` sources, ``y`` targets), the step within the epoch of the last spike, 0 for none.
    """

    def __init__(self, rule: Plasticity, state: PlasticState) -> None:
        self.rule = rule
        self.last = {"x": state.tx, "y": state.ty}
        self._values = {name: getattr(state, name) for name in TRACES}
        self._tables = {name: decay_table(rule.trace(name).tau) for name in TRACES}

    def begin(self, clock: int, steps: int) -> None:
        """Draw the random numbers of the steps clock + 1 .. clock + steps."""
        self._start = clock + 1
        if self.rule.stream == LAVA:
            self._draws = dict(zip("xy", trace_draws(self.rule, clock, steps), strict=True))

    def forget(self) -> None:
        """Set to 0 what starts every sample at 0."""
        for name in self.rule.forgotten:
            (self.last[name[1]] if name[0] == "t" else self._values[name])[:] = 0

    def note(self, side: str, fired: NDArray[Any], clock: int) -> None:
        """Take the spikes of a step: an earlier spike of the same epoch adds its impulse now, the last one at the end."""
        last = self.last[side]
        again = fired[last[fired] > 0]
        if again.size:
            for name in SIDES[side]:
                self._kick(name, self._values[name], again)
        last[fired] = (clock - 1) % self.rule.t_epoch + 1

    def set(self, third: dict[str, NDArray[Any]] | None) -> None:
        """Set the third factors [n] of this step; None for zeros."""
        for name in self.rule.third:
            self._values[name][:] = third[name] if third else 0

    def epoch(self, clock: int) -> dict[str, NDArray[np.int64]]:
        """The values of all traces after 0 .. t_epoch steps of the epoch that ends now; the last ones are kept."""
        return {name: self._history(name, clock) for name in TRACES}

    def end_epoch(self) -> None:
        for last in self.last.values():
            last[:] = 0

    def _history(self, name: str, clock: int) -> NDArray[np.int64]:
        rule, stored, last = self.rule, self._values[name], self.last[name[0]]
        values = np.zeros((rule.t_epoch + 1, stored.size), np.int64)
        values[0] = stored
        if not values[0].any() and not (rule.trace(name).impulse and last.any()):
            return values
        lava = rule.stream == LAVA
        number = self._draws[name[0]][clock - self._start] if lava else trace_numbers(rule, name, clock, stored.size)
        whole, fraction = self._tables[name]
        for t in range(1, rule.t_epoch + 1):
            index = values[t - 1] + TABLE_ZERO
            np.add(whole[index], number < fraction[index], out=values[t])
            self._kick(name, values[t], np.flatnonzero(last == t))
        if name not in rule.third:
            stored[:] = values[-1]
        return values

    def _kick(self, name: str, values: NDArray[Any], units: NDArray[Any]) -> None:
        values[units] = np.clip(values[units] + self.rule.trace(name).impulse, 0, TRACE_MAX)
