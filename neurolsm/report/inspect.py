"""The page of ``neurolsm inspect``."""

from __future__ import annotations

from collections.abc import Sequence

from neurolsm.measure.instruments.inspection import Inspection
from neurolsm.measure.instruments.ranges import Place
from neurolsm.plot.ranges import ranges
from neurolsm.report.about import About
from neurolsm.report.page import Page, Section, paragraph, plain, table
from neurolsm.report.picture import picture
from neurolsm.report.seen import seen
from neurolsm.tasks.model import Model
from neurolsm.tasks.task import Task

SHORT = 20  # random liquids below which a range is said to be a rough one


def inspect_page(model: Model | Task, found: Inspection, random: Sequence[Place], about: About) -> Page:
    """What the instruments say of a liquid, and which of it is good.

    Args:
        model: whose liquid was inspected.
        found: the inspection.
        random: each number among those of random liquids; none where they were not asked for.
        about: of the command.
    """
    own = model if isinstance(model, Model) else None
    spikes = () if own is None else seen(own, seed=found.seed, backend="emulator", samples=found.samples)
    return Page(
        f"The liquid of {found.model}",
        verdict(found, random),
        (
            Section("Among random liquids", _ranges(random)),
            Section("Every instrument", table(("measure", "found"), found.rows)),
            *spikes,
            *about.sections(own, found.seed),
        ),
    )


def verdict(found: Inspection, random: Sequence[Place]) -> str:
    """In one line: what is good and what is poor, if there is something to compare it with."""
    said = f"{found.neurons:,} neurons, {found.synapses:,} synapses, seed {found.seed}, {found.samples} samples"
    if not random:
        return f"{said}. Whether a number is good only other liquids can say: add --random 50."
    named = {word: [one.name.split(",")[0] for one in random if one.verdict == word] for word in ("good", "poor")}
    shown = [f"{word}: {', '.join(names)}" for word, names in named.items() if names]
    return f"{said}: among {len(random[0].random)} random liquids, {'; '.join(shown) or 'nothing stands out'}."


def rows(random: Sequence[Place]) -> list[tuple[str, ...]]:
    """A line for each number: its name, itself, the range of the others, and the verdict."""
    lines: list[tuple[str, ...]] = []
    for one in random:
        low, middle, high = one.range
        lines.append((one.name, f"{one.value:.4g}", f"{low:.4g}", f"{middle:.4g}", f"{high:.4g}", one.verdict))
    return lines


HEAD = ("measure", "found", "10 % are below", "half", "90 %", "verdict")


def _ranges(random: Sequence[Place]) -> str:
    if not random:
        return ""
    count = len(random[0].random)
    how = (
        f"{count} liquids of the same size under the same inputs, from other seeds, their input weights and their recurrent "
        "weights each multiplied by a factor between 0.32 and 3.2. Good is the best quarter of them, poor the worst; where no "
        "end is the better one, a number is low or high if only a twentieth lies beyond it."
    )
    if count < SHORT:
        how += f" {count} liquids make a rough range; 50 are a good one."
    said = "Dots are random liquids, the bar holds four fifths of them, the diamond is this one; each row has a scale of its own."
    shown = [Place(name=plain(one.name), better=one.better, value=one.value, random=one.random) for one in random]
    drawn = picture(lambda ax: ranges(shown, ax), (5.2, 1.2 + 0.36 * len(shown)), "ranges", said)
    return drawn + paragraph(how) + table(HEAD, rows(random))
