"""Numba's compiler with a cache that notices every change, and every damage.

A file holds one function for one signature and one processor, behind a digest of its name and its content: machine code of
which a bit has changed is never run, but made again. There is no index that could disagree with the files or that two processes
could write at once.
"""

# mypy: ignore-errors
from __future__ import annotations

import gc
import hashlib
import pickle
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import llvmlite
import numba
import numpy
from numba.core import config
from numba.core.caching import _Cache
from numba.core.compiler import CompileResult
from numba.core.dispatcher import Dispatcher
from numba.core.serialize import dumps

from neurolsm.compiled.announce import announce
from neurolsm.compiled.compiler import KernelCompiler
from neurolsm.compiled.folders import PREFIX, places, read, say_once, temporary, used, write
from neurolsm.compiled.source import digest_of, source_of

FORMAT = "neurolsm kernel 1"
VERSIONS = (FORMAT, sys.version, numba.__version__, llvmlite.__version__, numpy.__version__)
# Settings of Numba that change the code it makes, see "Environment variables" in its documentation.
SETTINGS = (
    "OPT", "LOOP_VECTORIZE", "SLP_VECTORIZE", "ENABLE_AVX", "DISABLE_INTEL_SVML", "USING_SVML", "BOUNDSCHECK",
    "DEBUGINFO_DEFAULT", "LLVM_REFPRUNE_PASS", "LLVM_REFPRUNE_FLAGS",
)  # fmt: skip


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """``numba.njit(**options)`` for functions of modules, whose code is kept for the next process.

    It is kept beside the source, or in ``NUMBA_CACHE_DIR`` if that is set, in the user's cache folder if the source cannot be
    written, in a temporary folder if that cannot be written either (which is said once), and nowhere if nothing can be.
    """

    def decorate(function: Callable[..., Any]) -> Any:
        made = numba.njit(**{"pipeline_class": KernelCompiler} | options)(function)
        if isinstance(made, Dispatcher):  # and not with NUMBA_DISABLE_JIT
            made._cache = KernelCache(function)
            made.compile = _uncollected(made.compile)
        return made

    return decorate


def _uncollected(work: Callable[..., Any]) -> Callable[..., Any]:
    """``work`` without the collector of garbage, which would look at everything again and again while a compiler makes much of it."""

    def calm(*arguments: Any, **options: Any) -> Any:
        if not gc.isenabled():  # a function that is called by the one that is compiled
            return work(*arguments, **options)
        gc.disable()
        try:
            return work(*arguments, **options)
        finally:
            gc.enable()

    return calm


class KernelCache(_Cache):
    """Where the dispatcher of one function looks before it compiles, and keeps what it has compiled."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._module, self._file = function.__module__, function.__code__.co_filename
        self._name = f"{self._module.rpartition('.')[2]}.{function.__qualname__}".replace("<", "").replace(">", "")
        self._source = source_of(function)  # now: what is in memory is what was just read
        self._package = digest_of(Path(self._file).parent)
        self._enabled = self._source is not None and function.__closure__ is None

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        if not self._enabled:
            return None
        target_context.refresh()
        name = self._entry(sig, target_context.codegen())
        for folder in self._folders():
            payload = _opened(read(folder / name), name)
            if payload is not None:
                try:
                    found = CompileResult._rebuild(target_context, *pickle.loads(payload))
                except Exception:  # whole, and still not to be loaded: whatever the reason, it can be compiled again
                    continue
                used(folder)
                return found
        announce(self._name)
        return None

    def save_overload(self, sig: Any, data: Any) -> None:
        if not self._enabled or data.library.has_dynamic_globals or any(not x.can_cache for x in data.lifted):
            return
        name = self._entry(sig, data.codegen)
        sealed = _sealed(dumps(data._reduce()), name)
        reason = ""
        for folder in self._folders(make=True):
            try:
                write(folder / name, sealed)
            except OSError as error:
                reason = reason or f"{folder.parent}: {error.strerror or error}"
                continue
            if folder.parent == temporary(self._module):
                say_once("temporary", reason, f"they are kept among the temporary files, in {folder.parent.parent}")
            return
        say_once("nowhere", reason, "they are compiled again in every process")

    def _folders(self, make: bool = False) -> Iterator[Path]:
        """In the order in which they are tried. ``make``: the temporary one, if it comes to that."""
        version = PREFIX + hashlib.sha256(repr((self._package, VERSIONS)).encode()).hexdigest()[:16]
        for place in places(self._module, self._file):
            yield place / version
        last = temporary(self._module, make)
        if last is not None:
            yield last / version

    def _entry(self, sig: Any, codegen: Any) -> str:
        settings = [(name, str(getattr(config, name, None))) for name in SETTINGS]
        key = (self._module, self._name, self._source, str(sig), codegen.magic_tuple(), settings)
        return f"{self._name}-{hashlib.sha256(repr(key).encode()).hexdigest()[:32]}"

    @property
    def cache_path(self) -> str:
        return str(next(self._folders()))

    def enable(self) -> None:
        self._enabled = self._source is not None

    def disable(self) -> None:
        self._enabled = False

    def flush(self) -> None:
        """Forget what is kept of this function."""
        for folder in self._folders():
            for path in folder.glob(f"{self._name}-*"):
                path.unlink(missing_ok=True)


def _sealed(payload: bytes, name: str) -> bytes:
    return hashlib.sha256(name.encode() + payload).digest() + payload


def _opened(data: bytes | None, name: str) -> bytes | None:
    """The payload if it is what was written under this name, else None."""
    if data is None or hashlib.sha256(name.encode() + data[32:]).digest() != data[:32]:
        return None
    return data[32:]
