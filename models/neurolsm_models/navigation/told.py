"""What pages and pictures show of a robot's life: its success next to its controls, its ways, and what it won back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from neurolsm.tasks.scores import Picture, Scores
from neurolsm_models.navigation import plots
from neurolsm_models.navigation.lives import Recovery
from neurolsm_models.navigation.protocol import Drive, Score

LINES = {
    "before": "before the change", "frozen": "after it, frozen", "adapted": "after it, learning on the chip",
    "kept": "back in the old surroundings, with what it has learned",
}  # fmt: skip
MEANING = (
    "The share of {} pairs of start and goal, each in a world that it has not seen, in which the robot arrives without touching "
    "anything and in time."
)


def driven(table: Mapping[str, Mapping[str, Score]], pairs: int) -> tuple[Scores, ...]:
    """Success in each kind of world, of one life and of its controls."""
    return tuple(
        Scores(
            title=kind.replace("_", " ").capitalize(), label="success, %", better="more", each="lives",
            meaning=MEANING.format(pairs), values={name: [100 * one.success] for name, one in found.items()},
        )
        for kind, found in table.items()
    )  # fmt: skip


def ways(rows: Sequence[tuple[str, Sequence[Drive]]]) -> Picture:
    """The first worlds of each kind."""
    said = (
        "The ways of the robot in the first worlds of each kind, from the dot to the star: blue and solid if it arrives, red and "
        "dashed if it collides, orange and dotted if time runs out, purple, dashes and dots, if it takes the wrong arm."
    )
    lines = sum(plots.lines_of(drives) for _, drives in rows)
    return Picture(
        title="Ways", said=said, draw=lambda figure: plots.gallery(rows, figure), size=(5.4, 2 * lines + 0.8)
    )


def recovery(summary: str, found: Sequence[Recovery], pairs: int) -> tuple[Scores, Picture]:
    """Success after a change, and over the episodes since then."""
    names = ("adapted", "before", "frozen", "kept")
    success = {name: [100 * getattr(one, name).success for one in found] for name in names}
    scores = Scores(
        title="Success", label="success, %", better="more", each="lives",
        values={LINES[name]: success[name] for name in names}, meaning=MEANING.format(pairs),
    )  # fmt: skip
    levels = {name: sum(success[name]) / len(found) for name in ("frozen", "before", "adapted")}
    said = (
        f"{summary.capitalize()}: success over the episodes since then, a mean over the lives and over a window of episodes, with a "
        "band of one standard deviation over the lives where there are several, and the levels that were measured without learning."
    )
    curves = [one.curve for one in found]
    return scores, Picture(
        title="After the change", said=said, size=(5.4, 4.6), draw=lambda figure: plots.recovery(curves, levels, figure)
    )
