"""The functions that the Brian2 code of a liquid calls, each with a C++ body (host.h) and a NumPy body.

decay, wrap, saturate    the integer arithmetic of Loihi
begin                    once a step, before all else: the pending input moves one step nearer
fires, arrive            does this channel spike now; what reaches this neuron now
deliver, emit            add a weight to the pending input; note that this neuron spiked
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

LIMIT = 1 << 23  # u and v are 24-bit signed integers

# name: (types of the arguments, type of the result, where "cell" is the type of u, v and weights); None instead of
# arguments: the function is told which neuron it is called for.
SIGNATURES: dict[str, tuple[list[str] | None, str]] = {
    "decay": (["integer", "integer"], "integer"),
    "wrap": (["integer"], "integer"),
    "saturate": (["integer"], "integer"),
    "begin": (None, "integer"),
    "fires": (None, "boolean"),
    "arrive": (None, "cell"),
    "deliver": (["integer", "cell"], "integer"),
    "emit": (None, "integer"),
}
PURE = ("decay", "wrap", "saturate")


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
    bodies: dict[str, Callable[..., Any]] = {"decay": decay, "wrap": wrap, "saturate": saturate}
    if host is not None:
        bodies |= {name: getattr(host, name) for name in SIGNATURES if name not in PURE}
    return {name: _function(name, bodies.get(name), host is None, integer) for name in SIGNATURES}


def _function(name: str, body: Callable[..., Any] | None, cpp: bool, integer: bool) -> Any:
    from brian2 import Function

    arguments, result = SIGNATURES[name]
    kind = {"cell": "integer" if integer else "float"}
    made = Function(
        body or (lambda *_: None),
        arg_units=[1] * len(arguments or []),
        arg_types=[kind.get(a, a) for a in arguments or []],
        return_unit=1 if result != "boolean" else bool,
        return_type=kind.get(result, result),
        stateless=name in PURE,
        auto_vectorise=arguments is None,
    )
    # The NumPy body is given as it is: Brian2's wrapper checks units on every call, and prints the arrays to do so.
    target, code = ("cpp", "") if cpp else ("numpy", body)
    made.implementations.add_implementation(target, code, name=f"lsm_{name}" if cpp else None)
    return made
