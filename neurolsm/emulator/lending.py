"""Arrays lent to a loop that does not count them.

They are lent as if they could be written, sealed or not: so the functions behind a kernel are compiled once.

Numba counts who holds an array, with an atomic addition wherever a function takes one or a slice is made. In a loop of
microseconds these additions cost more than the work of a small step, and two threads that read the same tables take the
line of the counter from each other. Whoever calls a kernel holds its arrays until it returns, so it need not count them.
"""

# mypy: ignore-errors
from __future__ import annotations

from numba.core import cgutils, types
from numba.extending import intrinsic


@intrinsic
def lent(typingctx, arrays):
    """The same arrays, in tuples of any depth, without their counters. Only for arguments of a kernel, and never returned:
    what the kernel makes itself would be freed too early. Who writes to one that is sealed breaks the seal."""

    def code(context, builder, signature, args):
        return _lend(context, builder, signature.args[0], args[0])

    return _open(arrays)(arrays), code


def _open(kind):
    """The type of the same arrays, without the mark that they may not be written."""
    if isinstance(kind, types.Array):
        return kind.copy(readonly=False)
    if isinstance(kind, types.BaseTuple):
        return types.BaseTuple.from_types([_open(part) for part in kind.types], getattr(kind, "instance_class", None))
    return kind


def _lend(context, builder, kind, value):
    if isinstance(kind, types.Array):
        array = context.make_array(kind)(context, builder, value)
        array.meminfo = cgutils.get_null_value(array.meminfo.type)
        array.parent = cgutils.get_null_value(array.parent.type)
        return array._getvalue()
    if isinstance(kind, types.BaseTuple):
        for place, part in enumerate(kind.types):
            inner = _lend(context, builder, part, builder.extract_value(value, place))
            value = builder.insert_value(value, inner, place)
    return value
