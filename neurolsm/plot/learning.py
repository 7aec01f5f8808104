"""Accuracy over a stream that is learned from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurolsm.plot.save import save_figure
from neurolsm.plot.style import BLUE, QUIET, RED

if TYPE_CHECKING:
    from neurolsm.measure.scenarios.result import LearningResult


def learning_curve(found: LearningResult, ax: Any = None) -> Any:
    """Draw the accuracy over the stream, test then train, with the levels it is to be held against; returns the axes."""
    if ax is None:
        from matplotlib import pyplot

        _, ax = pyplot.subplots(figsize=(7, 4.4), layout="constrained")
    if found.curve:  # a stream of fewer than 50 samples has none
        samples = np.linspace(0, 1, len(found.curve))
        mean = 100 * np.asarray(found.curve)
        if found.curve_sd:
            sd = 100 * np.asarray(found.curve_sd)
            low, high = np.clip(mean - sd, 0, 100), np.clip(mean + sd, 0, 100)
            ax.fill_between(samples, low, high, color=BLUE, alpha=0.2, linewidth=0, label="± one standard deviation")
        ax.plot(samples, mean, color=BLUE, label="while learning (50 samples)")
        _mark(found, ax)
    levels = {"host refit": found.host_refit, "frozen": found.frozen}
    for (name, level), style in zip(levels.items(), ("--", ":"), strict=True):
        ax.axhline(100 * level, color="0.3", linestyle=style, label=f"{name}, {100 * level:.1f} %")
    ax.errorbar([1.0], [100 * found.adapted], None if found.adapted_sd is None else [100 * found.adapted_sd], fmt="o", color=RED, capsize=3,
                label=f"adapted, {100 * found.adapted:.1f} %", clip_on=False, zorder=3)  # fmt: skip
    ax.set(
        xlabel="share of the stream", ylabel="accuracy, %", xlim=(0, 1), ylim=(0, 102),
        title=f"{found.model}, {found.scenario} on {found.backend}, {found.seeds} seed{'s' * (found.seeds > 1)}",
    )  # fmt: skip
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2, frameon=False)
    return ax


def _mark(found: LearningResult, ax: Any) -> None:
    """A line where something changes, with its name at the foot, upright where there is no room."""
    gaps = np.diff([*(at for at, _ in found.marks), 1.0])
    for (at, name), room in zip(found.marks, gaps, strict=True):
        ax.axvline(at, color=QUIET, linewidth=1, zorder=0)
        ax.text(
            at + 0.008, 3, name, fontsize="small", color="0.25", va="bottom", ha="left",
            rotation=0 if room * 55 > len(name) else 90,
            bbox={"facecolor": "white", "alpha": 0.7, "pad": 1, "linewidth": 0},
        )  # fmt: skip


def save_curve(found: LearningResult, path: Path) -> None:
    """Write the picture, whole or not at all."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.4), layout="constrained")
    learning_curve(found, figure.subplots())
    save_figure(figure, path)
