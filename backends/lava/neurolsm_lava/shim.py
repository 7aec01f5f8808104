"""Import Lava 0.10 on Python 3.11 and later, and without its side effects, editing none of its files.

Two things stand in the way, and both are set aside only while Lava is imported for the first time:

* ``lava.magma.compiler.var_model`` uses objects without a hash as defaults of dataclass fields, which Python 3.11 and
  later refuse. They get an identity hash until the import is over.
* ``lava.magma.runtime`` sets the start method of ``multiprocessing`` for the whole program, and fails if the program has
  chosen one already. The choice stays with the program; ``containment`` asks for fork where Lava's processes start.
"""

from __future__ import annotations

import dataclasses
import multiprocessing
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

LAST_MODULE = "lava.proc.sparse.models"
MODULES = (
    "lava.magma.runtime.runtime",
    "lava.magma.core.run_configs",
    "lava.magma.core.model.py.model",
    "lava.magma.compiler.compiler",
    "lava.proc.lif.models",
    LAST_MODULE,
)


def import_lava() -> None:
    """Import the parts of Lava that a liquid needs. Costs about half a second once, and nothing afterwards."""
    if LAST_MODULE in sys.modules:
        return
    with _hashable_defaults(), _start_method_untouched():
        for module in MODULES:
            import_module(module)


@contextmanager
def _hashable_defaults() -> Iterator[None]:
    if sys.version_info < (3, 11):
        yield
        return
    original = dataclasses._get_field  # type: ignore[attr-defined]
    hashed: list[type] = []

    def tolerant(cls: type, name: str, *args: Any, **kwargs: Any) -> Any:
        kind = type(getattr(cls, name, None))
        if kind.__hash__ is None and kind.__module__.startswith("lava."):
            kind.__hash__ = object.__hash__  # type: ignore[assignment]
            hashed.append(kind)
        return original(cls, name, *args, **kwargs)

    dataclasses._get_field = tolerant  # type: ignore[attr-defined]
    try:
        yield
    finally:
        dataclasses._get_field = original  # type: ignore[attr-defined]
        for kind in hashed:
            kind.__hash__ = None  # type: ignore[assignment]


@contextmanager
def _start_method_untouched() -> Iterator[None]:
    original = multiprocessing.set_start_method
    multiprocessing.set_start_method = lambda *args, **kwargs: None  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        multiprocessing.set_start_method = original  # type: ignore[method-assign]
