"""One page of HTML: sections in order, a style and a script of its own, and nothing that is loaded from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import final

from neurolsm.files.results import write_result

MANY = 4  # columns from which on a table takes the whole width


@final
@dataclass(frozen=True)
class Section:
    """Part of a page.

    Attributes:
        title: plain text.
        body: HTML, made by the functions of this room, which escape what they are given.
    """

    title: str
    body: str


@final
@dataclass(frozen=True)
class Page:
    """What a command came to.

    Attributes:
        title, verdict: plain text, one line each.
        sections: the rest, from the most important on.
    """

    title: str
    verdict: str
    sections: tuple[Section, ...]

    def render(self) -> str:
        """The page as HTML."""
        style, script = (_own(name) for name in ("page.css", "raster.js"))
        allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        policy = f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-{allowed}'"
        body = "\n".join(
            f"<section><h2>{text(one.title)}</h2>\n{one.body}\n</section>" for one in self.sections if one.body
        )
        return (
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{text(self.title)}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n"
            f'<header><h1>{text(self.title)}</h1>\n<p class="verdict">{text(self.verdict)}</p></header>\n{body}\n'
            f"</main>\n<script>{script}</script>\n</body>\n</html>\n"
        )

    def write(self, path: Path) -> None:
        """Write the file, whole or not at all.

        Raises:
            InvalidValue: the place cannot be written.
        """
        write_result(path, self.render().encode())


def plain(value: object) -> str:
    """What can be shown of a text: a letter that is none, such as a NUL, as Python writes it."""
    return "".join(one if one.isprintable() or one == "\n" else ascii(one)[1:-1] for one in str(value))


def text(value: object) -> str:
    """Anything as text of a page or of an attribute."""
    return html.escape(plain(value))


def paragraph(value: object) -> str:
    return f"<p>{text(value)}</p>"


def code(value: object) -> str:
    """Text whose lines stay as they are."""
    return f'<pre tabindex="0">{text(value)}</pre>'


def folded(summary: str, body: str) -> str:
    """What is opened by who wants it."""
    return f"<details><summary>{text(summary)}</summary>\n{body}\n</details>"


def table(head: Sequence[str], rows: Sequence[Sequence[object]], marked: int | None = None) -> str:
    """A table whose first column names its rows; ``marked`` is the row that all is about."""
    names = "".join(f'<th scope="col">{text(one)}</th>' for one in head)
    lines = [
        f'<tr{" class=marked" if number == marked else ""}><th scope="row">{text(row[0])}</th>'
        + "".join(f"<td>{text(one)}</td>" for one in row[1:])
        + "</tr>"
        for number, row in enumerate(rows)
    ]
    body = "\n".join(lines)
    many = " class=many" if len(head) > MANY else ""
    return f'<div class="wide" tabindex="0"><table{many}>\n<thead><tr>{names}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>'


def _own(name: str) -> str:
    return (files("neurolsm.report") / name).read_text(encoding="utf-8")
