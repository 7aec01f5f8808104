"""Tables of many arrays, passed to a kernel by their address.

Numba passes a tuple of arrays as all of their addresses and lengths, 200 and more numbers for a projection that learns, to every
function that takes it, and compiles another kernel for every number of tables. Here a table is a row of numbers in memory, and a field
becomes an array where it is read: a kernel is compiled in a fraction of the time, once for any number of tables.

As with ``lent``, nobody counts the arrays, and all can be written to: whoever calls a kernel holds them until it returns.
"""

# mypy: ignore-errors
from __future__ import annotations

import functools
import hashlib
import operator

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.imputils import lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import NativeValue, intrinsic, models, overload, register_model, typeof_impl, unbox
from numba.np.arrayobj import make_array, populate_array
from numba.np.numpy_support import from_dtype

from neurolsm.emulator.update import INNER

WORD = ir.IntType(64)


class Packed:
    """Tables of one kind, named tuples of contiguous arrays, as compiled code takes them: ``len(packed)`` and ``packed[k].field``."""

    def __init__(self, tables):
        self.tables = tuple(tables)  # which hold the arrays
        like, *others = {_like(table) for table in self.tables}
        assert not others
        assert all(array.flags.c_contiguous for table in self.tables for array in table)
        self.type = _type(*like)
        self.rows = np.array(
            [[word for array in table for word in (_address(array), *array.shape)] for table in self.tables], np.int64
        )
        self.address, self.count = _address(self.rows), len(self.rows)


class PackedType(types.Type):
    def __init__(self, fields):
        self.fields = fields
        super().__init__(f"Packed{_name(fields)}")


class TableType(types.Type):
    """One table; ``fields`` are names and types of arrays."""

    def __init__(self, fields):
        self.fields = fields
        super().__init__(f"Table{_name(fields)}")


def _like(table):
    """What decides the type of a table, in less time than it takes to make the type."""
    return table._fields, tuple((array.dtype, array.ndim) for array in table)


@functools.cache
def _type(names, kinds):
    return PackedType(
        tuple(
            (name, types.Array(from_dtype(dtype), ndim, "C")) for name, (dtype, ndim) in zip(names, kinds, strict=True)
        )
    )


def _address(array):
    return array.__array_interface__["data"][0]


def _name(fields):
    """A short one: it becomes part of the name of every function that takes the table."""
    return hashlib.sha256(repr(fields).encode()).hexdigest()[:16]


def _words(fields):
    return sum(1 + kind.ndim for _, kind in fields)


@typeof_impl.register(Packed)
def _typeof(packed, _):
    return packed.type


@register_model(PackedType)
class _PackedModel(models.StructModel):
    def __init__(self, manager, kind):
        super().__init__(manager, kind, [("address", types.int64), ("count", types.int64)])


@register_model(TableType)
class _TableModel(models.PrimitiveModel):
    def __init__(self, manager, kind):
        super().__init__(manager, kind, WORD.as_pointer())


@unbox(PackedType)
def _unbox(kind, packed, c):
    value = cgutils.create_struct_proxy(kind)(c.context, c.builder)
    for name in ("address", "count"):
        number = c.pyapi.object_getattr_string(packed, name)
        setattr(value, name, c.pyapi.long_as_longlong(number))
        c.pyapi.decref(number)
    return NativeValue(value._getvalue())


@overload(len, jit_options=INNER)
def _len(packed):
    if isinstance(packed, PackedType):
        return lambda packed: _count(packed)


@overload(operator.getitem, jit_options=INNER)
def _getitem(packed, k):
    if isinstance(packed, PackedType):
        return lambda packed, k: _table(packed, k)


@intrinsic
def _count(typingctx, packed):
    def code(context, builder, signature, args):
        return builder.extract_value(args[0], 1)

    return types.int64(packed), code


@intrinsic
def _table(typingctx, packed, k):
    words = _words(packed.fields)

    def code(context, builder, signature, args):
        first = builder.inttoptr(builder.extract_value(args[0], 0), WORD.as_pointer())
        return builder.gep(first, [builder.mul(args[1], WORD(words))])

    return TableType(packed.fields)(packed, types.int64), code


@infer_getattr
class _Fields(AttributeTemplate):
    key = TableType

    def generic_resolve(self, table, name):
        return dict(table.fields).get(name)


@lower_getattr_generic(TableType)
def _field(context, builder, table, value, name):
    place = 0
    for found, kind in table.fields:
        if found == name:
            break
        place += 1 + kind.ndim
    address, *shape = (_load(builder, value, place + k) for k in range(1 + kind.ndim))
    size = context.get_abi_sizeof(context.get_data_type(kind.dtype))
    strides = [WORD(size)]
    for length in reversed(shape[1:]):
        strides.insert(0, builder.mul(strides[0], length))
    array = make_array(kind)(context, builder)
    data = builder.inttoptr(address, context.get_data_type(kind.dtype).as_pointer())
    populate_array(array, data=data, shape=shape, strides=strides, itemsize=WORD(size), meminfo=None)
    return array._getvalue()


def _load(builder, row, place):
    """A word that nobody writes while a kernel runs: loops need not read it again."""
    word = builder.load(builder.gep(row, [WORD(place)]))
    word.set_metadata("invariant.load", builder.module.add_metadata([]))
    return word
