"""The trials of a search."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from neurolsm.errors import refuse
from neurolsm.plot.style import BLUE, RED, axes_for, bare, key


def trials(points: Sequence[tuple[float, float]], metric: str, over: str | None = None, ax: Axes | None = None) -> Axes:
    """A dot per trial; over the numbers of the trials, the best value so far as a line.

    Args:
        points: number of the trial, or the value of a parameter, and what the trial came to; more is better.
        metric: what it came to.
        over: name of the parameter; None for the numbers of the trials.
        ax: where to draw; None for a new figure.

    Raises:
        InvalidValue: no points.

    Example:
        >>> from neurolsm.plot.trials import trials
        >>> ax = trials([(0, 0.5), (1, 0.7)], "accuracy")
        >>> ax.get_xlabel(), ax.get_ylabel()
        ('trial', 'accuracy')
    """
    if not points:
        refuse("trials", "points", list(points), "needs a trial with a value", "Search on")
    ax = axes_for(ax, (5, 3))
    x, y = np.array(points, float).T
    if over is None:
        order = np.argsort(x)
        ax.step(x[order], np.maximum.accumulate(y[order]), where="post", color=RED, label="best so far")
    elif x.min() > 0 and x.max() > 20 * x.min():
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter("{x:g}")  # a page has letters, no typeset powers
    ax.plot(x, y, "o", color=BLUE, alpha=0.6, markersize=4, label="trial")
    ax.set(xlabel=over or "trial", ylabel=metric)
    if over is None:
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        key(ax)
    bare(ax)
    return ax
