"""Fit a readout to what remembers a series, and measure it: after each value, or in a closed loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from neurolsm.measure import nrmse, smape, valid_prediction_time
from neurolsm.measure.evaluation.metrics import THRESHOLD
from neurolsm.readout.chosen import solution
from neurolsm.readout.moments import Solution, Sums
from neurolsm.sequence import Walk
from neurolsm_models.forecast import series
from neurolsm_models.forecast.problems import HORIZON, WASHOUT, Problem
from neurolsm_models.forecast.setting import Setting

Array = NDArray[np.float64]
WARM_UP = 45  # of NeuroBench's training values that are not learned from


class Reader(Protocol):
    """A walk through a series: of a liquid, or of a control."""

    row: Any
    state: Any

    def push(self, values: Array) -> Any: ...


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Of a liquid, per value of the series.

    Attributes:
        spikes, synops: per value.
        active: share of the neurons that fire in a step.
    """

    spikes: float
    synops: float
    active: float


@contextmanager
def walking(
    setting: Setting, train: Array, seed: int, backend: str = "emulator", target: str = "loihi2",
    arithmetic: str = "loihi",
) -> Iterator[Walk]:  # fmt: skip
    """A liquid at rest before a series like the training values [T, N]."""
    states = setting.states(train, seed, backend, target, arithmetic)
    with states.open() as simulator:
        yield states.walk(simulator, train.shape[1])


def cost(walk: Walk) -> Cost:
    """What the walk came to so far."""
    spikes = walk.spikes / walk.values
    return Cost(spikes=spikes, synops=walk.synops / walk.values, active=spikes / walk.hold / walk.simulator.program.n)


def learn(reader: Reader, x: Array, y: Array, ridge: float, washout: int = WASHOUT) -> Solution:
    """The readout of a series that begins; rows of y with NaN, and the first ones, are not learned from."""
    return _learned(reader, x, y, washout)(ridge)


def learn_all(reader: Reader, problem: Problem, ridges: Sequence[float]) -> list[Solution]:
    """The readout of the training part with each penalty."""
    solve = _learned(reader, problem.x[: problem.train], problem.y[: problem.train], WASHOUT)
    return [solve(ridge) for ridge in ridges]


def _learned(reader: Reader, x: Array, y: Array, washout: int) -> Callable[[float], Solution]:
    """From a penalty to the readout, as the estimators of series find it."""
    states = reader.push(x)
    known = ~np.isnan(y).any(axis=1)
    known[:washout] = False
    rows, sums = states[known], Sums.none(states.shape[1], y.shape[1])
    sums.add(rows, y[known])
    low, high = rows.min(axis=0), rows.max(axis=0)
    alike = reader.features.alike(reader.simulator.program.n, reader.hold) if isinstance(reader, Walk) else ()
    return lambda ridge: solution(sums, ridge, low, high, alike)


def loop(reader: Reader, readout: Solution) -> Iterator[Array]:
    """The next values [N] in a closed loop, without end: what is said is shown as the next value."""
    row = reader.row
    while True:
        said = readout(row[None])
        yield said[0]
        row = reader.push(said)[0]


def score(reader: Reader, problem: Problem, readout: Solution) -> float:
    """NRMSE over the test part, or the mean valid prediction time of loops that are closed in it.

    The reader stands at the first value of the test part, and is put back there.
    """
    x, y, first = problem.x, problem.y, problem.train
    begin = reader.state
    if problem.lyapunov is None:
        said, known = readout(reader.push(x[first:])), ~np.isnan(y[first:]).any(axis=1)
        value = nrmse(y[first:][known], said[known])
    else:
        times, at, spread = [], first, x[:first].std(axis=0)
        for start in problem.starts:
            if start > at:
                reader.push(x[at:start])
                at = start
            here, wanted = reader.state, x[start : start + HORIZON]
            said = []
            for value, truth in zip(loop(reader, readout), wanted, strict=False):
                said.append(value)
                if np.sqrt((((value - truth) / spread) ** 2).mean()) > THRESHOLD:
                    break  # nothing later counts
            wanted = wanted[: len(said)]
            times.append(valid_prediction_time(wanted, said, lyapunov=problem.lyapunov, scale=spread))
            reader.state = here
        value = float(np.mean(times))
    reader.state = begin
    return value


def neurobench(
    reader: Callable[[Array, int], Any], ridges: Sequence[float], repeats: int, taus: Sequence[int], *, off: float = 0.0,
) -> list[list[float]]:  # fmt: skip
    """sMAPE of each penalty on each tau and repeat: 750 values to learn from, then as many in a closed loop.

    Args:
        reader: training values and number of the repeat, which is its seed -> a context that gives a reader.
        off: as in ``series.neurobench``.
    """
    found: list[list[float]] = [[] for _ in ridges]
    half = 10 * series.PER_LYAPUNOV
    for tau in taus:
        for k, whole in enumerate(series.neurobench(tau, repeats, off=off)):
            x = whole[:, None]
            with reader(x[:half], k) as walk:
                solve = _learned(walk, x[: half - 1], x[1:half], WARM_UP)
                walk.push(x[half - 1 : half])
                begin = walk.state
                for values, ridge in zip(found, ridges, strict=True):
                    walk.state = begin
                    values.append(smape(x[half:], list(islice(loop(walk, solve(ridge)), half))))
    return found
