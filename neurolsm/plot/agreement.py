"""One picture of a comparison: what went in, and what every backend made of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from neurolsm.execute.compare import Comparison
from neurolsm.plot.raster import overlay, raster
from neurolsm.program.spikes import Spikes

SHOWN = 48  # neurons: few enough that each mark stands alone


def agreement(found: Comparison, inputs: Spikes, sample: int = 0, *, image: Any = None) -> Figure:
    """The input spikes of one sample above the rasters of all backends on top of each other.

    Args:
        found: a comparison.
        inputs: the input spikes that were compared.
        sample: its number.
        image: what was encoded, [H, W], shown next to the input; None for no picture.
    """
    figure = Figure(figsize=(9, 5.6), layout="constrained")
    grid = figure.add_gridspec(2, 2, height_ratios=[0.24, 1], width_ratios=[1, 0.16])
    main = figure.add_subplot(grid[1, 0])
    top = raster(inputs, sample, ax=figure.add_subplot(grid[0, 0], sharex=main), s=5)
    top.set(xlabel="", ylabel="channel")
    top.tick_params(labelbottom=False)
    if image is not None:
        picture = figure.add_subplot(grid[0, 1])
        picture.imshow(np.asarray(image), cmap="gray_r")
        picture.set(xticks=[], yticks=[])
    neurons = next(iter(found.recordings.values())).spikes.units
    overlay(found.recordings, sample, units=slice(0, min(SHOWN, neurons)), ax=main)
    main.set_ylabel(f"neuron, {min(SHOWN, neurons)} of {neurons:,}")
    verdict = "not a bit differs" if found.equal else "they differ"
    main.set_title(
        f"{len(found.backends)} backends, one inside the other: {found.spikes_compared:,} spikes in {found.samples} samples, "
        f"{verdict}",
        fontsize="medium",
    )  # fmt: skip
    return figure
