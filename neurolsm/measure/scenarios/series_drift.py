"""A series changes its law: who stays as it was, who learns on the chip, and who learns by recursive least squares on the host."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurolsm.describe.lsm import LSM
from neurolsm.errors import refuse
from neurolsm.estimators import LSMSequenceRegressor

FOLLOWERS = ("frozen", "chip", "rls")


@dataclass(frozen=True)
class SeriesDrift:
    """Errors over a stream whose law changes; JSON values by ``to_dict``.

        nrmse = sqrt(mean |said - y|^2 / var y),   after the change
        won back = (frozen - chip) / (frozen - rls)

    ``frozen`` is the readout on the chip without a lesson, ``chip`` the same that learns, ``rls`` ``LSMSequenceRegressor.follow`` on
    the host, with features of its own. Each learns from every value, those before the change too.

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
        return "\n".join([head, *rows, f"of the error that rls wins back, the chip's own rule wins back {share}"])


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
        said["rls"] = model.follow(x[fitted:], y[fitted:])
        truth, new = y[fitted:], change - fitted
        for who in FOLLOWERS:
            if new:
                before[who].append(nrmse(said[who][:new], truth[:new]))
            after[who].append(nrmse(said[who][new:], truth[new:]))
            ends = range(window, len(truth) + 1, window)
            curves[who].append([nrmse(said[who][k - window : k], truth[k - window : k], truth) for k in ends])
    won = [(f - c) / (f - r) for f, c, r in zip(*(after[who] for who in FOLLOWERS), strict=True)]
    settings = {"forget": forget, **{k: str(v) for k, v in estimator.items()}, "lsm": str(lsm(next(iter(seeds))))}
    return SeriesDrift(
        name, backend, [int(s) for s in seeds], fitted, change, before, after, won, window, curves, settings
    )


def nrmse(said: NDArray[Any], y: NDArray[Any], spread: NDArray[Any] | None = None) -> float:
    """Root of the mean squared error, in units of the standard deviation of ``spread``, or of ``y``."""
    known = ~np.isnan(y)
    of = y if spread is None else spread
    return float(np.sqrt(np.mean((said[known] - y[known]) ** 2) / np.nanvar(of)))
