"""The page of ``neurolsm report``."""

from __future__ import annotations

from collections.abc import Sequence

from neurolsm.hardware.limits import CORE
from neurolsm.hardware.resources import Resources
from neurolsm.plot.limits import limits
from neurolsm.report.about import About
from neurolsm.report.page import Page, Section, paragraph, plain, table
from neurolsm.report.picture import picture
from neurolsm.tasks.model import Model

Table = tuple[Sequence[str], Sequence[Sequence[object]]]


def resources_page(
    model: Model | None, name: str, found: Resources, counted: Sequence[tuple[str, Table]], about: About
) -> Page:
    """How a network lies on a chip, and what a sample makes it do.

    Args:
        model: what was placed; None for a saved program or a task.
        name: of what was placed.
        found: the placement.
        counted: titles and tables of what was counted over samples; none where there were none.
        about: of the command.
    """
    seed = int(about.options.get("seed") or 1)
    return Page(
        f"{name} on {found.target}",
        verdict(found),
        (
            Section("Limits of the chip", _use(found)),
            Section("Every limit", table(*_limits(found))),
            Section("Connections", table(*_connections(found))),
            *(Section(title, table(*shown)) for title, shown in counted),
            Section("Notes", "".join(paragraph(note) for note in found.notes)),
            *about.sections(model, seed),
        ),
    )


def verdict(found: Resources) -> str:
    """In one line: how many cores, and what there is least of."""
    cores = f"{found.cores:,} core{'' if found.cores == 1 else 's'}"
    return (
        f"{found.neurons:,} neurons and {found.synapses:,} synapses ({found.plastic_synapses:,} plastic) take {cores} on "
        f"{found.chips:,} chip{'' if found.chips == 1 else 's'}; what binds: {found.binding.replace('_', ' ')}."
    )


def _use(found: Resources) -> str:
    shares = {
        plain(limit.replace("_", " ")): (_share(*found.fullest[limit]), _share(*found.total[limit])) for limit in CORE
    }
    said = "How much of each limit is used: of the fullest core, and of all cores that are taken together."
    return picture(lambda ax: limits(shares, ax), (5.2, 1.2 + 0.36 * len(shares)), "limits", said)


def _share(used: float, available: float) -> float:
    return used / available if available else 0.0


def _limits(found: Resources) -> Table:
    rows = [
        (
            limit.replace("_", " "),
            *(f"{one:,}" for one in (*found.fullest[limit], *found.total[limit])),
            found.limits[limit]["confidence"],
        )
        for limit in CORE
    ]
    return ("limit", "fullest core", "of", "all cores", "of", "confidence"), rows


def _connections(found: Resources) -> Table:
    rows = [
        (
            one.name + (" (plastic)" if one.plastic else ""),
            f"{one.synapses:,}",
            one.bits,
            ", ".join(f"{k} ({v})" for k, v in one.coding.items()),
        )
        for one in found.connections
    ]
    return ("projection", "synapses", "bits each", "coding (cores)"), rows
