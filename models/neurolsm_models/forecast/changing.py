"""Series whose law changes midway, without a jump: what comes after goes on from what was."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
GAP = 3.0  # units of time between two values of Mackey-Glass
LORENZ_GAP = 0.04


def mackey_glass(
    n: int, change: int, seed: int, ahead: int = 6, taus: tuple[int, int] = (17, 23)
) -> tuple[Array, Array]:
    """Values x [n] and x ``ahead`` values later; tau changes from 17 to 23 at value ``change``.

        x'(t) = 0.2 x(t - tau) / (1 + x(t - tau)^10) - 0.1 x(t)

    Runge-Kutta of fourth order with steps of 0.1, a value every 3 units of time; the past at half a step is the mean of its
    neighbours. The first 600 units are dropped.
    """
    h, inner = 0.1, round(GAP / 0.1)
    dropped = 200
    longest = round(max(taus) / h)
    x = list(1.2 + 0.1 * np.random.default_rng(seed).standard_normal(longest + 1))
    values = np.empty(dropped + n + ahead)

    def rate(now: float, past: float) -> float:
        return 0.2 * past / (1 + past**10) - 0.1 * now

    for t in range(values.size):
        lag = round(taus[t >= dropped + change] / h)
        for _ in range(inner):
            now, first, last = x[-1], x[-lag - 1], x[-lag]
            middle = (first + last) / 2
            k1 = rate(now, first)
            k2 = rate(now + h / 2 * k1, middle)
            k3 = rate(now + h / 2 * k2, middle)
            k4 = rate(now + h * k3, last)
            x.append(now + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4))
        values[t] = x[-1]
    kept = values[dropped:]
    return kept[:n], kept[ahead:]


def narma10(n: int, change: int, seed: int) -> tuple[Array, Array]:
    """Inputs u [n] and y [n]; the gains change from (0.3, 1.5) to (0.2, 2.2) at value ``change``.

    y[t] = a y[t - 1] + 0.05 y[t - 1] (y[t - 1] + ... + y[t - 10]) + c u[t - 9] u[t] + 0.1,   u from U(0, 0.5)
    """
    u = np.random.default_rng(seed).uniform(0.0, 0.5, n)
    y = np.zeros(n + 1)
    for t in range(9, n):
        a, c = (0.3, 1.5) if t < change else (0.2, 2.2)
        y[t + 1] = a * y[t] + 0.05 * y[t] * y[t - 9 : t + 1].sum() + c * u[t - 9] * u[t] + 0.1
    return u, y[1:]


def lorenz(n: int, change: int, seed: int, ahead: int = 5) -> tuple[Array, Array]:
    """The first coordinate of the Lorenz system [n] and itself ``ahead`` values later; rho changes from 28 to 35 at ``change``.

        x' = 10 (y - x),   y' = x (rho - z) - y,   z' = x y - 8/3 z

    Runge-Kutta of fourth order with steps of 0.01, a value every 0.04 units of time; the first 200 values are dropped.
    """
    h, inner, dropped = 0.01, round(LORENZ_GAP / 0.01), 200
    s = np.random.default_rng(seed).standard_normal(3) + [0, 0, 25]
    values = np.empty(dropped + n + ahead)

    def rate(s: Array, rho: float) -> Array:
        x, y, z = s
        return np.array([10 * (y - x), x * (rho - z) - y, x * y - 8 / 3 * z])

    for t in range(values.size):
        rho = 28.0 if t < dropped + change else 35.0
        for _ in range(inner):
            k1 = rate(s, rho)
            k2 = rate(s + h / 2 * k1, rho)
            k3 = rate(s + h / 2 * k2, rho)
            k4 = rate(s + h * k3, rho)
            s = s + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        values[t] = s[0]
    kept = values[dropped:]
    return kept[:n], kept[ahead:]
