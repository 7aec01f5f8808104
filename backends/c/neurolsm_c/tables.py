"""Constant tables as C text, each of the smallest type that holds it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

TYPES = {
    "uint8_t": (0, 255), "int8_t": (-128, 127), "uint16_t": (0, 65535), "int16_t": (-32768, 32767),
    "uint32_t": (0, (1 << 32) - 1), "int32_t": (-(1 << 31), (1 << 31) - 1), "uint64_t": (0, (1 << 64) - 1),
}  # fmt: skip
SIZES = {"uint8_t": 1, "int8_t": 1, "uint16_t": 2, "int16_t": 2, "uint32_t": 4, "int32_t": 4, "uint64_t": 8}
WIDTH = 118  # characters of a line


def smallest(low: int, high: int) -> str:
    """The name of the smallest integer type that reaches from ``low`` to ``high``."""
    return next(name for name, (least, most) in TYPES.items() if least <= low and high <= most)


def type_of(values: NDArray[Any]) -> str:
    return smallest(int(values.min()), int(values.max())) if values.size else "uint8_t"


def table(name: str, values: Any, kind: str = "") -> str:
    """``static const TYPE NAME[SIZE] = {...};`` C has no empty arrays, so one that is empty has a zero that nobody reads."""
    numbers = np.asarray(values).ravel()
    kind = kind or type_of(numbers)
    suffix = {"uint32_t": "u", "uint64_t": "u"}.get(kind, "")
    texts = [f"{int(x)}{suffix}" for x in numbers] or ["0"]
    return f"static const {kind} {name}[{len(texts)}] = {{\n{lines(texts)}\n}};\n"


def lines(texts: Iterable[str]) -> str:
    """Texts with commas, as many in a line as fit."""
    found, line = [], "   "
    for text in texts:
        if len(line) + len(text) + 2 > WIDTH:
            found.append(line)
            line = "   "
        line += f" {text},"
    return "\n".join([*found, line])


def comment(text: str) -> str:
    """Text that may stand in a C comment, whatever a user has called things."""
    plain = "".join(c if " " <= c <= "~" else "?" for c in text)
    return plain.replace("*/", "* /").replace("/*", "/ *").replace("??", "? ?")
