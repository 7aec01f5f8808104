"""A whole number within limits, as one instruction each: Numba compiles ``min`` and ``max`` anew for every pair of types."""

# mypy: ignore-errors
from __future__ import annotations

from typing import Any

from numba.core import types
from numba.extending import intrinsic


def _clip(typingctx, x, low, high):
    """``min(max(x, low), high)`` of whole numbers with a sign."""
    kinds = [types.unliteral(kind) for kind in (x, low, high)]
    if not all(isinstance(kind, types.Integer) and kind.signed for kind in kinds):
        return None
    kind = typingctx.unify_types(*kinds)

    def code(context, builder, signature, args):
        value, least, most = args
        value = builder.select(builder.icmp_signed("<", value, least), least, value)
        return builder.select(builder.icmp_signed(">", value, most), most, value)

    return kind(kind, kind, kind), code


clip: Any = intrinsic(_clip)
