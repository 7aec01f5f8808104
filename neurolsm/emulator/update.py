"""The neuron step as straight-line code that the compiler turns into vector instructions.

Integer rounding toward zero adds 4095 to negative products before the shift; limits are min and max; nothing branches.
Each function exists for int32 (Loihi arithmetic) and float64; the type of ``u`` selects.
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np
from numba.extending import overload

FLAGS: Any = {"boundscheck": False, "error_model": "numpy", "nogil": True}
i32 = np.int32


def lif(u, v, a, bias, du, dv, scalar):  # type: ignore[no-untyped-def]
    """Advance u and v by one step with the input ``a``, and clear ``a``. ``scalar``: du and dv are the same for all."""


def adapt(v, held, theta, vth, spike_threshold, theta_decay):  # type: ignore[no-untyped-def]
    """Hold v at 0 while refractory, give each neuron's threshold, and let theta decay."""


def lift(theta, step):  # type: ignore[no-untyped-def]
    """theta after one more spike."""


@overload(lif, jit_options=FLAGS)
def _lif(u, v, a, bias, du, dv, scalar):  # type: ignore[no-untyped-def]
    if u.dtype == nb.int32:

        def integer(u, v, a, bias, du, dv, scalar):  # type: ignore[no-untyped-def]
            if scalar:
                ku, kv = np.int64(4095 - du[0]), np.int64(4096 - dv[0])
                for i in range(u.size):
                    p = np.int64(u[i]) * ku
                    c = i32((p + ((p >> 63) & 4095)) >> 12) + i32(a[i] << 6)
                    c = i32(c - 16777216) if c > 8388608 else (i32(c + 16777216) if c <= -8388608 else c)
                    u[i] = c
                    a[i] = 0
                    q = np.int64(v[i]) * kv
                    x = i32((q + ((q >> 63) & 4095)) >> 12) + c + bias[i]
                    v[i] = min(max(x, -8388607), 8388607)
            else:
                for i in range(u.size):
                    p = np.int64(u[i]) * np.int64(4095 - du[i])
                    c = i32((p + ((p >> 63) & 4095)) >> 12) + i32(a[i] << 6)
                    c = i32(c - 16777216) if c > 8388608 else (i32(c + 16777216) if c <= -8388608 else c)
                    u[i] = c
                    a[i] = 0
                    q = np.int64(v[i]) * np.int64(4096 - dv[i])
                    x = i32((q + ((q >> 63) & 4095)) >> 12) + c + bias[i]
                    v[i] = min(max(x, -8388607), 8388607)

        return integer

    def floating(u, v, a, bias, du, dv, scalar):  # type: ignore[no-untyped-def]
        for i in range(u.size):
            u[i] = u[i] * (1 - du[i]) + a[i]
            a[i] = 0
            v[i] = v[i] * (1 - dv[i]) + u[i] + bias[i]

    return floating


@overload(adapt, jit_options=FLAGS)
def _adapt(v, held, theta, vth, spike_threshold, theta_decay):  # type: ignore[no-untyped-def]
    if v.dtype == nb.int32:

        def integer(v, held, theta, vth, spike_threshold, theta_decay):  # type: ignore[no-untyped-def]
            for i in range(v.size):
                v[i] = 0 if held[i] > 0 else v[i]
                held[i] = max(held[i] - 1, 0)
                spike_threshold[i] = vth[i] + theta[i]
                theta[i] = i32((np.int64(theta[i]) * np.int64(4096 - theta_decay[i])) >> 12)  # theta is never negative

        return integer

    def floating(v, held, theta, vth, spike_threshold, theta_decay):  # type: ignore[no-untyped-def]
        for i in range(v.size):
            v[i] = 0.0 if held[i] > 0 else v[i]
            held[i] = max(held[i] - 1, 0)
            spike_threshold[i] = vth[i] + theta[i]
            theta[i] = theta[i] * (1 - theta_decay[i])

    return floating


@overload(lift, jit_options=FLAGS)
def _lift(theta, step):  # type: ignore[no-untyped-def]
    if isinstance(theta, nb.types.Integer):
        return lambda theta, step: i32(min(np.int64(theta) + np.int64(step), 8388607))
    return lambda theta, step: theta + step
