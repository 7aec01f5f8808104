"""Who is above threshold, 64 neurons at a time: one vector comparison gives a bit each, and only set bits are visited.

Numba has no word for such steps, so they are written as LLVM instructions, which every processor's backend knows.
"""

# mypy: ignore-errors
from __future__ import annotations

import numba as nb
import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from neurolsm.compiled import compiled
from neurolsm.emulator.update import INNER

LANES = 64
LINE = 64  # bytes of a cache line
AHEAD, FAR_AHEAD = 2, 8  # for how many sources ahead the synapses are asked for, and where they lie


@intrinsic
def above(typingctx, x, y, first):
    """The bits of ``x[first + k] > y[first + k]`` for k = 0..63, as uint64; arrays of one type, contiguous."""
    if x != y or x.layout != "C":
        return None

    def code(context, builder, signature, args):
        vectors = []
        for array, kind in zip(args, signature.args[:2]):  # noqa: B905
            element = context.get_data_type(kind.dtype)
            data = context.make_array(kind)(context, builder, array).data
            place = builder.bitcast(builder.gep(data, [args[2]]), ir.VectorType(element, LANES).as_pointer())
            vectors.append(builder.load(place, align=context.get_abi_alignment(element)))
        compare = builder.icmp_signed if isinstance(x.dtype, types.Integer) else builder.fcmp_ordered
        return builder.bitcast(compare(">", *vectors), ir.IntType(LANES))

    return types.uint64(x, y, types.intp), code


@intrinsic
def union(typingctx, x, first):
    """All bits that are set in ``x[first + k]``, k = 0..63; a contiguous array of whole numbers."""

    def code(context, builder, signature, args):
        kind = signature.args[0]
        element = context.get_data_type(kind.dtype)
        vector = ir.VectorType(element, LANES)
        data = context.make_array(kind)(context, builder, args[0]).data
        place = builder.bitcast(builder.gep(data, [args[1]]), vector.as_pointer())
        loaded = builder.load(place, align=context.get_abi_alignment(element))
        suffix = f"v{LANES}i{element.width}"
        function = builder.module.declare_intrinsic(
            f"llvm.vector.reduce.or.{suffix}", (), ir.FunctionType(element, [vector])
        )
        return builder.call(function, [loaded])

    return x.dtype(x, types.intp), code


@intrinsic
def lowest(typingctx, bits):
    """The place of the lowest set bit of a uint64 that is not 0."""

    def code(context, builder, signature, args):
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(types.uint64), code


@intrinsic
def ones(typingctx, bits):
    """How many bits of a uint64 are set."""

    def code(context, builder, signature, args):
        return builder.ctpop(args[0])

    return types.uint64(types.uint64), code


@intrinsic
def shifted(typingctx, x, right):
    """``x >> right`` in the bits of ``x``, of which there are more than ``right``; Numba takes 64, and a vector then has fewer lanes."""
    if x != right or not isinstance(x, types.Integer):
        return None

    def code(context, builder, signature, args):
        return builder.ashr(*args)

    return x(x, right), code


@intrinsic
def prefetch(typingctx, array, index):
    """Ask for the cache line of ``array[index]``; nothing happens if there is none."""

    def code(context, builder, signature, args):
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        byte, word = ir.IntType(8).as_pointer(), ir.IntType(32)
        place = builder.bitcast(builder.gep(data, [args[1]]), byte)
        kind = ir.FunctionType(ir.VoidType(), [byte, word, word, word])
        function = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
        builder.call(function, [place, word(0), word(3), word(1)])  # for reading, into all levels, data
        return context.get_dummy_value()

    return types.void(array, types.intp), code


@compiled(**INNER)
def collect(v, threshold, fired, end):
    """Append all i with ``v[i] > threshold[i]`` to ``fired[end:]`` in ascending order; returns the new end."""
    whole = v.size - v.size % LANES
    for first in range(0, whole, LANES):
        bits = above(v, threshold, first)
        while bits != 0:
            fired[end] = first + lowest(bits)
            end += 1
            bits &= bits - np.uint64(1)
    for i in range(whole, v.size):
        if v[i] > threshold[i]:
            fired[end] = i
            end += 1
    return end


@compiled(**INNER)
def copy(x, out):
    """``out[:] = x``, which Numba would compile with words for an error that cannot be."""
    for i in range(x.size):
        out[i] = x[i]


@nb.njit(forceinline=True, **INNER)
def silence(x):
    """Set all of ``x`` to 0."""
    for i in range(x.size):
        x[i] = 0
