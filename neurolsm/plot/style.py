"""What all pictures share: colours that every kind of vision tells apart, axes, keys that lie over no data."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from neurolsm.program import Program
from neurolsm.program.signs import signs

# Okabe and Ito, Color Universal Design (2008)
BLUE, ORANGE, GREEN, PURPLE, RED, SKY = "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9"
LINES = (BLUE, RED, GREEN, PURPLE, ORANGE, SKY)
EXCITATORY, INHIBITORY, NEITHER = BLUE, RED, "0.45"
QUIET = "0.75"  # what only guides the eye
KINDS = {1: ("excitatory", EXCITATORY), -1: ("inhibitory", INHIBITORY), 0: ("other", NEITHER)}


def axes_for(ax: Axes | None, size: tuple[float, float], **options: Any) -> Axes:
    """The axes that were given, or those of a new figure of ``size`` inches."""
    if ax is not None:
        return ax
    from matplotlib import pyplot

    return pyplot.subplots(figsize=size, layout="constrained", **options)[1]


def bare(ax: Axes) -> None:
    """Leave out the frame where it says nothing."""
    ax.spines[["top", "right"]].set_visible(False)


def key(ax: Axes, **options: Any) -> None:
    """The key above the axes, on its right."""
    handles, _ = ax.get_legend_handles_labels()
    ax.legend(
        loc="lower right", bbox_to_anchor=(1, 1), ncols=max(len(handles), 1), frameon=False, borderaxespad=0.2,
        handletextpad=0.4, columnspacing=1.2, **options,
    )  # fmt: skip


def kinds(program: Program) -> dict[int, NDArray[np.int64]]:
    """The neurons of each sign that the program has."""
    found = signs(program)
    return {sign: np.flatnonzero(found == sign) for sign in KINDS if (found == sign).any()}
