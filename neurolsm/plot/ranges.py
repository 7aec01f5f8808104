"""The numbers of one liquid among those of random ones."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill

import numpy as np
from matplotlib.axes import Axes

from neurolsm.errors import refuse
from neurolsm.measure.instruments.ranges import Place
from neurolsm.plot.style import BLUE, QUIET, axes_for, bare

WIDE = 24  # letters of a name in one line


def ranges(places: Sequence[Place], ax: Axes | None = None) -> Axes:
    """A row for each number, from the lowest to the highest that occurs: a dot per random liquid, a bar over the middle four fifths of them, a diamond for the liquid.

    Args:
        places: from ``neurolsm.measure.instruments.ranges.places``.
        ax: where to draw; None for a new figure.

    Raises:
        InvalidValue: no numbers.

    Example:
        >>> from neurolsm.measure.instruments.ranges import Place
        >>> from neurolsm.plot.ranges import ranges
        >>> ax = ranges([Place(name="linear memory", better="more", value=3.0, random=(1.0, 2.0, 4.0))])
        >>> [one.get_text() for one in ax.get_yticklabels()]
        ['linear memory']
    """
    if not places:
        refuse("ranges", "places", list(places), "needs a number", "Inspect with random liquids")
    ax = axes_for(ax, (5, 1 + 0.35 * len(places)))
    for row, place in enumerate(places):
        every = np.array([*place.random, place.value])
        low, span = every.min(), np.ptp(every) or 1.0
        start, _, end = ((one - low) / span for one in place.range)
        ax.plot([start, end], [row, row], color=QUIET, linewidth=7, solid_capstyle="butt", zorder=1)
        ax.plot((every[:-1] - low) / span, np.full(every.size - 1, row), "o", color="0.3", alpha=0.35, markersize=3)
        ax.plot([(place.value - low) / span], [row], "D", color=BLUE, markersize=7, markeredgecolor="white", zorder=3)
    ax.set_yticks(np.arange(len(places)), [fill(one.name, WIDE) for one in places])
    ax.set_xticks([0, 1], ["lowest", "highest"])
    ax.set(xlim=(-0.04, 1.04), ylim=(len(places) - 0.5, -0.5))
    bare(ax)
    return ax
