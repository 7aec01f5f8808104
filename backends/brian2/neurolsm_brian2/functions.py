"""The functions that the Brian2 code of a liquid calls, each with a C++ body (host.h) and a NumPy body.

decay, wrap, saturate    the integer arithmetic of Loihi
begin                    once per step, before all else: the pending input moves one step nearer
fires, arrive            does this channel spike now; what reaches this neuron now
deliver, emit            add a weight to the pending input; note that this neuron spiked
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

LIMIT = 1 << 23  # u and v are 24-bit signed integers


class Signature(NamedTuple):
    """How Brian2 calls a function.

    Attributes:
        arguments: their types, where "cell" is the type of u, v and weights.
        result: the type of the result.
        stateless: depends on its arguments alone, or on the step: if those are the same for all, it is called once.
        indexed: is told for which neuron or synapse it is called.
    """

    arguments: tuple[str, ...] = ()
    result: str = "integer"
    stateless: bool = False
    indexed: bool = False


SIGNATURES = {
    "decay": Signature(("integer", "integer"), stateless=True),
    "wrap": Signature(("integer",), stateless=True),
    "saturate": Signature(("integer",), stateless=True),
    "begin": Signature(indexed=True),
    "fires": Signature(result="boolean", indexed=True),
    "arrive": Signature(result="cell", indexed=True),
    "deliver": Signature(("integer", "cell")),
    "emit": Signature(indexed=True),
}


class Host(Protocol):
    """What the NumPy bodies of the functions with a memory belong to."""

    def begin(self, index: Any) -> int: ...
    def fires(self, index: Any) -> NDArray[np.bool_]: ...
    def arrive(self, index: Any) -> NDArray[Any]: ...
    def deliver(self, cell: NDArray[Any], weight: NDArray[Any]) -> int: ...
    def emit(self, index: NDArray[Any]) -> int: ...


def decay(state: NDArray[Any], kept: NDArray[Any]) -> NDArray[np.int64]:
    """``state * kept / 4096``, rounded toward zero: 4095 is added to negative products before the floor."""
    product = np.asarray(state, np.int64) * kept
    return (product + ((product >> 63) & 4095)) >> 12


def wrap(current: NDArray[Any]) -> NDArray[Any]:
    return np.where(current > LIMIT, current - 2 * LIMIT, np.where(current <= -LIMIT, current + 2 * LIMIT, current))


def saturate(voltage: NDArray[Any]) -> NDArray[Any]:
    return np.clip(voltage, 1 - LIMIT, LIMIT - 1)


def functions(integer: bool, host: Host | None = None) -> dict[str, Any]:
    """Brian2 ``Function`` objects by name: with NumPy bodies that act on ``host``, or with the C++ bodies of host.h."""
    return make(SIGNATURES, {"decay": decay, "wrap": wrap, "saturate": saturate}, host, integer)


def make(
    signatures: dict[str, Signature], pure: dict[str, Callable[..., Any]], host: object | None, integer: bool = True
) -> dict[str, Any]:
    """Functions whose NumPy bodies are ``pure`` or methods of ``host``; without a host, with C++ bodies ``lsm_<name>``."""
    bodies = {} if host is None else {name: pure.get(name) or getattr(host, name) for name in signatures}
    return {name: _function(name, signature, bodies.get(name), integer) for name, signature in signatures.items()}


def _function(name: str, signature: Signature, body: Callable[..., Any] | None, integer: bool) -> Any:
    from brian2 import Function

    kind = {"cell": "integer" if integer else "float"}
    made = Function(
        body or (lambda *_: None),
        arg_units=[1] * len(signature.arguments),
        arg_types=[kind.get(a, a) for a in signature.arguments],
        return_unit=1 if signature.result != "boolean" else bool,
        return_type=kind.get(signature.result, signature.result),
        stateless=signature.stateless,
        auto_vectorise=signature.indexed,
    )
    # The NumPy body is given as it is: Brian2's wrapper checks units on every call, and prints the arrays to do so.
    target, code = ("numpy", body) if body else ("cpp", "")
    made.implementations.add_implementation(target, code, name=None if body else f"lsm_{name}")
    return made
