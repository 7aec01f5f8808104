"""What stands between a docstring and reStructuredText: ours are plain text with ``code`` and equations."""

from __future__ import annotations

import re
from typing import Any

CODE = re.compile(r"(``.*?``)")


def plain(app: Any, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Before Napoleon: bars and stars of equations are characters, not marks."""
    for k, line in enumerate(lines):
        if not line.lstrip().startswith((">>>", "...")):
            parts = CODE.split(line)
            parts[::2] = [re.sub(r"(\||\*(?=\w)|(?<=\w)_(?=[^\w:]|$))", r"\\\1", part) for part in parts[::2]]
            lines[k] = "".join(parts)


def sentence(app: Any, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """After Napoleon, which takes what stands before a colon in the docstring of a property for a type."""
    types = [line for line in lines if line.startswith(":type: ")]
    if what in ("attribute", "property") and types:
        lines.remove(types[0])
        lines[0] = f"{types[0].removeprefix(':type: ')}: {lines[0]}"


def skipped(app: Any, what: str, name: str, thing: Any, skip: bool, options: Any) -> bool | None:
    """scikit-learn's own methods are in its documentation."""
    home = getattr(thing, "__module__", None) or ""
    return True if home.startswith("sklearn.") or re.fullmatch(r"set_\w+_request", name) else None


def setup(app: Any) -> dict[str, bool]:
    app.connect("autodoc-process-docstring", plain, priority=400)
    app.connect("autodoc-process-docstring", sentence, priority=600)
    app.connect("autodoc-skip-member", skipped)
    return {"parallel_read_safe": True}
