"""The page of ``neurolsm report --target c``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from neurolsm.report.about import About
from neurolsm.report.page import Page, Section, paragraph, plain, table
from neurolsm.report.picture import picture
from neurolsm.tasks.model import Model

NAMES = {
    "flash_bytes": "flash, bytes", "ram_bytes": "memory, bytes", "instructions_per_event": "instructions per synaptic event",
    "instructions_per_update": "instructions per neuron update", "steps_per_second": "steps per second",
    "steps_per_second_at_least": "steps per second, the slowest step",
}  # fmt: skip
UNCOUNTED = "Instructions are counted where QEMU and a cross-compiler are installed: see neurolsm-c."


def shown(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a program needs, as rows; a number that was not counted is empty."""
    return [
        (what, "" if found[key] is None else f"{found[key]:,}" if key.endswith("bytes") else f"{found[key]:,.5g}")
        for key, what in NAMES.items()
    ]


def budget_page(model: Model | None, name: str, found: Mapping[str, Any], about: About) -> Page:
    """What a network needs of a microcontroller.

    Args:
        model: what was counted; None for a saved program or a task.
        name: of what was counted.
        found: the values of the budget.
        about: of the command.
    """
    from neurolsm.plot.sizes import sizes  # who wants no page needs no Matplotlib

    said = "Bytes of the largest tables, which lie in flash, and of the largest arrays (lsm.), which lie in memory."
    largest = {plain(item): size for item, size in found["largest"].items()}
    drawn = picture(lambda ax: sizes(largest, "bytes", ax), (5.2, 1.2 + 0.36 * len(largest)), "largest", said)
    counted = (
        paragraph(UNCOUNTED)
        if found["instructions_per_event"] is None
        else paragraph(
            "Instructions are counted on an emulated Cortex-M3 over a run without learning, by least squares over its steps; steps per "
            "second are those at one instruction per cycle"
            + (", learning included." if found["chip"] else " and 100 million cycles per second, learning included.")
        )
    )
    seed = int(about.options.get("seed") or 1)
    return Page(
        f"{name} as C99",
        verdict(found),
        (
            Section("What it needs", table(("what", "found"), shown(found)) + counted),
            Section("What is largest", drawn + table(("table or array", "bytes"), _sizes(found))),
            Section(
                "What would save some", "".join(paragraph(one[:1].upper() + one[1:] + ".") for one in found["saves"])
            ),
            *about.sections(model, seed),
        ),
    )


def verdict(found: Mapping[str, Any]) -> str:
    """In one line: what it takes, and whether a chip has that."""
    takes = f"{found['flash_bytes']:,} bytes of flash and {found['ram_bytes']:,} bytes of memory"
    if found["chip"] is None:
        return f"{takes}. Whether that fits a chip: add --chip stm32f4, esp32c3 or rp2040."
    return f"{takes}: {'fits' if found['fits'] else 'does not fit'} on {found['chip']}."


def _sizes(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(item, f"{size:,}") for item, size in found["largest"].items()]
