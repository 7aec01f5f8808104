"""Where data sets lie: under ``$NEUROLSM_DATA``, each in a folder of its own, in its official layout."""

from __future__ import annotations

import os
from pathlib import Path

from neurolsm.errors import NotAvailable

VARIABLE = "NEUROLSM_DATA"


def folder(name: str, files: tuple[str, ...], source: str) -> Path:
    """The folder of the data set ``name``, in which all ``files`` exist.

    Args:
        name: of the folder.
        files: names that must be there.
        source: where they come from, for the message.

    Raises:
        NotAvailable: no such folder, or files missing; the message says what to put where.
    """
    root = os.environ.get(VARIABLE)
    if not root:
        raise NotAvailable(f"data set {name!r}: the environment variable {VARIABLE} is not set. Set it to a folder that holds "
                           f"{name}/ with {', '.join(files)} from {source}")  # fmt: skip
    found = Path(root) / name
    missing = [file for file in files if not (found / file).exists()]
    if missing:
        raise NotAvailable(f"data set {name!r}: {found} lacks {', '.join(missing)}. Put the files of {source} there")
    return found
