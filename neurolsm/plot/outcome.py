"""What a run came to: who was taken for whom, and what the liquid did with some of the samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurolsm.execute.recording import Recording
from neurolsm.plot.raster import raster
from neurolsm.plot.style import BLUE, axes_for

if TYPE_CHECKING:
    from neurolsm.measure.evaluation.experiment import Result

SAMPLES = 3  # whose rasters are shown
NEURONS = 100  # few enough that each mark stands alone
WRITTEN = 12  # classes: up to so many, the counts fit into the squares


def outcome(found: Result, recording: Recording, labels: Any = None) -> Figure:
    """The confusion matrix of a run, or the values of its splits where there are no labels, next to rasters of some samples.

    Args:
        found: the run.
        recording: of the liquid, for the samples to show.
        labels: of these samples; None where they have none.
    """
    figure = Figure(figsize=(11, 5.2), layout="constrained")
    figure.suptitle(f"{found.model} on {found.backend}: {found.metric} {found.shown}")
    shown = len(recording.spikes)
    grid = figure.add_gridspec(shown, 2, width_ratios=[1, 1.2])
    left = figure.add_subplot(grid[:, 0])
    if found.confusion is None:
        _values(found, left)
    else:
        confusion(np.asarray(found.confusion), found.classes, left)
    for k in range(shown):
        ax = raster(recording, k, units=slice(0, NEURONS), ax=figure.add_subplot(grid[k, 1]))
        ax.set_title("a sample" if labels is None else f"a sample of class {labels[k]}", fontsize="small", loc="left")
        ax.set_ylabel(f"neuron, of {recording.spikes.units:,}")
        if k < shown - 1:
            ax.set_xlabel("")
    return figure


def confusion(counts: Any, classes: Any, ax: Axes | None = None) -> Axes:
    """Draw the share of each true class (row) that was taken for each class (column); the numbers are counts of samples.

    Args:
        counts: test samples [K, K], as ``Evaluation.confusion`` has them.
        classes: the K labels.
        ax: where to draw; None for a new figure.

    Example:
        >>> from neurolsm.plot import confusion
        >>> confusion([[8, 2], [1, 9]], classes=("cat", "dog")).get_xlabel()
        'taken for'
    """
    ax = axes_for(ax, (5, 5))
    counts = np.asarray(counts)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    ax.imshow(share, cmap="Blues", vmin=0, vmax=1)
    places = np.arange(len(classes))
    if places.size <= WRITTEN:
        for row, column in np.argwhere(counts):
            shade = "white" if share[row, column] > 0.5 else "black"
            ax.text(column, row, f"{counts[row, column]:,}", ha="center", va="center", color=shade, fontsize="small")
        ax.set_xticks(places, [str(one) for one in classes])
        ax.set_yticks(places, [str(one) for one in classes])
    ax.set(xlabel="taken for", ylabel="class")
    return ax


def _values(found: Result, ax: Axes) -> None:
    ax.plot(np.arange(1, found.splits + 1), found.values, "o", color=BLUE)
    ax.axhline(found.value, color="0.3", linestyle="--", label=f"mean, {found.value:.4g}")
    ax.set(xlabel="split", ylabel=found.metric, xticks=np.arange(1, found.splits + 1, max(1, found.splits // 10)))
    ax.legend(frameon=False)
