"""Ways through worlds, and success over a life."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from neurolsm.plot.style import BLUE, GREEN, ORANGE, PURPLE, RED
from neurolsm_models.navigation.protocol import Drive, Score
from neurolsm_models.navigation.world import RADIUS, corners

COLOURS = {"success": BLUE, "collision": RED, "overtime": ORANGE, "wrong": PURPLE}
LINES = {"success": "-", "collision": "--", "overtime": ":", "wrong": "-."}  # for those who see no colours
COLUMNS = 3  # of a gallery: it can be looked at on a phone


def paths(drives: Sequence[Drive], ax: Any = None) -> Any:
    """The ways of several drives in one world or in worlds alike; returns the axes. Ends are marked by outcome."""
    from matplotlib.patches import Circle, Polygon

    if ax is None:
        from matplotlib import pyplot

        _, ax = pyplot.subplots(figsize=(4, 4), layout="constrained")
    world = drives[0].world
    for x0, y0, x1, y1 in world.segments:
        ax.plot([x0, x1], [y0, y1], color="0.2", linewidth=1.5)
    for box in world.boxes:
        ax.add_patch(Polygon(corners(box), color="0.2"))
    for disc in world.discs:
        ax.add_patch(Circle(disc[:2], disc[2], color="0.6" if disc[3:].any() else "0.2"))
    for drive in drives:
        outcome = next(name for name in COLOURS if drive.outcome[name])
        ax.plot(*drive.path.T, color=COLOURS[outcome], linestyle=LINES[outcome], linewidth=1.4)
        ax.plot(*drive.path[0], marker="o", color=COLOURS[outcome], markersize=4)
        ax.plot(*drive.world.goal, marker="*", color=GREEN, markersize=11)
    ax.set(
        xlim=(-RADIUS, world.width + RADIUS),
        ylim=(-RADIUS, world.height + RADIUS),
        aspect="equal",
        xticks=[],
        yticks=[],
    )
    return ax


def lines_of(drives: Sequence[Drive]) -> int:
    """How many lines of a gallery they take."""
    return -(-len(drives) // COLUMNS)


def gallery(rows: Sequence[tuple[str, Sequence[Drive]]], figure: Any) -> None:
    """Worlds with a way each, under the titles of their kinds, and a key below."""
    from matplotlib.lines import Line2D

    axes = iter(figure.subplots(sum(lines_of(drives) for _, drives in rows), COLUMNS, squeeze=False))
    for title, drives in rows:
        cells = np.concatenate([next(axes) for _ in range(lines_of(drives))])
        for ax in cells:
            ax.set_axis_off()
        for drive, ax in zip(drives, cells, strict=False):
            ax.set_axis_on()
            paths([drive], ax)
        cells[0].set_title(title, loc="left", fontsize=10)
    handles = [Line2D([], [], color=colour, linestyle=LINES[name], label=name) for name, colour in COLOURS.items()]
    handles.append(Line2D([], [], color=GREEN, marker="*", linestyle="", markersize=10, label="goal"))
    figure.legend(handles=handles, loc="outside lower center", ncols=COLUMNS, frameon=False)


def recovery(curves: Sequence[Sequence[bool]], levels: dict[str, float], figure: Any) -> None:
    """Success over the episodes after a change, in a window of 20: mean and spread over the lives, with the levels in percent."""
    ax = figure.subplots()
    window = min(20, len(curves[0]))
    smooth = 100 * np.array(
        [np.convolve(one, np.full(window, 1 / window), "valid") for one in np.asarray(curves, float)]
    )
    at, mean = np.arange(window, window + smooth.shape[1]), smooth.mean(axis=0)
    if len(curves) > 1:
        sd = smooth.std(axis=0, ddof=1)
        low, high = np.clip(mean - sd, 0, 100), np.clip(mean + sd, 0, 100)
        ax.fill_between(at, low, high, color=BLUE, alpha=0.2, linewidth=0, label="± one standard deviation")
    ax.plot(at, mean, color=BLUE, label=f"while it learns ({window} episodes)")
    for (name, level), style in zip(levels.items(), (":", "--", "-"), strict=False):
        ax.axhline(level, color="0.3", linestyle=style, label=f"{name}, {level:.1f} %")
    ax.set(xlabel="episodes after the change", ylabel="success, %", xlim=(0, len(curves[0])), ylim=(0, 103))
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2, frameon=False)


def shown(score: Score) -> tuple[str, ...]:
    """One row of a table."""
    ratio = "" if score.path_ratio is None else f"{score.path_ratio:.2f}"
    seconds = "" if score.seconds is None else f"{score.seconds:.1f}"
    shares = (score.success, score.collision, score.overtime, score.wrong)
    return (*(f"{100 * share:.1f}" for share in shares), ratio, seconds)
