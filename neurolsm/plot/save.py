"""A picture as a file: its format known before any work is done, written whole or not at all."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from neurolsm.errors import InvalidValue
from neurolsm.files.results import write_result

DPI = 120


def check_format(path: Path) -> None:
    """Refuse a file whose ending names no format that can be drawn."""
    from matplotlib.figure import Figure

    if _format(path) not in Figure().canvas.get_supported_filetypes():
        raise InvalidValue(f"--plot {path}: the ending names no format of pictures. Use .png, .svg or .pdf")


def save_figure(figure: Any, path: Path, dpi: int = DPI) -> None:
    """Write a figure in the format that the ending names; PNG without one.

    Raises:
        InvalidValue: the place cannot be written.
    """
    buffer = io.BytesIO()
    figure.savefig(buffer, format=_format(path), dpi=dpi)
    write_result(path, buffer.getvalue())


def _format(path: Path) -> str:
    return path.suffix.lstrip(".").lower() or "png"
