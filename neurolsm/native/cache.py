"""Where built simulations are kept."""

from __future__ import annotations

import functools
import os
import tempfile
import warnings
from pathlib import Path

once = functools.cache


def cache_folder(backend: str) -> Path:
    """``$NEUROLSM_CACHE/BACKEND``, by default ``~/.cache/neurolsm/BACKEND``; a temporary one if that cannot be written.

    Raises:
        OSError: there is no room for a temporary one either.
    """
    folder = _chosen(backend)
    return folder if _writable(folder) else _temporary(folder)


def readable_folders(backend: str) -> list[Path]:
    """Where a finished build may lie: also in a cache that can be read only, and in the temporary one of this session."""
    return [_chosen(backend), *(Path(kept.name) for kept in _kept.get(backend, []))]


def _chosen(backend: str) -> Path:
    chosen = os.environ.get("NEUROLSM_CACHE")
    user = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # stays ~ for a user without a home
    return (Path(os.path.expanduser(chosen)) if chosen else Path(user) / "neurolsm").absolute() / backend


def _writable(folder: Path) -> bool:
    if "~" in folder.parts:  # a user without a home: it would become a folder of that name in the working folder
        return False
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)


@once
def _temporary(folder: Path) -> Path:
    backend = folder.name
    kept = tempfile.TemporaryDirectory(prefix=f"neurolsm-{backend}-", ignore_cleanup_errors=True)
    _kept.setdefault(backend, []).append(kept)  # removed when Python ends
    say_once(
        f"{backend}: the cache folder {folder} cannot be written; simulations are built in a temporary folder and again "
        "in the next session. Set NEUROLSM_CACHE to a folder that can be written."
    )
    return Path(kept.name)


_kept: dict[str, list[tempfile.TemporaryDirectory[str]]] = {}


@once
def say_once(text: str) -> None:
    """Warn, the first time in this process."""
    warnings.warn(text, RuntimeWarning, stacklevel=2)
