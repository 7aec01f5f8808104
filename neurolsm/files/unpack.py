"""Entries of a zip and texts of JSON, read without trust: sizes, places and depth are known before anything is unpacked."""

from __future__ import annotations

import io
import json
import math
import stat
import struct
import zipfile
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from neurolsm.memory import require

MOST_ENTRIES = 20_000
MOST_HEADER = 8 << 20  # bytes of JSON
MOST_VALUES = 1_000_000  # in it
DEEPEST = 64  # lists and objects within one another
DIGITS = 100  # of a whole number
ALWAYS = 64 << 20  # bytes that arrays of any file may take
SWELL = 32  # above that, how many times the size of the file
_END, _END64, _PLACE64 = b"PK\5\6", b"PK\6\6", b"PK\6\7"


def most_bytes(packed: int) -> int:
    """How much the arrays of a file of ``packed`` bytes may take."""
    return max(ALWAYS, SWELL * packed)


def entries_of(file: BinaryIO) -> tuple[zipfile.ZipFile, dict[str, Any]]:
    """The archive and its entries by name.

    Raises:
        ValueError: what no writer of ours leaves behind.
    """
    size = file.seek(0, 2)
    _check_directory(file, size)
    archive = zipfile.ZipFile(file)
    found: dict[str, zipfile.ZipInfo] = {}
    for info in archive.infolist():
        name = info.filename
        if name in found:
            raise ValueError(f"{name!r:.60} is there twice")
        _check_entry(info)
        found[name] = info
    if archive.comment:
        raise ValueError("it carries a comment")
    places = sorted(found.values(), key=lambda info: info.header_offset)
    ends = [*(info.header_offset for info in places[1:]), archive.start_dir]
    for info, end in zip(places, ends, strict=True):
        if info.header_offset < 0 or info.header_offset + 30 + len(info.filename) + info.compress_size > end:
            raise ValueError(f"{info.filename!r:.60} overlaps what comes after it")
    return archive, found


def _check_entry(info: zipfile.ZipInfo) -> None:
    name = info.filename
    parts = name.split("/")
    if not name or name != info.orig_filename or "\\" in name or ":" in name or {"", ".", ".."} & set(parts):
        raise ValueError(f"{name!r:.60} is no name of an entry")
    if info.flag_bits & 0x1:
        raise ValueError(f"{name!r:.60} is encrypted")
    if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
        raise ValueError(f"{name!r:.60} is a link or another special file")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{name!r:.60} is packed in another way")


def _check_directory(file: BinaryIO, size: int) -> None:
    """The directory must be short: each of its entries takes memory before any size can be looked at."""
    file.seek(max(0, size - 22 - 20 - 56))
    tail = file.read()
    at = len(tail) - 22
    if at < 0 or tail[at : at + 4] != _END or tail[-2:] != b"\0\0":
        raise ValueError("it does not end as a zip does")
    count, length = struct.unpack("<HL", tail[at + 10 : at + 16])
    if tail[at - 20 : at - 16] == _PLACE64 and at >= 76 and tail[at - 76 : at - 72] == _END64:
        count, length = struct.unpack("<QQ", tail[at - 76 + 32 : at - 76 + 48])
    if count > MOST_ENTRIES or length > 200 * MOST_ENTRIES:
        raise ValueError(f"it has more than {MOST_ENTRIES:,} entries")


def read_entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes:
    """An entry, of at most ``most`` bytes."""
    if info.file_size > most:
        raise ValueError(f"{info.filename} declares {info.file_size:,} bytes, above the limit of {most:,}")
    with archive.open(info) as entry:
        data = entry.read(info.file_size + 1)
        data += entry.read(1)  # the end, where the checksum is compared
    if len(data) != info.file_size:
        raise ValueError(f"{info.filename} has {len(data):,} bytes and declares {info.file_size:,}")
    return data


def parse_json(text: bytes) -> Any:
    """JSON values of a text that is neither long, nor deep, nor ambiguous; NaN is no value.

    Raises:
        ValueError: it is, or it is no JSON.
    """
    if len(text) > MOST_HEADER:
        raise ValueError(f"a header of {len(text):,} bytes, above the limit of {MOST_HEADER:,}")
    bare = np.frombuffer(
        text.replace(rb"\\", b"").replace(rb"\"", b""), np.uint8
    )  # every quote left begins or ends a string
    outside = np.cumsum(bare == ord('"'), dtype=np.uint8) % 2 == 0
    opening, closing = (np.isin(bare, np.frombuffer(signs, np.uint8)) & outside for signs in (b"[{", b"]}"))
    if opening.sum() + ((bare == ord(",")) & outside).sum() > MOST_VALUES:
        raise ValueError(f"a header of more than {MOST_VALUES:,} values")
    if np.cumsum(opening.astype(np.int8) - closing.astype(np.int8), dtype=np.int32).max(initial=0) > DEEPEST:
        raise ValueError(f"a header nested deeper than {DEEPEST}")

    def whole(digits: str) -> int:
        if len(digits) > DIGITS:
            raise ValueError(f"a number of {len(digits):,} digits")
        return int(digits)

    def constant(name: str) -> float:
        if name == "NaN":
            raise ValueError("NaN in the header")
        return float(name)

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a name twice in one object of the header")
        return found

    return json.loads(text.decode("utf-8"), parse_int=whole, parse_constant=constant, object_pairs_hook=once)


def check_sizes(arrays: dict[str, zipfile.ZipInfo], packed: int) -> None:
    """Refuse arrays that together would swell far beyond their file, or do not fit into memory."""
    total = sum(info.file_size for info in arrays.values())
    if total > most_bytes(packed):
        raise ValueError(f"arrays of {total:,} bytes in {packed:,}, above the limit of {most_bytes(packed):,}")
    require("file", "arrays", f"{total:,} bytes", 2 * total, "Use a machine with more memory")


def parse_array(npy: bytes) -> NDArray[Any]:
    """The array of an .npy text of version 1; its form must account for every byte."""
    buffer = io.BytesIO(npy)
    if np.lib.format.read_magic(buffer) != (1, 0):
        raise ValueError("another version of the array format")
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(buffer)
    if dtype.kind not in "biufcUSMm" or dtype.names or dtype.subdtype:
        raise ValueError(f"an array of {dtype!s:.40}, which holds neither numbers nor text")
    if not all(type(length) is int and length >= 0 for length in shape) or len(shape) > 8:
        raise ValueError(f"an array of the shape {shape!s:.40}")
    start = buffer.tell()
    if math.prod(shape) * dtype.itemsize != len(npy) - start:
        raise ValueError(f"an array {shape!s:.40} of {dtype} in {len(npy) - start:,} bytes")
    flat = np.frombuffer(npy, dtype, offset=start).copy()
    return flat.reshape(shape, order="F" if fortran else "C")
