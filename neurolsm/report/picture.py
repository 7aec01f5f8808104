"""A picture of ``neurolsm.plot`` as part of a page."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

from neurolsm.report.page import text

STYLE: Any = {
    "font.size": 12,  # on a phone it is two thirds of that
    "svg.fonttype": "none",  # letters stay letters, for those who search and for those who listen
    "svg.hashsalt": "neurolsm",  # the same result is the same page
    "text.parse_math": False,  # a name with two dollars in it is a name
}
SILENT = {"Date": None, "Creator": None, "Format": None, "Type": None}


def picture(draw: Callable[[Any], object], size: tuple[float, float], name: str, said: str) -> str:
    """Draw into new axes and give the HTML of it.

    Args:
        draw: draws into the axes that it is given.
        size: in inches; below 5.4 wide the letters can be read on a phone.
        name: short and different for each picture of a page; goes before the names within the SVG.
        said: what it shows, for those who cannot see it and below it for all.
    """
    return drawing(lambda figure: draw(figure.subplots()), size, name, said)


def drawing(draw: Callable[[Any], object], size: tuple[float, float], name: str, said: str) -> str:
    """The same where ``draw`` is given a figure, which has no axes yet."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    buffer = io.BytesIO()
    with rc_context(STYLE):
        figure = Figure(figsize=size, layout="constrained")
        draw(figure)
        figure.savefig(buffer, format="svg", metadata=SILENT, transparent=True)
    svg = buffer.getvalue().decode()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", svg)
    svg = svg.replace("<svg", f'<svg role="img" aria-label="{text(said)}"', 1)
    return f"<figure>\n{svg}<figcaption>{text(said)}</figcaption>\n</figure>"
