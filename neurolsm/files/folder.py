"""Folders of results: whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from neurolsm.errors import InvalidValue
from neurolsm.files.results import check_target


def check_folder(folder: Path, what: str) -> None:
    """Refuse a folder that exists or could not be made, before any work is done.

    Raises:
        InvalidValue: why, in the name of ``what``.
    """
    if folder.exists() or folder.is_symlink():
        raise InvalidValue(f"{what}: {folder} exists already. Name a folder that does not")
    if not folder.parent.is_dir():
        raise InvalidValue(f"{what}: the folder {folder.parent} does not exist. Make it first, or name another")
    check_target(folder, f"{what}:")


def write_folder(folder: Path, files: Mapping[str, bytes], what: str) -> None:
    """All files, by names that may lie in folders, in a folder of another name, which is then renamed.

    Raises:
        InvalidValue: the folder cannot be written.
    """
    temporary = folder.with_name(f".{folder.name}.{secrets.token_hex(8)}.part")
    try:
        temporary.mkdir()
        for name, data in files.items():
            (temporary / name).parent.mkdir(parents=True, exist_ok=True)
            with open(temporary / name, "xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        temporary.rename(folder)
    except OSError as error:
        shutil.rmtree(temporary, ignore_errors=True)
        raise InvalidValue(f"{what}: {folder} cannot be written ({error.strerror}). Name a folder that can") from None
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
