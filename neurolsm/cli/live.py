"""``neurolsm live``."""

from __future__ import annotations

from pathlib import Path

from neurolsm.cli.terminal import say


def live_command(name: str, *, backend: str, port: int, browser: bool, folder: Path | None, fresh: bool) -> None:
    from neurolsm.live.serve import serve

    keeper = serve(
        name, backend=backend, port=port, browser=browser, folder=folder, fresh=fresh,
        say=lambda text: say(text, flush=True),
    )  # fmt: skip
    say(f"Kept in {keeper.file}. The same command goes on with it")
