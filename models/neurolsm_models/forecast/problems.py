"""What is to be forecast: the series, what is said of each value, where the test part begins, and how it is measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurolsm_models.forecast import series

Array = NDArray[np.float64]
WASHOUT = 200  # values before anything is learned
TEST = 1000
HORIZON = 800  # values of a closed loop
STARTS, APART = 8, 150  # closed loops in the test part, and the values between their starts


@dataclass(frozen=True, eq=False, kw_only=True)
class Problem:
    """A series, and what is to be said after each of its values.

    Attributes:
        x: values [T, N].
        y: targets [T, K]; of a closed loop the next value.
        train: number of the first row that is not learned from.
        lyapunov: values in a Lyapunov time, where the loop is closed; None: one answer after each value is measured.
        starts: rows from which a loop is closed.
    """

    x: Array
    y: Array
    train: int
    lyapunov: float | None = None
    starts: tuple[int, ...] = ()

    @property
    def metric(self) -> str:
        """What is measured."""
        return "nrmse" if self.lyapunov is None else "valid_prediction_time"

    def validation(self, rows: int = TEST) -> Problem:
        """The same with the test part cut off: the last ``rows`` of the training part (or loops within it) are tested on."""
        if self.lyapunov is None:
            return Problem(x=self.x[: self.train], y=self.y[: self.train], train=self.train - rows)
        need = STARTS * APART + HORIZON
        first = self.train - need
        starts = tuple(range(first, first + STARTS * APART, APART))
        return Problem(
            x=self.x[: self.train], y=self.y[: self.train], train=first, lyapunov=self.lyapunov, starts=starts
        )


def ahead(values: Array, n: int, train: int, test: int = TEST) -> Problem:
    """Say x[t + n] after x[t]; no target of the training part lies in the test part."""
    x = values.reshape(len(values), -1)[: train + n + test]
    y = np.vstack([x[n:], np.full((n, x.shape[1]), np.nan)])
    y[train - n : train] = np.nan
    return Problem(x=x, y=y, train=train)


def closed(values: Array, train: int, lyapunov: float) -> Problem:
    """Say x[t + 1] after x[t], and show what was said as the next value."""
    x = values.reshape(len(values), -1)[: train + STARTS * APART + HORIZON]
    starts = tuple(range(train, train + STARTS * APART, APART))
    y = np.vstack([x[1:], np.full((1, x.shape[1]), np.nan)])
    y[train - 1] = np.nan
    return Problem(x=x, y=y, train=train, lyapunov=lyapunov, starts=starts)


def mackey_glass(n: int) -> Problem:
    return ahead(series.mackey_glass(4000 + n + TEST), n, 4000)


def mackey_glass_closed() -> Problem:
    return closed(series.mackey_glass(4000 + STARTS * APART + HORIZON), 4000, series.LYAPUNOV)


def narma() -> Problem:
    u, y = series.narma10(6000 + TEST, seed=1)  # settings were chosen on seed 0
    return Problem(x=u[:, None], y=y[:, None], train=6000)


def lorenz() -> Problem:
    return closed(series.lorenz(6000 + STARTS * APART + HORIZON), 6000, series.LORENZ_LYAPUNOV / series.LORENZ_DT)


def laser() -> Problem:
    return ahead(series.laser(), 1, 4000, 6000)


PROBLEMS: dict[str, Callable[[], Problem]] = {
    "mackey-glass-1": lambda: mackey_glass(1),
    "mackey-glass-20": lambda: mackey_glass(20),
    "mackey-glass-20-sparse": lambda: mackey_glass(20),
    "mackey-glass-closed": mackey_glass_closed,
    "narma10": narma,
    "lorenz": lorenz,
    "laser": laser,
}
SERIES = {
    "narma10": ("narma10",), "mackey-glass": ("mackey-glass-1", "mackey-glass-20", "mackey-glass-20-sparse", "mackey-glass-closed"),
    "lorenz": ("lorenz",), "laser": ("laser",), "neurobench": ("neurobench",),
}  # fmt: skip
