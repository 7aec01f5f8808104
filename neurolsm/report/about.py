"""What every page ends with: versions, the command that gives it again, what ran, and every figure as JSON."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

from neurolsm.report.page import Section, code, folded, table
from neurolsm.tasks.model import Model

NOT_REPEATED = ("model", "json", "plot", "html", "video", "cache", "storage", "workers")  # they change no figure


@final
@dataclass(frozen=True)
class About:
    """What is known of a command before a page is made of its result.

    Attributes:
        command: its name.
        options: as given, by their long names; None for what was left out.
        json: the object that ``--json`` writes.
        versions: of Python and of the packages that took part.
    """

    command: str
    options: Mapping[str, Any]
    json: str
    versions: Mapping[str, str]

    @property
    def line(self) -> str:
        """The command to type."""
        words = ["neurolsm", self.command, str(self.options["model"])]
        for name, value in self.options.items():
            if name in NOT_REPEATED or value is None or value is False:
                continue
            option = f"--{name.replace('_', '-')}"
            if name == "set":
                words += [word for one in value for word in (option, str(one))]
            elif value is True:
                words.append(option)
            else:
                words += [option, ",".join(value) if isinstance(value, (list, tuple)) else str(value)]
        return shlex.join(words)

    def sections(self, model: Model | None, seed: int = 1) -> tuple[Section, ...]:
        """The last sections of a page; without a model there is no description."""
        described = (
            ()
            if model is None
            else (Section("Description", code("\n\n".join(repr(one) for one in _parts(model, seed)))),)
        )
        return (
            Section("Versions", table(("package", "version"), sorted(self.versions.items()))),
            Section("Again", code(self.line)),
            *described,
            Section("Every figure", folded("The object that --json writes", code(self.json))),
        )


def _parts(model: Model, seed: int) -> list[Any]:
    return [model.lsm(seed), model.encoder, model.features]
