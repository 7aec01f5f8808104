"""Models of one's own without any installation: ``my_model.py:MODEL``, or ``package.module:NAME``."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import traceback
import zlib
from pathlib import Path
from types import ModuleType
from typing import Any

from neurolsm.errors import NotAvailable, one_line

LIBRARY = (str(Path(importlib.__file__).parent), str(Path(__file__).parents[1]))  # whose lines no user wrote


def is_own(name: str) -> bool:
    """Whether a name stands for an object in a file or in a module, rather than for an installed model or a saved program."""
    where, colon, attribute = name.rpartition(":")
    if name.endswith(".py") or where.endswith(".py"):
        return True
    return bool(colon) and all(part.isidentifier() for part in where.split(".")) and "/" not in attribute


def file_of(name: str) -> Path | None:
    """The file that such a name stands for; None for a module or another name."""
    where = name if name.endswith(".py") else name.rpartition(":")[0]
    return Path(where) if where.endswith(".py") else None


def load_own(name: str, kinds: tuple[type, ...]) -> Any:
    """The object that ``FILE.py:NAME`` or ``package.module:NAME`` stands for.

    A file is run as Python runs one: what lies next to it can be imported. A module is looked for in the current folder, too.

    Args:
        name: as typed.
        kinds: what the object may be.

    Raises:
        NotAvailable: no such file or module, an error while it is imported (with its file and line), no such name in it, or an
            object of another kind.
    """
    where, colon, attribute = name.rpartition(":")
    if not colon or not attribute:
        where = where or name
        raise NotAvailable(f"model {name!r} names no object of the file. Write {where}:NAME, such as {where}:MODEL")
    module = _file(name, Path(where)) if where.endswith(".py") else _module(name, where)
    known = ", ".join(key for key, value in vars(module).items() if isinstance(value, kinds))
    if not hasattr(module, attribute):
        raise NotAvailable(f"model {name!r}: {where} has no {attribute!r}. It has: {known or 'no model and no task'}")
    found = getattr(module, attribute)
    if not isinstance(found, kinds):
        what = " or ".join(kind.__name__ for kind in kinds)
        raise NotAvailable(
            f"model {name!r}: is a {type(found).__name__}, not a {what} of neurolsm.tasks. {where} has: {known or 'none'}"
        )
    return found


def place(error: BaseException) -> str:
    """File and line at which code of a user failed, ``my_model.py, line 3``; empty where nothing is known of it."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}, line {error.lineno}"
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<") and not Path(frame.filename).is_relative_to(LIBRARY[0])
        and not Path(frame.filename).is_relative_to(LIBRARY[1])
    ]  # fmt: skip
    if not frames:
        return ""
    home = Path(frames[0].filename).parent  # a library that was called wrongly is not at fault
    last = [frame for frame in frames if Path(frame.filename).is_relative_to(home)][-1]
    return f"{last.filename}, line {last.lineno}"


def not_imported(name: str, error: BaseException, remedy: str) -> NotAvailable:
    """What is said of a model whose import failed."""
    where = place(error)
    said = f"{type(error).__name__}: {one_line(error)}" + (f" ({where})" if where else "")
    return NotAvailable(f"model {name!r} cannot be imported ({said}). {remedy}")


def _file(name: str, path: Path) -> ModuleType:
    if not path.is_file():
        raise NotAvailable(f"model {name!r}: there is no file {path}. Name one that is there")
    path = path.resolve()
    _first(path.parent)
    known = f"{path.stem}_{zlib.crc32(str(path).encode()):08x}"  # apart from every module that has a name of its own
    spec = importlib.util.spec_from_file_location(known, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[known] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[known]
        raise not_imported(name, error, "Mend the file") from error
    _by_value(module)
    return module


def _module(name: str, where: str) -> ModuleType:
    _first(Path.cwd())
    try:
        module = importlib.import_module(where)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{where}.".startswith(f"{error.name}."):
            raise NotAvailable(
                f"model {name!r}: there is no module {error.name!r}. Install it, or name a file: my_model.py:MODEL"
            ) from error
        raise not_imported(name, error, "Install what it needs") from error
    except (Exception, SystemExit) as error:
        raise not_imported(name, error, "Mend the module") from error
    _by_value(module)
    return module


def _first(folder: Path) -> None:
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


def _by_value(module: ModuleType) -> None:
    """Let workers be sent what the module defines, for they cannot import it."""
    import cloudpickle

    cloudpickle.register_pickle_by_value(module)
