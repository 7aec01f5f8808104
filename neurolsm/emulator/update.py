"""The neuron step as straight-line code that the compiler turns into vector instructions.

Products of a 24-bit state and a 12-bit share are split so that 32 bits hold them; limits are min and max; nothing branches.
Each function exists for int32 (Loihi arithmetic) and float64; the type of ``u`` selects.
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np
from numba.extending import overload

from neurolsm.compiled.part import PartCompiler
from neurolsm.emulator.clip import clip

FLAGS: Any = {"boundscheck": False, "error_model": "numpy", "nogil": True, "no_cfunc_wrapper": True}
# Of functions that only compiled code calls. One that makes arrays, or is given them by one that does, must own them: Numba counts who
# holds them. All others only borrow, and are compiled faster without the counting.
OWNING: Any = FLAGS | {"no_cpython_wrapper": True, "pipeline_class": PartCompiler, "_nrt": True}
INNER: Any = OWNING | {"_nrt": False}
# Of functions that are called by their addresses.
OWNING_ENTRY: Any = FLAGS | {"no_cpython_wrapper": True}
ENTRY: Any = OWNING_ENTRY | {"_nrt": False}
i32 = np.int32


def lif(u, v, a, bias, du, dv, scalar):  # type: ignore[no-untyped-def]
    """Advance u and v by one step with the input ``a``, and clear ``a``. ``scalar``: du and dv are the same for all."""


def adapt(v, held, theta, vth, spike_threshold, theta_decay):  # type: ignore[no-untyped-def]
    """Hold v at 0 while refractory, give each neuron's threshold, and let theta decay."""


def lift(theta, step):  # type: ignore[no-untyped-def]
    """theta after one more spike."""


@nb.njit(**INNER)
def keep(x, share):  # type: ignore[no-untyped-def]
    """x * share / 4096 rounded toward zero, for |x| <= 2^23 and a share of 0..4096, without leaving 32 bits.

    |x| = 4096 high + low, so |x| share / 4096 = high share + low share / 4096, where nothing is rounded before the last term.
    """
    size = i32(abs(x))
    kept = i32(i32(i32(size >> 12) * share) + i32(i32(i32(size & 4095) * share) >> 12))
    return i32(-kept) if x < 0 else kept


@overload(lif, jit_options=INNER)
def _lif(u, v, a, bias, du, dv, scalar):  # type: ignore[no-untyped-def]
    if u.dtype == nb.int32:

        def integer(u, v, a, bias, du, dv, scalar):  # type: ignore[no-untyped-def]
            if scalar:
                ku, kv = i32(4095 - du[0]), i32(4096 - dv[0])
                for i in range(u.size):
                    c = i32(keep(u[i], ku) + i32(a[i] << 6))
                    c = i32(c - 16777216) if c > 8388608 else (i32(c + 16777216) if c <= -8388608 else c)
                    u[i] = c
                    a[i] = 0
                    x = i32(i32(keep(v[i], kv) + c) + bias[i])
                    v[i] = clip(x, i32(-8388607), i32(8388607))
            else:
                for i in range(u.size):
                    c = i32(keep(u[i], i32(4095 - du[i])) + i32(a[i] << 6))
                    c = i32(c - 16777216) if c > 8388608 else (i32(c + 16777216) if c <= -8388608 else c)
                    u[i] = c
                    a[i] = 0
                    x = i32(i32(keep(v[i], i32(4096 - dv[i])) + c) + bias[i])
                    v[i] = clip(x, i32(-8388607), i32(8388607))

        return integer

    def floating(u, v, a, bias, du, dv, scalar):  # type: ignore[no-untyped-def]
        for i in range(u.size):
            u[i] = u[i] * (1 - du[i]) + a[i]
            a[i] = 0
            v[i] = v[i] * (1 - dv[i]) + u[i] + bias[i]

    return floating


@overload(adapt, jit_options=INNER)
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


@overload(lift, jit_options=INNER)
def _lift(theta, step):  # type: ignore[no-untyped-def]
    if isinstance(theta, nb.types.Integer):
        return lambda theta, step: i32(min(np.int64(theta) + np.int64(step), 8388607))
    return lambda theta, step: theta + step
