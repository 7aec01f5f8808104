"""Any rule, written in the rule language."""

from __future__ import annotations

from dataclasses import dataclass

from neurolsm.describe import checks, likely
from neurolsm.errors import refuse
from neurolsm.learn.language import Series, parse, say_rounded
from neurolsm.learn.products import check_stream, steps
from neurolsm.program.plasticity import LAVA, TRACES, Plasticity, Trace


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A sum of products in Lava's string form, such as ``dw="2^-2*x1*y0 - 2^-2*y1*x0"``.

    Args:
        dw, dt, dd: rules for the weight, the tag and the second tag; empty for none.
        x1_tau, x2_tau, y1_tau, y2_tau, y3_tau: time constants, seconds; 0 for a trace that lasts one step, inf for one that stays.
        x1_impulse, x2_impulse, y1_impulse, y2_impulse, y3_impulse: what a spike adds, 0..127; fractions are rounded and said.
        third: y traces that rewards or errors set.
        t_epoch: steps of a learning epoch, 1..63.
        reset: traces that start each sample at 0.
        seed, stream: of stochastic rounding, see ``neurolsm.program.plasticity``.

    Raises:
        RuleError: pointing at the character. InvalidValue: a field outside its range.

    Example:
        >>> import neurolsm as nl
        >>> rule = nl.Rule(dw="2^-2*x1*y0 - 2^-2*y1*x0", x1_tau=0.02, x1_impulse=16, y1_tau=0.02, y1_impulse=16)
        >>> [p.dependency for p in rule.lower(1e-3).dw]  # at a spike of the target, of the source
        ['y0', 'x0']
        >>> nl.Rule(dw="2^-2*x1*q0")
        Traceback (most recent call last):
            ...
        neurolsm.learn.language.RuleError: rule: unknown variable 'q0'; ...
    """

    dw: str = ""
    dt: str = ""
    dd: str = ""
    x1_tau: float = 0.0
    x1_impulse: float = 0.0
    x2_tau: float = 0.0
    x2_impulse: float = 0.0
    y1_tau: float = 0.0
    y1_impulse: float = 0.0
    y2_tau: float = 0.0
    y2_impulse: float = 0.0
    y3_tau: float = 0.0
    y3_impulse: float = 0.0
    third: tuple[str, ...] = ()
    t_epoch: int = 1
    reset: tuple[str, ...] = TRACES
    seed: int = 1
    stream: str = LAVA

    def __post_init__(self) -> None:
        for name in TRACES:
            checks.number(self, f"{name}_tau", 0, finite=False, unit="s")
            checks.number(self, f"{name}_impulse", 0, 127)
            likely.seconds(self, f"{name}_tau", "10e-3 to 1 s, or infinite", likely.SLOW)
        checks.words(self, "third", ("y1", "y2", "y3"), "Only traces of the target can be set from outside")
        checks.words(self, "reset", TRACES, "Name traces, such as ('x1', 'y1')")
        for name in ("dw", "dt", "dd"):
            checks.one_of(self, name, (str,), "Write a sum of products")
        checks.whole(self, "t_epoch", 1, 63)
        check_stream(self)
        if not (self.dw or self.dt or self.dd):
            refuse("Rule", "dw", self.dw, "at least one of dw, dt, dd is needed", "Write a sum of products")
        self._series()

    def _series(self) -> dict[str, Series]:
        found = {name: parse(text) for name in ("dw", "dt", "dd") if (text := getattr(self, name))}
        if len({s.decimate for s in found.values()} - {None}) > 1:
            refuse("Rule", "dw", self.dw, "dw, dt and dd must share one u<k>", "Use the same k")
        return found

    def lower(self, dt: float) -> Plasticity:
        series = self._series()
        traces = {}
        for name in TRACES:
            impulse = getattr(self, f"{name}_impulse")
            say_rounded(f"{name}_impulse", impulse, round(impulse))
            traces[name] = Trace(steps(getattr(self, f"{name}_tau"), dt), round(impulse))
        decimate = next((s.decimate for s in series.values() if s.decimate is not None), 0)
        products = {name: s.products for name, s in series.items()}
        return Plasticity(
            dw=products.get("dw", ()), dt=products.get("dt", ()), dd=products.get("dd", ()), decimate=decimate or 0,
            x1=traces["x1"], x2=traces["x2"], y1=traces["y1"], y2=traces["y2"], y3=traces["y3"], third=self.third,
            t_epoch=self.t_epoch, seed=self.seed, stream=self.stream, reset=self.reset,
        )  # fmt: skip
