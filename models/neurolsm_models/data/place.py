"""Where data sets lie: under ``$NEUROLSM_DATA``, each in a folder of its own, in its official layout."""

from __future__ import annotations

import os
from pathlib import Path

import pooch

from neurolsm.errors import NotAvailable

VARIABLE = "NEUROLSM_DATA"


def root() -> Path:
    """The folder of all data sets: ``$NEUROLSM_DATA``, or a cache folder of the user's."""
    return Path(os.environ.get(VARIABLE) or pooch.os_cache("neurolsm"))


def folder(name: str, files: tuple[str, ...], source: str) -> Path:
    """The folder of the data set ``name``, in which all ``files`` exist.

    Args:
        name: of the folder.
        files: names that must be there.
        source: where they come from, for the message.

    Raises:
        NotAvailable: no such folder, or files missing; the message says what to put where.
    """
    found = root() / name
    missing = [file for file in files if not (found / file).exists()]
    if missing:
        raise NotAvailable(f"data set {name!r}: {found} lacks {', '.join(missing)}. Put the files of {source} there, "
                           f"or set the environment variable {VARIABLE} to the folder that holds {name}/")  # fmt: skip
    return found
