"""One file, whole or not at all: JSON header and plain arrays in a zip with a checksum. Nothing in it is ever executed."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.errors import FileRefused
from neurolsm.files import write_result

VERSION = 1
_HEADER, _CHECKSUM = "header.json", "sha256"
_LARGEST = 1 << 36  # bytes that a file may declare for one entry, so that a hostile one cannot exhaust the memory


def write(path: str | Path, kind: str, header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
    """Write one file of the given kind, whole or not at all.

    Raises:
        InvalidValue: the place cannot be written.
    """
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
    write_result(path, buffer.getvalue())


def read(path: str | Path, kind: str) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Header and arrays of a file that ``write`` made with the same kind.

    Raises:
        FileRefused: not such a file, cut short, changed, of another kind or of a newer version.
    """
    path = Path(path)
    try:
        with open(path, "rb") as file, zipfile.ZipFile(file) as archive:
            return _read(archive, path, kind)
    except FileRefused:
        raise
    except FileNotFoundError:
        raise FileRefused(f"{path}: no such file.") from None
    except (PermissionError, IsADirectoryError) as error:
        raise FileRefused(f"{path}: cannot be read ({error.strerror}). Name a file that can.") from None
    except Exception as error:  # whatever foreign bytes make the parsers of zip, JSON and arrays raise
        raise FileRefused(
            f"{path}: cut short or not a neurolsm file ({type(error).__name__}). Restore it from a copy."
        ) from error


def _read(archive: zipfile.ZipFile, path: Path, kind: str) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    for info in archive.infolist():
        if info.file_size > _LARGEST:
            raise FileRefused(
                f"{path}: {info.filename} declares {info.file_size} bytes, above the limit of {_LARGEST}. Do not trust it."
            )
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
    names = sorted(name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy"))
    data = {name: archive.read(f"{name}.npy") for name in names}
    digest = hashlib.sha256(text)
    for name in names:
        digest.update(name.encode() + data[name])
    if archive.read(_CHECKSUM).decode() != digest.hexdigest():
        raise FileRefused(f"{path}: the checksum does not match, the file was changed. Restore it from a copy.")
    return dict(meta["header"]), {name: _array(npy) for name, npy in data.items()}


def _npy(array: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, version=(1, 0), allow_pickle=False)
    return buffer.getvalue()


def _array(npy: bytes) -> NDArray[Any]:
    """The inverse of ``_npy``; memory is taken for what is there, not for what the bytes declare."""
    buffer = io.BytesIO(npy)
    if np.lib.format.read_magic(buffer) != (1, 0):
        raise ValueError("another version of the array format")
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(buffer)
    if dtype.hasobject:
        raise ValueError("an array of objects")
    flat = np.frombuffer(npy, dtype, offset=buffer.tell()).copy()
    return flat.reshape(shape, order="F" if fortran else "C")
