"""What is large, as bars."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import fill

from matplotlib.axes import Axes
from matplotlib.ticker import EngFormatter

from neurolsm.errors import refuse
from neurolsm.plot.style import BLUE, axes_for, bare

WIDE = 24  # letters of a name in one line


def sizes(found: Mapping[str, float], label: str, ax: Axes | None = None) -> Axes:
    """A bar for each size, in the order that is given.

    Args:
        found: sizes by name.
        label: what they are, with their unit.
        ax: where to draw; None for a new figure.

    Raises:
        InvalidValue: no sizes.

    Example:
        >>> from neurolsm.plot.sizes import sizes
        >>> ax = sizes({"weights": 4096, "delays": 512}, "bytes")
        >>> [one.get_text() for one in ax.get_yticklabels()]
        ['weights', 'delays']
    """
    if not found:
        refuse("sizes", "found", found, "needs a size", "Leave the picture out")
    ax = axes_for(ax, (5, 1 + 0.35 * len(found)))
    rows = range(len(found))
    ax.barh(rows, list(found.values()), height=0.6, color=BLUE)
    ax.set_yticks(rows, [fill(name, WIDE) for name in found])
    ax.set(xlabel=label, ylim=(len(found) - 0.5, -0.5))
    ax.xaxis.set_major_formatter(EngFormatter(sep=""))
    ax.locator_params(axis="x", nbins=5)
    bare(ax)
    return ax
