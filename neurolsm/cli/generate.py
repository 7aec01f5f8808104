"""``neurolsm generate``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neurolsm.cli.output import check_json
from neurolsm.cli.terminal import say
from neurolsm.errors import NotAvailable
from neurolsm.files.results import check_apart
from neurolsm.tasks import model
from neurolsm.tasks.task import Task


def generate_command(name: str, *, prompt: str, keep: Path | None, **options: Any) -> None:
    chosen = model.get(name)
    if not isinstance(chosen, Task) or chosen.generate is None:
        raise NotAvailable(f"model {name!r} does not write. Choose 'language'")
    check_apart({"--keep": keep}, {"--text": options.get("text")})
    check_json(keep, "--keep")
    pieces = chosen.generate(prompt=prompt, keep=keep, **options)
    first = next(pieces)  # what is refused is refused before anything is shown
    say(prompt + first, end="", flush=True)
    for piece in pieces:
        say(piece, end="", flush=True)
    say()
