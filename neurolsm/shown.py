"""How descriptions, programs and results show themselves: a short text, and a small table in notebooks.

Descriptions are shown as what one would write, without what was left at its default. The rest is shown as rows of names and
values, in at most ten lines; arrays by type and shape. Tables take their colours from the page, light or dark, and everything in
them is escaped.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from operator import attrgetter
from typing import Any, TypeVar

T = TypeVar("T")
Rows = list[tuple[str, str]]

ROWS = 8  # with the first and the last line, ten
WIDTH = 120  # of a line, and of a value in a table
ITEMS = 6  # of a list
_LEFT = "text-align:left;vertical-align:top;padding:1px 14px 1px 0;border:none;background:none;overflow-wrap:anywhere"


def shown(
    rows: Callable[[Any], Iterable[tuple[str, Any]]] | None = None, **places: str
) -> Callable[[type[T]], type[T]]:
    """A class whose instances show these rows.

    Args:
        rows: a function that gives names and values; None for all fields of a dataclass.
        places: names (``_`` for a space) and where their values are, such as ``neurons="program.n"``, in place of ``rows``.
    """
    if places:
        found = {name.replace("_", " "): attrgetter(place) for name, place in places.items()}
        return _showing(lambda one: ((name, get(one)) for name, get in found.items()))
    return _showing(rows or _fields)


def described(cls: type[T]) -> type[T]:
    """A description that is shown as what one would write; its table has a row for each part that is not at its default."""
    _showing(_parts)(cls)
    cls.__repr__ = written  # type: ignore[assignment]
    return cls


def written(value: Any) -> str:
    """A description as one would write it; other values as in a table, long ones cut."""
    if _is_written(type(value)):
        given = (f"{f.name}={written(getattr(value, f.name))}" for f in _changed(value))
        return f"{type(value).__name__}({', '.join(given)})"
    if isinstance(value, tuple) and any(_is_written(type(one)) for one in value):
        return f"({', '.join(map(written, value))}{',' * (len(value) == 1)})"
    return _cut(" ".join(repr(value).split()))


def _is_written(cls: type) -> bool:
    """Whether instances show all their fields: by ``described``, or because a dataclass made their ``repr``, which it wraps."""
    return is_dataclass(cls) and (cls.__repr__ is written or hasattr(cls.__repr__, "__wrapped__"))


def text(value: Any) -> str:
    """A value in one short line."""
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        if value.ndim == 0:
            return text(value.item())
        if value.ndim > 1 or value.size > ITEMS:
            return f"{value.dtype} [{', '.join(f'{k:,}' for k in value.shape)}]"
        value = value.tolist()
    if value is None:
        return "none"
    if isinstance(value, str):
        return _cut(" ".join(value.split()))
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Mapping):
        plain = all(one is None or isinstance(one, (bool, int, float, str)) for one in value.values())
        return _joined([f"{key}: {text(one)}" if plain else f"{key}" for key, one in value.items()])
    if isinstance(value, (list, tuple)):
        return _joined([text(one) for one in value])
    if hasattr(type(value), "_repr_html_") and not _is_written(type(value)):
        return type(value).__name__  # it has rows of its own
    return _cut(written(value), 4 * WIDTH)


def figures(value: float, count: int = 3) -> str:
    """A number with so many figures; a large one has noughts, not an exponent."""
    rounded = float(f"{value:.{count}g}")
    return f"{rounded:,.0f}" if 10 ** (count - 1) <= abs(rounded) < 1e15 else f"{rounded:.{count}g}"


def _showing(rows: Callable[[Any], Iterable[tuple[str, Any]]]) -> Callable[[type[T]], type[T]]:
    def told(one: Any) -> Rows:
        found = [(_cut(f"{name}"), text(value)) for name, value in rows(one)]
        return found if len(found) <= ROWS else [*found[: ROWS - 1], ("…", f"{len(found) - ROWS + 1} more")]

    def as_text(one: Any) -> str:
        try:
            return _lines(one, told(one))
        except Exception:  # an object that is not whole, in a debugger or in a message about it
            return object.__repr__(one)

    def as_table(one: Any) -> str:
        try:
            found = told(one)
        except Exception:
            found = []
        cells = "".join(
            f'<tr style="background:none"><th style="{_LEFT};font-weight:normal;opacity:0.7">{html.escape(name)}</th>'
            f'<td style="{_LEFT}">{html.escape(value)}</td></tr>'
            for name, value in found
        )
        name = html.escape(type(one).__name__)
        return (
            f'<div><b>{name}</b><table style="border-collapse:collapse;border:none;color:inherit">{cells}</table></div>'
        )

    def show(cls: type[T]) -> type[T]:
        cls.__repr__ = as_text  # type: ignore[assignment]
        cls._repr_html_ = as_table  # type: ignore[attr-defined]
        return cls

    return show


def _lines(one: Any, rows: Rows) -> str:
    """All in one line where it is short, else a line each."""
    told, name = [f"{label}: {value}" for label, value in rows], type(one).__name__
    short = f"{name}({', '.join(told)})"
    return short if len(short) <= WIDTH else "\n".join([f"{name}(", *(f"    {row}" for row in told), ")"])


def _fields(one: Any) -> Rows:
    return [(f.name, getattr(one, f.name)) for f in fields(one) if f.repr]


def _changed(one: Any) -> list[Field[Any]]:
    """The fields that are not at their default."""
    found = []
    for f in fields(one):
        default = f.default_factory() if f.default_factory is not MISSING else f.default
        if f.init and not _same(getattr(one, f.name), default):
            found.append(f)
    return found


def _same(value: Any, default: Any) -> bool:
    if value is default:
        return True
    return type(value) is type(default) and not hasattr(value, "shape") and bool(value == default)


def _parts(one: Any) -> Iterable[tuple[str, Any]]:
    """The parts of a description that are not at their default; those of a description in it in its place."""
    for f in _changed(one):
        value = getattr(one, f.name)
        inner = value if isinstance(value, tuple) else (value,)
        if not any(hasattr(part, "_repr_html_") for part in inner):
            yield f.name, value
        elif isinstance(value, tuple):
            yield from ((f"{f.name}[{k}]", part) for k, part in enumerate(value))
        else:
            yield from ((f"{f.name}.{name}", part) for name, part in _parts(value))


def _joined(items: list[str]) -> str:
    more = f", … ({len(items)} in all)" if len(items) > ITEMS else ""
    return _cut(", ".join(items[:ITEMS]) + more) if items else "none"


def _cut(line: str, width: int = WIDTH) -> str:
    return line if len(line) <= width else f"{line[: width - 1]}…"
