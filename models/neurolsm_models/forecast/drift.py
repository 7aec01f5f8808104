"""``neurolsm learn forecast --scenario drift``: three series change their law, and the readout on the chip follows."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

import neurolsm as nl
from neurolsm.errors import refuse
from neurolsm.estimators.default import default_sequence_lsm
from neurolsm.execute.versions import versions
from neurolsm.measure.scenarios.series_drift import FOLLOWERS, SeriesDrift, series_drift
from neurolsm.plot.series_drift import LABELS, series_drift_curve
from neurolsm.tasks.scores import Picture, Scores
from neurolsm.tasks.task import Report
from neurolsm_models.forecast import changing

CHANNELS = 16  # of the population code of one value
FITTED, CHANGE, VALUES = 2000, 2250, 3750
NEURONS = 1000


@dataclass(frozen=True)
class Changing:
    """A series whose law changes, and the settings of who follows it, chosen on seed 100.

    Attributes:
        series: from length, value of the change and seed to values and targets.
        law: what changes.
        share: of the error that one lesson on the chip takes back.
        forget: of recursive least squares on the host.
    """

    series: Callable[[int, int, int], tuple[Any, Any]]
    law: str
    share: float
    forget: float


DRIFTS = {
    "mackey-glass": Changing(changing.mackey_glass, "tau 17 -> 23", 0.9, 0.995),
    "narma10": Changing(changing.narma10, "gains 0.3, 1.5 -> 0.2, 2.2", 0.2, 0.998),
    "lorenz": Changing(changing.lorenz, "rho 28 -> 35", 0.9, 0.995),
}


def machine(seed: int, share: float, neurons: int = NEURONS) -> nl.LSM:
    """The general liquid for series, with the readout on the chip."""
    lsm = default_sequence_lsm(CHANNELS, seed)
    liquid = replace(lsm.liquid, topology=nl.Column(shape=(10, 10, neurons // 100)))
    return replace(lsm, liquid=liquid, readout=nl.LinearReadout(share=share), tuning=None)


def learn(*, scenario: str, backend: str = "emulator", samples: int | None = None, seeds: int = 5) -> Report:
    """Fit to 2,000 values, follow 250 more, then 1,500 under the new law; ``samples`` are the values in all."""
    values = VALUES if samples is None else samples
    if values < CHANGE + 100:
        refuse(
            "forecast", "samples", samples, f"must be at least {CHANGE + 100} values", f"Leave it out for {VALUES:,}"
        )
    if not 1 <= seeds <= 100:
        refuse("forecast", "seeds", seeds, "must be 1 to 100", "Five give a mean and its spread")
    start = time.perf_counter()
    found = {name: follow(one, name, values, seeds, backend) for name, one in DRIFTS.items()}
    rows = [("series", "law", *(f"{who}, nrmse" for who in FOLLOWERS), "won back")]
    for name, one in found.items():
        rows.append((name, DRIFTS[name].law, *(shown(one.after[who]) for who in FOLLOWERS), shown(one.won_back)))
    return Report(
        title=f"forecast on {backend}, drift: error after the change, {seeds} liquid{'s' * (seeds > 1)} of {NEURONS} neurons",
        rows=tuple(rows),
        values={
            "model": "forecast", "scenario": scenario, "backend": backend, "seeds": seeds, "samples": values, "versions": versions(),
            "changes": {name: one.to_dict() for name, one in found.items()}, "seconds": time.perf_counter() - start,
        },
        notes=("won back: share that the chip's own rule wins back of what the better of two recursive least squares on the host wins back: of the same "
            "spikes (rls), or with features of its own (host)",),
        seeds=f"Seeds 1 to {seeds}, one liquid and one series each." if seeds > 1 else "Seed 1, of the liquid and of the series.",
        scores=tuple(scores(name, one) for name, one in found.items()),
        pictures=(
            Picture(
                title="Over the stream",
                said=f"Error over windows of values: the mean over the seeds and a band of one standard deviation. The law changes at value {CHANGE:,}.",
                draw=lambda figure: curves(found, figure),
                size=(5.4, 1.6 + 3 * len(found)),
            ),
        ),
    )  # fmt: skip


def scores(name: str, found: SeriesDrift) -> Scores:
    """What the followers came to under the new law; what learns on the chip comes first."""
    return Scores(
        title=f"{name}: {DRIFTS[name].law}", label="NRMSE after the change", better="less", each="seeds",
        meaning="The root of the mean squared error of what is said after each value under the new law, over the spread of the targets.",
        values={LABELS[who]: found.after[who] for who in ("chip", *(who for who in FOLLOWERS if who != "chip"))},
    )  # fmt: skip


def follow(one: Changing, name: str, values: int, seeds: int, backend: str, neurons: int = NEURONS) -> SeriesDrift:
    """One series over its change."""
    return series_drift(
        name,
        lambda seed: one.series(values, CHANGE, seed),
        lambda seed: machine(seed, one.share, neurons),
        fitted=FITTED,
        change=CHANGE,
        seeds=range(1, seeds + 1),
        forget=one.forget,
        backend=backend,
        progress=False,
    )


def shown(values: list[float]) -> str:
    """Mean and spread; the value alone where there is one."""
    return f"{np.mean(values):.3f}" + (f" ± {np.std(values, ddof=1):.3f}" if len(values) > 1 else "")


def curves(found: dict[str, SeriesDrift], figure: Any) -> None:
    """The error over each stream, one below the other, with one key for all."""
    for ax, one in zip(figure.subplots(len(found), squeeze=False)[:, 0], found.values(), strict=True):
        series_drift_curve(one, ax).get_legend().remove()
    figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", frameon=False)
