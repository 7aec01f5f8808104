"""What the machine code of a function was made from, in one number.

Numba keeps a function under the file it stands in. But what it compiles also has in it the functions that are called, the
intrinsics and overloads, and every constant, wherever they stand. So all source of the folder counts (emulator, hardware, ...),
and of what is borrowed from another folder of this project the value of a constant, or all source of that folder.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import numpy as np

SUFFIXES = (".py", ".pyc", ".so", ".pyd")  # of what can be imported; other files do not count
Stamp = tuple[tuple[str, int, int], ...]
_first: dict[Path, tuple[Stamp, str | None]] = {}  # what each folder was like when this process first looked


def source_of(function: Callable[..., Any]) -> str | None:
    """A number for all source that the code of a function depends on.

    None: its source is no file, or was changed since this process imported it, so that nobody knows which parts of the old
    and of the new are in memory.
    """
    return _joined(_parts(function, set(), cache(digest_of)))  # each folder is looked at once


def folder_of(module: str) -> Path | None:
    """Where the file of an imported module lies."""
    file = getattr(sys.modules.get(module), "__file__", None)
    return Path(file).parent if file else None


def digest_of(folder: Path) -> str | None:
    """A number for all source in a folder and below; None if there is none, or it is not what it was at first."""
    try:
        stamp = tuple(sorted(_stamps(folder)))
        if folder not in _first:
            _first[folder] = stamp, _joined(x for name, *_ in stamp for x in (name, _digest_of_file(folder / name)))
    except OSError:
        return None
    first, digest = _first[folder]
    return digest if stamp and first == stamp else None


def _stamps(folder: Path, below: str = "") -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder / below) as entries:
        for entry in entries:
            name = below + entry.name
            if entry.name.endswith(SUFFIXES) and entry.is_file():
                about = entry.stat()
                yield name, about.st_mtime_ns, about.st_size
            elif entry.is_dir() and entry.name != "__pycache__" and not entry.name.startswith("."):
                yield from _stamps(folder, name + "/")


def _digest_of_file(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _parts(function: Callable[..., Any], seen: set[Any], digest: Callable[[Path], str | None]) -> Iterator[str | None]:
    """Its folder, and what it borrows from others; the same for the compiled functions it calls."""
    seen.add(function)
    folder = folder_of(function.__module__)
    yield digest(folder) if folder else None
    known = function.__globals__
    for name in sorted(_names(function.__code__)):
        value = known.get(name)
        plain: Any = getattr(value, "py_func", value)  # of a compiled function
        if _constant(value):
            yield f"{name}={_shown(value)}"
            continue
        module = plain.__name__ if isinstance(plain, ModuleType) else getattr(plain, "__module__", None)
        if not isinstance(module, str) or _top(module) not in ("neurolsm", _top(function.__module__)):
            continue
        other = folder_of(module)
        if plain is not value and plain not in seen:
            yield from _parts(plain, seen, digest)
        elif other is not None and other != folder:
            yield digest(other)


def _top(module: str) -> str:
    """``neurolsm`` for this project's packages, which may borrow from each other."""
    first = module.partition(".")[0]
    return "neurolsm" if first.startswith("neurolsm") else first


@cache
def _names(code: CodeType) -> frozenset[str]:
    inner = (_names(part) for part in code.co_consts if isinstance(part, CodeType))
    return frozenset(code.co_names).union(*inner)


def _constant(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_constant, value))
    return isinstance(value, bool | int | float | complex | str | bytes | np.generic | np.ndarray)


def _shown(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype.str}{value.shape}{hashlib.sha256(value.tobytes()).hexdigest()}"
    if isinstance(value, tuple):
        return f"({','.join(map(_shown, value))})"
    return f"{type(value).__name__}{value!r}"


def _joined(parts: Any) -> str | None:
    """One number for several; None if one of them is."""
    digest = hashlib.sha256()
    for part in parts:
        if part is None:
            return None
        digest.update(f"{len(part)}:{part}".encode())
    return digest.hexdigest()
