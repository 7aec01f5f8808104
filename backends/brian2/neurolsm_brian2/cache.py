"""Where built simulations are kept."""

from __future__ import annotations

import functools
import os
import tempfile
import warnings
from pathlib import Path

once = functools.cache


def cache_folder() -> Path:
    """``$NEUROLSM_CACHE/brian2``, by default ``~/.cache/neurolsm/brian2``; a temporary one if that cannot be written."""
    chosen = os.environ.get("NEUROLSM_CACHE")
    root = Path(chosen) if chosen else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "neurolsm"
    folder = root.expanduser().absolute() / "brian2"
    return folder if _writable(folder) else _temporary(folder)


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)


@once
def _temporary(folder: Path) -> Path:
    say_once(
        f"brian2: the cache folder {folder} cannot be written; simulations are built in a temporary folder and again "
        "in the next session. Set NEUROLSM_CACHE to a folder that can be written."
    )
    kept = tempfile.TemporaryDirectory(prefix="neurolsm-brian2-")
    _kept.append(kept)  # removed when Python ends
    return Path(kept.name)


_kept: list[tempfile.TemporaryDirectory[str]] = []


@once
def say_once(text: str) -> None:
    """Warn, the first time in this process."""
    warnings.warn(text, RuntimeWarning, stacklevel=2)
