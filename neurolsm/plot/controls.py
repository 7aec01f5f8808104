"""Results next to what they are held against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from neurolsm.errors import refuse
from neurolsm.plot.style import BLUE, QUIET, axes_for, bare
from neurolsm.tasks.scores import Scores

WIDE = 22  # letters of a name in one line


def height(names: Iterable[str]) -> float:
    """Inches that rows of these names take, the axis included: more where a name has many lines."""
    lines = [len(fill(name, WIDE).splitlines()) for name in names]
    return 1.2 + len(lines) * max(0.36, 0.1 + 0.19 * max(lines, default=1))


def with_controls(
    values: Mapping[str, Sequence[float]], label: str, ax: Axes | None = None, *, color: str = BLUE
) -> Axes:
    """A row for each name: a dot per split or seed, and their mean with one standard deviation where there are several.

    Args:
        values: one or more numbers by name; the first row is what all is about, the others what it is held against.
        label: what the numbers are, with their unit.
        ax: where to draw; None for a new figure.
        color: of the first row.

    Raises:
        InvalidValue: no rows, or a row without numbers.

    Example:
        >>> from neurolsm.plot import with_controls
        >>> ax = with_controls({"liquid": [91.0, 93.0], "without the liquid": [88.0, 89.0]}, "accuracy, %")
        >>> [one.get_text() for one in ax.get_yticklabels()]
        ['liquid', 'without the liquid']
    """
    if not values or not all(len(row) for row in values.values()):
        refuse("with_controls", "values", values, "needs a number in each row", "Leave out what has none")
    ax = axes_for(ax, (5, 1 + 0.35 * len(values)))
    for row, found in enumerate(values.values()):
        shade = color if row == 0 else "0.3"
        ax.plot(found, np.full(len(found), row), "o", color=shade, alpha=0.35, markersize=4, linewidth=0)
        sd = float(np.std(found, ddof=1)) if len(found) > 1 and np.isfinite(found).all() else None
        ax.errorbar([float(np.mean(found))], [row], xerr=sd, fmt="D", color=shade, capsize=3, markersize=5)
    level = float(np.mean(next(iter(values.values()))))
    if np.isfinite(level):
        ax.axvline(level, color=QUIET, linewidth=1, zorder=0)
    ax.set_yticks(np.arange(len(values)), [fill(name, WIDE) for name in values])
    ax.set(xlabel=label, ylim=(len(values) - 0.5, -0.5))
    bare(ax)
    return ax


def of_scores(scores: Sequence[Scores]) -> Any:
    """A figure of several such pictures, one below the other."""
    from matplotlib.figure import Figure

    heights = [height(one.values) for one in scores]
    figure = Figure(figsize=(6, sum(heights)), layout="constrained")
    axes = figure.subplots(len(scores), squeeze=False, height_ratios=heights)[:, 0]
    for one, ax in zip(scores, axes, strict=True):
        with_controls(one.values, one.label, ax).set_title(one.title, loc="left")
    return figure
