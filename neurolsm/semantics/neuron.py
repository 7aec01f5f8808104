"""One step of all neurons: current-based LIF in Loihi's fixed point, and the same equations in float64.

    u <- decay(u, du + 1) + 64 a          wraps once at 24 bits
    v <- decay(v, dv) + u + bias          saturates at 24 bits; stays 0 while refractory
    spike = v > 64 vth + theta
    theta <- decay(theta, theta_decay) + theta_step * spike      at most 2^23 - 1
    v <- 0, refractory counter <- refractory, where a neuron spiked

with decay(x, d) = x (4096 - d) / 4096 rounded toward zero. ``u`` is not reset by a spike. The integer rules of u, v and
the threshold are those of the fixed-point LIF of Lava 0.10 (lava/proc/lif/models.py); the refractory period follows the
float LIFRefractory there: after a spike at step t, v stays 0 in steps t + 1 to t + refractory.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.program import Neurons
from neurolsm.program.state import State

STATE_LIMIT = 1 << 23  # u and v are 24-bit signed integers on Loihi


def decay(state: NDArray[Any], lost: NDArray[Any]) -> NDArray[np.int64]:
    """``state * (4096 - lost) / 4096``, rounded toward zero."""
    product = state.astype(np.int64) * (4096 - lost.astype(np.int64))
    return np.sign(product) * (np.abs(product) >> 12)


def wrap(current: NDArray[np.int64]) -> NDArray[np.int64]:
    """Into (-2^23, 2^23], by one turn only."""
    current = np.where(current > STATE_LIMIT, current - 2 * STATE_LIMIT, current)
    return np.where(current <= -STATE_LIMIT, current + 2 * STATE_LIMIT, current)


def saturate(voltage: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.clip(voltage, 1 - STATE_LIMIT, STATE_LIMIT - 1)


def step(state: State, neurons: Neurons, a: NDArray[Any]) -> NDArray[np.bool_]:
    """Advance ``state`` in place by one step with the summed input ``a`` [N]; returns who spiked [N]."""
    integer = neurons.du.dtype.kind == "i"
    if integer:
        u = wrap(decay(state.u, neurons.du + 1) + (a.astype(np.int64) << 6))
        v = saturate(decay(state.v, neurons.dv) + u + neurons.bias)
        threshold = (neurons.vth.astype(np.int64) << 6) + state.theta
        theta = decay(state.theta, neurons.theta_decay)
    else:
        u = state.u * (1 - neurons.du) + a
        v = state.v * (1 - neurons.dv) + u + neurons.bias
        threshold = neurons.vth + state.theta
        theta = state.theta * (1 - neurons.theta_decay)
    v = np.where(state.refractory > 0, 0, v)
    spike = v > threshold
    theta = theta + np.where(spike, neurons.theta_step, 0)
    state.u[:] = u
    state.v[:] = np.where(spike, 0, v)
    state.theta[:] = np.minimum(theta, STATE_LIMIT - 1) if integer else theta
    state.refractory[:] = np.where(spike, neurons.refractory, np.maximum(state.refractory - 1, 0))
    return spike
