"""Ways through worlds, and success over a life."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from neurolsm.plot.save import save_figure
from neurolsm.plot.style import BLUE, GREEN, ORANGE, PURPLE, RED
from neurolsm_models.navigation.protocol import Drive, Score
from neurolsm_models.navigation.world import RADIUS, corners

COLOURS = {"success": BLUE, "collision": RED, "overtime": ORANGE, "wrong": PURPLE}
LINES = {"success": "-", "collision": "--", "overtime": ":", "wrong": "-."}  # for those who see no colours


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


def save_gallery(rows: Sequence[tuple[str, Sequence[Drive]]], path: Path) -> None:
    """A row of worlds a title, each with its way; the file appears whole or not at all."""
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    columns = max(len(drives) for _, drives in rows)
    figure = Figure(figsize=(2.4 * columns, 2.6 * len(rows) + 0.4), layout="constrained")
    axes = figure.subplots(len(rows), columns, squeeze=False)
    for (title, drives), line in zip(rows, axes, strict=True):
        for ax in line:
            ax.set_axis_off()
        for drive, ax in zip(drives, line, strict=False):
            ax.set_axis_on()
            paths([drive], ax)
        line[0].set_title(title, loc="left", fontsize=10)
    handles = [Line2D([], [], color=colour, linestyle=LINES[name], label=name) for name, colour in COLOURS.items()]
    handles.append(Line2D([], [], color=GREEN, marker="*", linestyle="", markersize=10, label="goal"))
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), frameon=False)
    save_figure(figure, path)


def save_recovery(title: str, curves: Sequence[Sequence[bool]], levels: dict[str, float], path: Path) -> None:
    """Success over the episodes after a change, mean over lives in a window of 20, with its baselines."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.2), layout="constrained")
    ax = figure.subplots()
    window = min(20, len(curves[0]))
    smooth = np.convolve(np.mean(np.asarray(curves, float), axis=0), np.full(window, 1 / window), "valid")
    ax.plot(
        np.arange(window, window + smooth.size), 100 * smooth, color=BLUE, label=f"while it learns ({window} episodes)"
    )
    for (name, level), style in zip(levels.items(), (":", "--", "-"), strict=False):
        ax.axhline(100 * level, color="0.3", linestyle=style, label=f"{name}, {100 * level:.1f} %")
    limits = (0, len(curves[0]))
    ax.set(xlabel="episodes after the change", ylabel="success, %", xlim=limits, ylim=(0, 103), title=title)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2, frameon=False)
    save_figure(figure, path)


def shown(score: Score) -> tuple[str, ...]:
    """One row of a table."""
    ratio = "" if score.path_ratio is None else f"{score.path_ratio:.2f}"
    seconds = "" if score.seconds is None else f"{score.seconds:.1f}"
    shares = (score.success, score.collision, score.overtime, score.wrong)
    return (*(f"{100 * share:.1f}" for share in shares), ratio, seconds)
