"""What the program says of itself, as Markdown: put in place of marks such as ``<!-- commands -->`` while a page is read.

python docs/generate.py docs/reference/commands.md     prints a page as it is built
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

import typer

from neurolsm.cli.app import app
from neurolsm.conformance.suite.subject import FEATURES
from neurolsm.errors import NotAvailable
from neurolsm.execute import backend
from neurolsm.hardware.limits import CHIPS

MARK = re.compile(r"^<!-- (\w+)(?:: (.*?))? -->$", re.M | re.S)


def commands() -> str:
    """Every command with its arguments and options, as its own parser has them."""
    return "\n".join(_command(inner, "neurolsm", name, 2) for name, inner in _inner(typer.main.get_command(app)))


def _inner(command: Any) -> list[tuple[str, Any]]:
    return [(name, one) for name, one in getattr(command, "commands", {}).items() if not one.hidden]


def _command(command: Any, parent: str, name: str, level: int) -> str:
    path = f"{parent} {name}"
    text = [f"{'#' * level} {path}", "", inspect.cleandoc(command.help or "").replace("\n", "\n\n"), ""]
    inner = _inner(command)
    if inner:
        return "\n".join([*text, *(_command(one, path, below, level + 1) for below, one in inner)])
    shown = [one for one in command.params if one.name != "help" and not getattr(one, "hidden", False)]
    given = [one for one in shown if one.param_type_name == "argument"]
    usage = " ".join([path, *(_name(one) for one in given), *["[OPTIONS]"][: len(shown) - len(given)]])
    rows = [
        (
            f"`{_name(one)}`",
            _cell(getattr(one, "help", None) or ""),
            "required" if one.required else _default(one.default),
        )
        for one in shown
    ]
    options = table(("option", "meaning", "default"), rows) if rows else ""
    return "\n".join([*text, f"    {usage}", "", options, ""])


def _name(one: Any) -> str:
    """An argument or option as it is typed, with what follows it."""
    if one.param_type_name == "argument":
        return one.metavar or one.name.upper()
    kind = {"int": "N", "float": "X"}.get(one.type_descriptor.annotation.__name__, "TEXT")
    value = "" if one.is_flag else f" {one.metavar or kind}"
    return " / ".join([*one.opts, *one.secondary_opts]) + value


def _default(value: object) -> str:
    return "" if value is None or value is False or callable(value) or value == () else f"`{value}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A table of Markdown."""
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, tuple("---" for _ in head), *rows])


def columns() -> dict[str, dict[str, str]]:
    """Every backend, or each of its variants that differs, with what it declares as ``unsupported`` and why."""
    found: dict[str, dict[str, str]] = {}
    for name in backend.names():
        try:
            one = backend.get(name)
        except NotAvailable:  # what cannot run here says nothing of itself
            continue
        declared = getattr(one, "unsupported", None) or {}
        plain = {key: why for key, why in declared.items() if ":" not in key}
        variants = list(getattr(one, "variants", None) or {}) if len(plain) < len(declared) else []
        for variant in variants or [""]:
            own = {key.partition(":")[2]: why for key, why in declared.items() if key.startswith(f"{variant}:")}
            found[f"{name}:{variant}" if variant else name] = plain | own
    return found


def features() -> str:
    """Features against backends, from what each declares; reasons below."""
    known = columns()
    notes: list[str] = []

    def cell(feature: str, lacks: dict[str, str]) -> str:
        if feature not in lacks:
            return "yes"
        if lacks[feature] not in notes:
            notes.append(lacks[feature])
        return f"no ({notes.index(lacks[feature]) + 1})"

    rows = [
        (f"{text} (`{feature}`)", *(cell(feature, lacks) for lacks in known.values()))
        for feature, text in FEATURES.items()
    ]
    reasons = "\n".join(f"{k}. {note[0].upper()}{note[1:]}." for k, note in enumerate(notes, 1))
    return table(("feature", *(f"`{name}`" for name in known)), rows) + "\n\n" + reasons


def limits() -> str:
    """Every limit of every chip with its source and confidence."""
    text = []
    for name, chip in CHIPS.items():
        rows = [
            (key.replace("_", " "), f"{one.value:,}", one.confidence, one.source) for key, one in chip.limits().items()
        ]
        text += [f"## `{name}`", "", table(("limit", "value", "confidence", "source"), rows), ""]
    return "\n".join(text)


def code(script: str) -> str:
    """A script of docs/pictures, and how to run it."""
    text = (Path(__file__).parent / "pictures" / script).read_text(encoding="utf-8").strip()
    return f"```python\n{text}\n```"


def names(listed: str) -> str:
    """The docstrings of public names: ``Name`` of neurolsm, or ``package.Name``."""
    lines = ["```{eval-rst}", ".. py:currentmodule:: neurolsm", ""]
    for name in listed.split():
        module, _, last = f"neurolsm.{name}".rpartition(".")
        thing = getattr(import_module(module), last)
        kind = "class" if inspect.isclass(thing) else "function"
        if inspect.isclass(thing) and issubclass(thing, BaseException):
            kind = "exception"
        lines.append(f".. auto{kind}:: {module}.{last}")
        lines += ["   :members:", ""] if kind == "class" else [""]
    return "\n".join([*lines, "```"])


def schema() -> str:
    """The JSON Schema that is installed with the package."""
    return f"```json\n{(files('neurolsm.cli') / 'envelope.schema.json').read_text().strip()}\n```"


MAKERS: dict[str, Callable[..., str]] = {
    "code": code,
    "commands": commands,
    "features": features,
    "limits": limits,
    "names": names,
    "schema": schema,
}


def filled(text: str) -> str:
    """A page with what its marks ask for; a mark that nobody knows is an error."""

    def made(mark: re.Match[str]) -> str:
        maker, given = MAKERS[mark[1]], mark[2]
        return maker(given) if given else maker()

    return MARK.sub(made, text)


if __name__ == "__main__":
    for page in sys.argv[1:]:
        print(filled(Path(page).read_text(encoding="utf-8")))
