"""Oja's rule: Hebbian growth that keeps the weights bounded."""

from __future__ import annotations

from dataclasses import dataclass

from neurolsm.describe import checks, likely
from neurolsm.learn.products import check_stream, product, steps
from neurolsm.program.plasticity import LAVA, Plasticity, Trace


@dataclass(frozen=True, kw_only=True)
class Oja:
    """Oja's rule on traces.

        at a spike of the target:  dw = rate (x1 - y1 w / size)     fixed point: w = size E[x1] / E[y1] over its spikes

    Args:
        rate: weight steps for a trace of 1, above 0.
        size: weight at which the loss of y1 balances the same x1, above 0.
        tau: time constant of both traces, seconds, above 0.
        impulse: what a spike adds to them, 1..127.
        seed, stream: of stochastic rounding.

    Raises:
        InvalidValue: a field outside its range; when lowered, a number that the learning engine cannot hold.

    Source: Oja, Journal of Mathematical Biology 15 (1982).

    Example:
        >>> import neurolsm as nl
        >>> from neurolsm.learn.language import format_series
        >>> format_series(nl.Oja().lower(1e-3).dw)  # as the learning engine holds it
        '2^-4*1*y0*x1 - 2^-5*1*y0*y1*w'
    """

    rate: float = 2.0**-4
    size: float = 64.0
    tau: float = 20e-3
    impulse: int = 16
    seed: int = 1
    stream: str = LAVA

    def __post_init__(self) -> None:
        for name in ("rate", "size", "tau"):
            checks.number(self, name, 0, open_low=True)
        checks.whole(self, "impulse", 1, 127)
        check_stream(self)
        likely.seconds(self, "tau", "10e-3 to 100e-3 s")

    def lower(self, dt: float) -> Plasticity:
        trace = Trace(steps(self.tau, dt), self.impulse)
        dw = (product("y0", self.rate, "x1"), product("y0", -self.rate / self.size, "y1", "w"))
        return Plasticity(dw=dw, x1=trace, y1=trace, seed=self.seed, stream=self.stream)
