"""A series changes its law: who stays as it was, who learns on the chip, and who learns by recursive least squares on the host."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurolsm.deployment.series import SeriesDeployment
from neurolsm.deployment.series_start import heard
from neurolsm.describe.lsm import LSM
from neurolsm.errors import refuse
from neurolsm.estimators import LSMSequenceRegressor
from neurolsm.execute.backend import open_simulator
from neurolsm.readout.chosen import LATER, ChosenRidge
from neurolsm.readout.rls import Follower

RIDGES = tuple(10.0**k for k in range(-6, 1))
FOLLOWERS = ("frozen", "chip", "rls", "host")


@dataclass(frozen=True)
class SeriesDrift:
    """Errors over a stream whose law changes; JSON values by ``to_dict``.

        nrmse = sqrt(mean |said - y|^2 / var y),   after the change
        won back = (frozen - chip) / (frozen - min(rls, host))

    ``frozen`` is the readout on the chip without a lesson, ``chip`` the same that learns. ``rls`` is recursive least squares with
    forgetting on the host, which reads the same filtered spikes as floats; ``host`` is ``LSMSequenceRegressor.follow``, the same
    with features of its own. Each learns from every value, those before the change too.

    Attributes:
        name, backend, settings: of the run.
        seeds: one liquid and one series each.
        fitted: values that the first weights were fitted to.
        change: number of the first value under the new law.
        before, after: nrmse from ``fitted`` to ``change``, and from there on: name -> one number a seed.
        won_back: one number a seed.
        window: values in each point of ``curves``.
        curves: name -> nrmse of the windows from ``fitted`` on, one list a seed, in units of the spread of all y from there on.
    """

    name: str
    backend: str
    seeds: list[int]
    fitted: int
    change: int
    before: dict[str, list[float]]
    after: dict[str, list[float]]
    won_back: list[float]
    window: int
    curves: dict[str, list[list[float]]]
    settings: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self)

    def __str__(self) -> str:
        def shown(values: Sequence[float]) -> str:
            return f"{np.mean(values):.3f} ± {np.std(values):.3f}"

        head = f"{self.name} on {self.backend}, {len(self.seeds)} seeds: error (nrmse) before and after the change"
        rows = [f"{who:>8} {shown(self.before[who]):>16} {shown(self.after[who]):>16}" for who in FOLLOWERS]
        share = f"{np.mean(self.won_back):.0%} ± {np.std(self.won_back):.0%}"
        return "\n".join(
            [
                head,
                *rows,
                f"of the error that the better of rls and host wins back, the chip's own rule wins back {share}",
            ]
        )


def series_drift(
    name: str,
    series: Callable[[int], tuple[ArrayLike, ArrayLike]],
    lsm: Callable[[int], LSM],
    *,
    fitted: int,
    change: int,
    seeds: Sequence[int] = range(5),
    forget: float = 0.999,
    window: int = 100,
    backend: str = "emulator",
    **estimator: Any,
) -> SeriesDrift:
    """Fit to the beginning of a series, then follow it over a change of its law.

    Args:
        name: of the series, for the record.
        series: from a seed to values and targets, [T, N] and [T, K] (or [T]).
        lsm: from a seed to the machine; its ``readout`` is the ``LinearReadout`` of the chip.
        fitted: values that the first weights are fitted to.
        change: number of the first value under the new law, at least ``fitted``.
        seeds: one liquid and one series each.
        forget: of recursive least squares.
        window: values in each point of the curves.
        backend: of the chip.
        estimator: of ``LSMSequenceRegressor``.
    """
    before: dict[str, list[float]] = {who: [] for who in FOLLOWERS}
    after: dict[str, list[float]] = {who: [] for who in FOLLOWERS}
    curves: dict[str, list[list[float]]] = {who: [] for who in FOLLOWERS}
    for seed in seeds:
        x, y = map(np.asarray, series(seed))
        if not 0 < fitted <= change < len(x):
            limit = f"must be 0 < fitted <= change < {len(x)}, the length of the series"
            refuse("series_drift", "fitted, change", (fitted, change), limit, "Give a longer series")
        model = LSMSequenceRegressor(lsm(seed), forget=forget, **estimator).fit(x[:fitted], y[:fitted])
        with model.deploy(x[:fitted], y[:fitted], backend=backend) as chip:
            start = chip.state
            said = {"frozen": chip.predict(x[fitted:], go_on=True)}
            chip.state = start
            said["chip"] = chip.follow(x[fitted:], y[fitted:])
            said["rls"] = _least_squares(chip, model, x, y, fitted, forget)
        said["host"] = model.follow(x[fitted:], y[fitted:])
        truth, new = y[fitted:], change - fitted
        for who in FOLLOWERS:
            if new:
                before[who].append(nrmse(said[who][:new], truth[:new]))
            after[who].append(nrmse(said[who][new:], truth[new:]))
            ends = range(window, len(truth) + 1, window)
            curves[who].append([nrmse(said[who][k - window : k], truth[k - window : k], truth) for k in ends])
    won = [(f - c) / (f - min(r, h)) for f, c, r, h in zip(*(after[who] for who in FOLLOWERS), strict=True)]
    settings = {"forget": forget, **{k: str(v) for k, v in estimator.items()}, "lsm": str(lsm(next(iter(seeds))))}
    return SeriesDrift(
        name, backend, [int(s) for s in seeds], fitted, change, before, after, won, window, curves, settings
    )


def _least_squares(
    chip: SeriesDeployment, model: LSMSequenceRegressor, x: NDArray[Any], y: NDArray[Any], fitted: int, forget: float
) -> NDArray[np.float64]:
    """What recursive least squares says after each value from ``fitted`` on, from what the readout neurons hear."""
    targets = np.asarray(y, np.float64).reshape(len(y), -1)
    rows: ChosenRidge | None = None
    follow: Follower | None = None
    said = np.empty_like(targets)
    until = int((1 - LATER) * (fitted - model.washout))
    with open_simulator(chip.program, model.backend, **dict(model.options or {})) as simulator:
        for part, found in heard(chip.model, simulator, np.asarray(x, np.float64).reshape(len(x), -1)):
            rows = rows or ChosenRidge(found.shape[1], targets.shape[1], until, RIDGES, [slice(None)])
            first, last = max(part.start, model.washout), min(part.stop, fitted)
            if last > first:
                rows.add(found[first - part.start : last - part.start], targets[first:last])
            if part.stop > fitted:
                if follow is None:
                    sd = rows.solve().sd
                    follow = Follower.of(rows.sums, sd, float(rows.ridge or 0), forget)
                new = slice(max(part.start, fitted), part.stop)
                said[new] = follow.learn_rows(found[new.start - part.start :], targets[new])
    return said[fitted:].reshape(y[fitted:].shape)


def nrmse(said: NDArray[Any], y: NDArray[Any], spread: NDArray[Any] | None = None) -> float:
    """Root of the mean squared error, in units of the standard deviation of ``spread``, or of ``y``."""
    known = ~np.isnan(y)
    of = y if spread is None else spread
    return float(np.sqrt(np.mean((said[known] - y[known]) ** 2) / np.nanvar(of)))
