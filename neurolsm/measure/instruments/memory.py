"""Linear memory capacity: for how long the past can be read from the state."""

from __future__ import annotations

from numpy.typing import ArrayLike

from neurolsm.measure.instruments.capacity import Projection


def memory_capacity(u: ArrayLike, states: ArrayLike, longest: int | None = None) -> float:
    """Sum over delays of how well a linear readout of the state recalls the input.

        MC = sum_(k = 0..longest) rho^2(u(t - k), y_k(t)),   y_k = the least-squares fit of u(t - k) by the states and a constant

    At most the number of linearly independent states, for an i.i.d. input. On T values N useless states reach N / T for each
    delay; delays that do not exceed what chance gives once in 10,000 are left out.

    Args:
        u: i.i.d. input [T].
        states: one row per value of the input [T, N]; T well above N.
        longest: the longest delay; None for twice N, at most a quarter of T.

    Raises:
        InvalidValue: shapes that do not fit, or too few values.

    Source: Jaeger, GMD report 152 (2002). He sums from k = 1; here the present input counts too.
    """
    projection = Projection.of(u, states)
    count = 2 * projection.states if longest is None else longest
    return float(sum(projection.capacity({k: 1}) for k in range(min(count, len(projection.u) // 4) + 1)))
