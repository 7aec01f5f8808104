"""One file, whole or not at all: JSON header and plain arrays in a zip with a checksum. Nothing in it is ever executed."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.errors import FileRefused

VERSION = 1
_HEADER, _CHECKSUM = "header.json", "sha256"
_LARGEST = 1 << 36  # bytes an array may declare, so that a hostile header cannot exhaust the memory


def write_atomically(path: str | Path, data: bytes) -> None:
    """Write ``data`` beside ``path``, flush it to the disk, then rename: a crash leaves the old file or the new one."""
    path = Path(path)
    handle, temporary = tempfile.mkstemp(dir=path.parent or ".", prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write(path: str | Path, kind: str, header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
    """Write one file of the given kind."""
    text = json.dumps({"neurolsm": kind, "version": VERSION, "header": header}, sort_keys=True).encode()
    digest = hashlib.sha256(text)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(_HEADER, text)
        for name, array in sorted(arrays.items()):
            data = _npy(array)
            digest.update(name.encode() + data)
            archive.writestr(f"{name}.npy", data)
        archive.writestr(_CHECKSUM, digest.hexdigest())
    write_atomically(path, buffer.getvalue())


def read(path: str | Path, kind: str) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Header and arrays of a file that ``write`` made with the same kind.

    Raises:
        FileRefused: not such a file, cut short, changed, of another kind or of a newer version.
    """
    path = Path(path)
    try:
        with zipfile.ZipFile(path) as archive:
            text = archive.read(_HEADER)
            meta = json.loads(text)
            if not isinstance(meta, dict) or "neurolsm" not in meta:
                raise FileRefused(f"{path}: not a neurolsm file. It was written by another program.")
            if meta["version"] > VERSION:
                raise FileRefused(
                    f"{path}: file version {meta['version']} is newer than {VERSION}, the newest this release "
                    "reads. Update neurolsm."
                )
            if meta["neurolsm"] != kind:
                raise FileRefused(f"{path}: holds a {meta['neurolsm']}, not a {kind}. Load it as what it is.")
            digest, arrays = hashlib.sha256(text), {}
            for info in sorted(
                (i for i in archive.infolist() if i.filename.endswith(".npy")), key=lambda i: i.filename[:-4]
            ):
                if info.file_size > _LARGEST:
                    raise FileRefused(
                        f"{path}: {info.filename} declares {info.file_size} bytes, above the limit of {_LARGEST}."
                    )
                data = archive.read(info)
                name = info.filename[:-4]
                digest.update(name.encode() + data)
                arrays[name] = np.load(io.BytesIO(data), allow_pickle=False)
            if archive.read(_CHECKSUM).decode() != digest.hexdigest():
                raise FileRefused(f"{path}: the checksum does not match, the file was changed. Restore it from a copy.")
    except FileNotFoundError:
        raise FileRefused(f"{path}: no such file.") from None
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError, OSError, NotImplementedError) as error:
        if isinstance(error, FileRefused):
            raise
        raise FileRefused(
            f"{path}: cut short or not a neurolsm file ({type(error).__name__}). Restore it from a copy."
        ) from error
    return meta["header"], arrays


def _npy(array: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()
