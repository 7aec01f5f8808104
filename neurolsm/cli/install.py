"""``neurolsm install``: what a backend needs, into the environment that runs this command."""

from __future__ import annotations

import importlib.util
import json
import shlex
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import distribution
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from neurolsm.cli.terminal import finish, say
from neurolsm.errors import NotAvailable
from neurolsm.execute.backend import KNOWN
from neurolsm.execute.fit import CORE, installed, misfit

LAVA = ("--no-deps", "--ignore-requires-python", "lava-nc==0.10.0")
WHY = (
    "Lava 0.10.0 declares Python 3.10 and NumPy 1. It runs on later ones behind neurolsm-lava, so it is installed without "
    "these two demands, and 'pip check' will name them."
)


def install_command(backend: str, dry_run: bool) -> None:
    """Say which commands of pip install a backend, and run them.

    Args:
        backend: one of this project's.
        dry_run: say it and do nothing.

    Raises:
        NotAvailable: another backend, no pip in this environment, or pip could not do it.
    """
    if backend not in KNOWN:
        raise NotAvailable(
            f"neurolsm install: backend {backend!r} is none of this project's. They are: {', '.join(KNOWN)}"
        )
    if installed(CORE) is None:
        raise NotAvailable(
            "neurolsm install: neurolsm itself is not installed in this environment. In a checkout, type: make setup"
        )
    name = f"neurolsm-{backend}"
    steps: list[Sequence[str]] = []
    if installed(name) != installed(CORE) or misfit(name):
        steps.append(_part(backend))
    if backend == "lava":
        say(WHY)
        steps.append(LAVA)
    for step in steps:
        say(shlex.join([sys.executable, "-m", "pip", "install", *step]))
    if dry_run:
        return
    if importlib.util.find_spec("pip") is None:
        raise NotAvailable(
            f"neurolsm install: the environment of {sys.executable} has no pip. Type: {sys.executable} -m ensurepip (or, where "
            "uv made it: uv pip install pip), then this command again"
        )
    for step in steps:
        _pip(step)
    finish()
    subprocess.run(
        [sys.executable, "-m", "neurolsm.cli", "backends"]
    )  # a new process: pip may have changed what this one has loaded


def _pip(step: Sequence[str]) -> None:
    finish()
    code = subprocess.run([sys.executable, "-m", "pip", "install", *step]).returncode
    if code:
        raise NotAvailable(
            f"neurolsm install: pip ended with exit code {code}; above it says why. Where it found no {step[-1]}, set "
            "PIP_FIND_LINKS to the folder with the wheels that neurolsm came from"
        )


def _part(backend: str) -> list[str]:
    """What pip is asked for: this version of the backend, also from where neurolsm itself came from, wheel or checkout."""
    name, wanted = f"neurolsm-{backend}", installed(CORE)
    pinned = f"{name}=={wanted}"
    try:
        source = json.loads(distribution(CORE).read_text("direct_url.json") or "{}")
        parts = urlsplit(str(source["url"]))
    except (ValueError, KeyError, TypeError):  # it came from an index
        return [pinned]
    place = Path(url2pathname(parts.path))
    if parts.scheme != "file" or installed(name) == wanted:
        return [pinned]
    if place.suffix == ".whl":
        return ["--find-links", str(place.parent), pinned]
    part = place / "backends" / backend
    return [*(["-e"] if source.get("dir_info", {}).get("editable") else []), str(part)] if part.is_dir() else [pinned]
