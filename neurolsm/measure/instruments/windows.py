"""What a pair of spikes does to a synapse: measured on the emulator, and by the formula of the rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.describe import checks
from neurolsm.errors import refuse
from neurolsm.learn.rules import STDP, RewardSTDP, Rule, TripletSTDP
from neurolsm.measure.instruments.synapses import bench, present

COPIES = 200  # synapses a gap, each with its own rounding
GAPS = 61
PAIRS = 8  # where the rate matters
TRIPLET_RATE = 10.0  # pairs per second
SHORTEST, LONGEST = 10, 200  # largest gap, steps
Times = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Window:
    """Change by a pair of spikes over the time between them.

    Attributes:
        gap: time of the target's spike after the source's, seconds [G].
        measured: mean change a pair, in weight steps (or steps of the tag) [G].
        error: standard error of that mean [G].
        formula: the same by the rule's formula [G]; None for a rule in free form.
        what: ``weight`` or ``tag``.
        rate: pairs per second; 0 for one pair alone.
    """

    gap: Times
    measured: Times
    error: Times
    formula: Times | None
    what: str
    rate: float


def window(rule: Any, *, rate: float | None = None, weight: int = 128, dt: float = 1e-3) -> Window:
    """Measure a rule of pairs of spikes: ``STDP``, ``TripletSTDP``, ``RewardSTDP`` (its tag, before it fades) or ``Rule``.

    Args:
        rule: the description.
        rate: pairs per second, 8 of them; 0 for one pair alone; None for 10 where the rule depends on it (``TripletSTDP``),
            else one pair alone.
        weight: of the synapse before, 0..255.
        dt: seconds per step.

    Raises:
        InvalidValue: a rule that pairs of spikes alone do not move, or a number outside its range.
    """
    if type(rule) not in FORMULAS:
        known = ", ".join(kind.__name__ for kind in FORMULAS)
        refuse("window", "rule", rule, f"is not moved by pairs of spikes alone; those are {known}", "See fixed_point")
    weight = checks.argument("window", "weight", weight, 0, 255, "Take 128", whole=True)
    dt = checks.argument("window", "dt", dt, 1e-6, 1.0, "Give seconds, such as 1e-3")
    if rate is None:
        rate = TRIPLET_RATE if isinstance(rule, TripletSTDP) else 0.0
    rate = float(
        checks.argument("window", "rate", rate, 0, 1 / (4 * SHORTEST * dt), "Give pairs per second, such as 10")
    )
    if isinstance(rule, RewardSTDP):
        rule = replace(rule, tau_eligibility=np.inf)
    lowered = rule.lower(dt)
    period, pairs = (round(1 / (rate * dt)), PAIRS) if rate else (2 * LONGEST, 1)
    reach = 3 * max(lowered.x1.tau, lowered.y1.tau)
    span = int(min(max(reach, SHORTEST), LONGEST, period // 2))
    gaps = np.unique(np.linspace(-span, span, GAPS).round().astype(int))
    start = span + 1 + period * np.arange(pairs)
    pre, post = start - np.minimum(gaps, 0)[:, None], start + np.maximum(gaps, 0)[:, None]  # [G, pairs], steps

    steps = int(max(pre.max(), post.max())) + lowered.t_epoch * (1 << lowered.decimate) + 1
    program = bench(lowered, gaps.size * COPIES, "excitatory", dt)
    rasters = (np.repeat(_raster(times, steps), COPIES, axis=1) for times in (pre, post))
    (end,) = present(program, np.full(gaps.size * COPIES, weight), 1, *rasters)
    tagged = isinstance(rule, RewardSTDP)
    change = (end.tag1 if tagged else end.weight - weight).astype(float).reshape(gaps.size, COPIES) / pairs
    formula = FORMULAS[type(rule)]
    exact = formula and np.array(
        [formula(rule, weight, a * dt, b * dt) / pairs for a, b in zip(pre, post, strict=True)]
    )
    error = change.std(axis=1, ddof=1) / np.sqrt(COPIES)
    return Window(gaps * dt, change.mean(axis=1), error, exact, "tag" if tagged else "weight", rate)


def _raster(times: NDArray[np.int64], steps: int) -> NDArray[np.bool_]:
    """[steps, G] from the steps of the spikes [G, pairs]."""
    raster = np.zeros((steps, len(times)), bool)
    raster[times.T, np.arange(len(times))] = True
    return raster


# ---------------------------------------------------------------------- formulas, as in the docstrings of the rules


@np.errstate(under="ignore")  # what is left of an old spike may be 0
def _trace(at: Times, spikes: Times, tau: float, *, own: bool = True) -> Times:
    """Sum of exp(-s / tau) over the spikes s ago, a simultaneous one among them if ``own``, at each of the times ``at``."""
    ago = at[:, None] - spikes
    heard = ago >= 0 if own else ago > 0
    return np.where(heard, np.exp(-np.maximum(ago, 0) / tau), 0).sum(axis=1)


def _pairs(rule: STDP | RewardSTDP, weight: int, pre: Times, post: Times) -> float:
    up = rule.a_plus * _trace(post, pre, rule.tau_plus).sum()
    down = rule.a_minus * _trace(pre, post, rule.tau_minus).sum()
    if getattr(rule, "multiplicative", False):
        up, down = up * (255 - weight) / 255, down * weight / 255
    return float(up - down)


def _triplets(rule: TripletSTDP, weight: int, pre: Times, post: Times) -> float:
    up = _trace(post, pre, rule.tau_plus) * (rule.a2_plus + rule.a3_plus * _trace(post, post, rule.tau_y, own=False))
    down = _trace(pre, post, rule.tau_minus) * (rule.a2_minus + rule.a3_minus * _trace(pre, pre, rule.tau_x, own=False))
    return float(up.sum() - down.sum())


FORMULAS: dict[type, Callable[[Any, int, Times, Times], float] | None] = {
    STDP: _pairs, RewardSTDP: _pairs, TripletSTDP: _triplets, Rule: None,
}  # fmt: skip
