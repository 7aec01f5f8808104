"""The two loops of the leaf in which all its time would go, compiled: the neurons of all lanes, and the synapses of all spikes.

They are the equations of lanes.py, written once more for single numbers; they share nothing with the emulator's kernels,
whose integers and whose layout are others, so that the two backends cannot be wrong in the same way.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from neurolsm.compiled import compiled
from neurolsm.semantics.neuron import STATE_LIMIT

FLAGS: dict[str, Any] = {"boundscheck": False, "error_model": "numpy"}  # no fast-math: it changes rounding


@compiled(**FLAGS)
def update(
    u: Any, v: Any, theta: Any, refractory: Any, pending: Any, now: int, unit: float, keep_u: Any, keep_v: Any, keep_theta: Any,
    bias: Any, threshold: Any, integer: bool, refracts: bool, adapts: bool, spike: Any,
) -> None:  # fmt: skip
    """One step of every neuron of every lane; all states are [lanes, n], ``spike`` is written.

    ``pending`` [lanes, rows, n] comes whole, with the row of this step: a cut through it would be of another type with one lane.
    """
    for lane in range(u.shape[0]):
        for i in range(u.shape[1]):
            c, x = u[lane, i] * keep_u[i], v[lane, i] * keep_v[i]
            if integer:
                c, x = np.trunc(c), np.trunc(x)
            c += pending[lane, now, i] * unit
            if integer:
                c -= 2.0 * STATE_LIMIT if c > STATE_LIMIT else (-2.0 * STATE_LIMIT if c <= -STATE_LIMIT else 0.0)
            x = (x + c) + bias[i]
            if integer:
                x = min(max(x, 1.0 - STATE_LIMIT), STATE_LIMIT - 1.0)
            if refracts and refractory[lane, i] > 0:
                x = 0.0
                refractory[lane, i] -= 1
            u[lane, i], v[lane, i] = c, x
            if adapts:
                spike[lane, i] = x > threshold[i] + theta[lane, i]
                raised = theta[lane, i] * keep_theta[i]
                theta[lane, i] = np.trunc(raised) if integer else raised
            else:
                spike[lane, i] = x > threshold[i]


@compiled(**FLAGS)
def deliver(first: Any, target: Any, weight: Any, source: Any, base: Any, pending: Any) -> None:
    """Add the weights of all synapses of each ``source`` to the flat ``pending``, at ``base`` + target."""
    for k in range(source.size):
        for s in range(first[source[k]], first[source[k] + 1]):
            pending[base[k] + target[s]] += weight[s]


def compile_for(dtype: Any) -> None:
    """Have both ready for programs of this type, before Lava forks its processes: what they compile is lost with them."""
    state, none, step = np.zeros((1, 1)), np.zeros(0, np.int64), np.zeros((1, 1), np.int32)
    one, pending = np.zeros(1), np.zeros((1, 1, 1), dtype)
    update(
        state, state, state, step, pending, 0, 1.0, one, one, one, one, one, True, False, False,
        np.zeros((1, 1), bool),
    )  # fmt: skip
    deliver(none, none.astype(np.int32), np.zeros(0, dtype), none, none, pending.reshape(-1))
