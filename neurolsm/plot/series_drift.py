"""Error over a stream whose law changes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurolsm.plot.save import save_figure
from neurolsm.plot.style import LINES

if TYPE_CHECKING:
    from neurolsm.measure.scenarios.series_drift import SeriesDrift

LABELS = {
    "frozen": "frozen",
    "chip": "learning on the chip",
    "rls": "recursive least squares, same features",
    "host": "recursive least squares of the estimator",
}
STROKES = ("-", "-", "--", ":")  # for those who see no colours


def series_drift_curve(found: SeriesDrift, ax: Any = None) -> Any:
    """Draw the error over the stream, a mean and a band of one standard deviation over the seeds, with a mark at the change; the axes."""
    if ax is None:
        from matplotlib import pyplot

        _, ax = pyplot.subplots(figsize=(7, 4.4), layout="constrained")
    for color, style, (who, label) in zip(LINES, STROKES, LABELS.items(), strict=False):
        curves = np.asarray(found.curves[who])
        at = found.fitted + found.window * np.arange(1, curves.shape[1] + 1)
        mean, sd = curves.mean(axis=0), curves.std(axis=0)
        ax.plot(at, mean, color=color, linestyle=style, label=label)
        ax.fill_between(at, mean - sd, mean + sd, color=color, alpha=0.2, linewidth=0)
    ax.axvline(found.change, color="0.3", linestyle="--", label="the law changes")
    many = len(found.seeds)
    ax.set(
        xlabel="values", ylabel=f"error over {found.window} values, nrmse", ylim=(0, None),
        title=f"{found.name} on {found.backend}, {many} seed{'s' * (many > 1)}",
    )  # fmt: skip
    ax.legend(
        frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.18), ncols=2
    )  # below: bands may fill all of the axes
    return ax


def save_series_drift(found: SeriesDrift, path: Path) -> None:
    """Write the picture, whole or not at all."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.4), layout="constrained")
    series_drift_curve(found, figure.subplots())
    save_figure(figure, path)
