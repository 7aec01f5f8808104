"""Kernels that another kernel calls by their addresses, so that its code does not depend on theirs, nor on the types of their tables.

Both pass ``Packed`` tables as two numbers, an address and a count. Such a kernel returns an int64; what it raises, the
one that calls it raises, too.
"""

# mypy: ignore-errors
from __future__ import annotations

from numba.core import cgutils, types
from numba.extending import intrinsic

_NUMBERS = types.Array(types.int32, 1, "C")
_LESSONS = types.Array(types.int64, 2, "C")
# What a step brings: ring, base, n, clock, row, age, channels, spikes, third, any_third.
GIVEN = _NUMBERS, types.uint32, *[types.int64] * 4, _NUMBERS, _NUMBERS, _LESSONS, types.boolean


def address(kernel, *given):
    """Where the machine code of a function for arguments of these types begins. It stays there as long as the function."""
    kernel.compile(given)
    made = kernel.overloads[given]
    assert made.signature.return_type == types.int64
    return made.library.get_pointer_to_function(made.fndesc.llvm_func_name)


@intrinsic
def call(typingctx, address, tables, count):
    """Machine code that takes tables."""
    return types.int64(*[types.int64] * 3), _call


@intrinsic
def call_step(
    typingctx, address, tables, count, ring, base, n, clock, row, age, channels, spikes, third, any_third
):  # fmt: skip
    """Machine code that takes tables and what a step has brought."""
    return types.int64(*[types.int64] * 3, *GIVEN), _call


def _call(context, builder, signature, args):
    result, kinds = signature.return_type, signature.args[1:]
    code = context.call_conv.get_function_type(result, kinds)
    function = builder.inttoptr(args[0], code.as_pointer())
    status, value = context.call_conv.call_function(builder, function, result, kinds, args[1:])
    with cgutils.if_unlikely(builder, status.is_error):  # there was no memory, say
        context.call_conv.return_status_propagate(builder, status)
    return value
