"""How much of the limits of a chip is used."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import fill

import numpy as np
from matplotlib.axes import Axes

from neurolsm.errors import refuse
from neurolsm.plot.style import BLUE, QUIET, axes_for, bare, key

WIDE = 24  # letters of a name in one line


def limits(shares: Mapping[str, tuple[float, float]], ax: Axes | None = None) -> Axes:
    """A row for each limit: a bar for the fullest core and a mark for all cores together, in percent of what there is.

    Args:
        shares: by limit, the share of it that the fullest core uses, and that all cores use, 0 to 1.
        ax: where to draw; None for a new figure.

    Raises:
        InvalidValue: no limits.

    Example:
        >>> from neurolsm.plot.limits import limits
        >>> ax = limits({"synaptic memory": (0.9, 0.4)})
        >>> [one.get_text() for one in ax.get_yticklabels()]
        ['synaptic memory']
    """
    if not shares:
        refuse("limits", "shares", shares, "needs a limit", "Place a network first")
    ax = axes_for(ax, (5, 1 + 0.35 * len(shares)))
    rows = np.arange(len(shares))
    fullest, total = (100 * np.array(part) for part in zip(*shares.values(), strict=True))
    ax.barh(rows, fullest, height=0.6, color=BLUE, alpha=0.6, label="fullest core")
    ax.plot(total, rows, "D", color="0.2", markersize=5, label="all cores")
    ax.axvline(100, color=QUIET, linewidth=1, zorder=0)
    ax.set_yticks(rows, [fill(name, WIDE) for name in shares])
    ax.set(
        xlabel="used, %",
        xlim=(0, max(104.0, 1.04 * float(max(fullest.max(), total.max())))),
        ylim=(len(shares) - 0.5, -0.5),
    )
    key(ax)
    bare(ax)
    return ax
