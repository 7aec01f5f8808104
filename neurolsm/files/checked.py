"""One file, whole or not at all: JSON header and plain arrays in a zip with a checksum. Nothing in it is ever executed."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from neurolsm.errors import FileRefused, InvalidValue, one_line
from neurolsm.files.readable import open_plain
from neurolsm.files.results import write_result
from neurolsm.files.unpack import MOST_HEADER, check_sizes, entries_of, most_bytes, parse_array, parse_json, read_entry

VERSION = 1
_HEADER, _CHECKSUM = "header.json", "sha256"


def write(path: str | Path, kind: str, header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
    """Write one file of the given kind, whole or not at all.

    Raises:
        InvalidValue: the place cannot be written.
    """
    text = json.dumps({"neurolsm": kind, "version": VERSION, "header": header}, sort_keys=True).encode()
    if len(text) > MOST_HEADER:
        raise InvalidValue(f"{path}: a header of {len(text):,} bytes could not be read again. Describe less.")
    entries = {_HEADER: text}
    digest = hashlib.sha256(text)
    for name, array in sorted(arrays.items()):
        entries[f"{name}.npy"] = _npy(array)
        digest.update(name.encode() + entries[f"{name}.npy"])
    entries[_CHECKSUM] = digest.hexdigest().encode()
    packed = _packed(entries, zipfile.ZIP_DEFLATED)
    if sum(map(len, entries.values())) > most_bytes(len(packed)):  # what swells that much would be refused
        packed = _packed(entries, zipfile.ZIP_STORED)
    write_result(path, packed)


def read(path: str | Path, kind: str) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Header and arrays of a file that ``write`` made with the same kind.

    Raises:
        FileRefused: not such a file, cut short, changed, of another kind or of a newer version.
    """
    _, header, arrays = read_any(path, (kind,))
    return header, arrays


def read_any(path: str | Path, kinds: tuple[str, ...]) -> tuple[str, dict[str, Any], dict[str, NDArray[Any]]]:
    """Kind, header and arrays of a file that ``write`` made with one of ``kinds``; raises as ``read``."""
    file = open_plain(path)
    path = Path(path)
    try:
        with file:
            return _read(file, path, kinds)
    except FileRefused:
        raise
    except (ValueError, MemoryError) as error:  # of our own checks, and some of the parsers'
        raise FileRefused(
            f"{path}: cut short or not a neurolsm file ({one_line(error)}). Restore it from a copy."
        ) from error
    except Exception as error:  # whatever foreign bytes make the parsers of zip, JSON and arrays raise
        raise FileRefused(
            f"{path}: cut short or not a neurolsm file ({type(error).__name__}). Restore it from a copy."
        ) from error


def _read(file: BinaryIO, path: Path, kinds: tuple[str, ...]) -> tuple[str, dict[str, Any], dict[str, NDArray[Any]]]:
    archive, found = entries_of(file)
    text = read_entry(archive, found.pop(_HEADER), MOST_HEADER)
    meta = parse_json(text)
    if not isinstance(meta, dict) or "neurolsm" not in meta:
        raise FileRefused(f"{path}: not a neurolsm file. It was written by another program.")
    version = meta["version"]
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise ValueError(f"version {version!r:.40}")
    if version > VERSION:
        raise FileRefused(
            f"{path}: file version {version} is newer than {VERSION}, the newest this release reads. Update neurolsm."
        )
    if meta["neurolsm"] not in kinds:
        raise FileRefused(f"{path}: holds a {meta['neurolsm']!s:.60}, not a {kinds[0]}. Load it as what it is.")
    if not isinstance(meta["header"], dict):
        raise ValueError("the header is no object")
    checksum = read_entry(archive, found.pop(_CHECKSUM), 64)
    if not all(name.endswith(".npy") for name in found):
        raise ValueError("entries that are no arrays")
    check_sizes(found, file.seek(0, 2))
    digest = hashlib.sha256(text)
    arrays = {}
    for name in sorted(name.removesuffix(".npy") for name in found):
        data = read_entry(archive, found[f"{name}.npy"], found[f"{name}.npy"].file_size)
        digest.update(name.encode() + data)
        arrays[name] = parse_array(data)
    if checksum.decode() != digest.hexdigest():
        raise FileRefused(f"{path}: the checksum does not match, the file was changed. Restore it from a copy.")
    return meta["neurolsm"], meta["header"], arrays


def _packed(entries: dict[str, bytes], how: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", how, compresslevel=1) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def _npy(array: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, version=(1, 0), allow_pickle=False)
    return buffer.getvalue()
