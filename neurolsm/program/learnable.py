"""What the learning parts of a Program must be before anything runs them. Compiled code trusts them."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from neurolsm.errors import refuse
from neurolsm.program.plasticity import (
    LAVA,
    MODULATORS,
    SYNAPSE,
    TRACE_MAX,
    TRACES,
    WIDTHS,
    Factor,
    Intrinsic,
    Modulator,
    Plasticity,
    Product,
    Trace,
)
from neurolsm.program.program import Program

REMEDY = "Lower the description again"
EXPONENTS = (-7, 8)
MOST_CALIBRATION = 1 << 30  # steps, so that a sum of spikes has its place in 32 bits
MOST_FACTORS = 5
SETTABLE = ("y1", "y2", "y3")  # third factors
TARGET_EXP, SHIFT = (0, 23), (0, 31)


def check_learning(program: Program) -> None:
    """Refuse rules, modulators and excitability that no lowering could have made.

    Raises:
        InvalidValue: the first that is wrong.
    """
    if not program.integer and (program.learns or program.modulators):
        refuse("Program", "arithmetic", program.arithmetic, "learning is defined in the chip's integers only", REMEDY)
    for p in program.plastic:
        if not isinstance(p.plasticity, Plasticity):
            refuse("Program", f"projections[{p.name!r}].plasticity", p.plasticity, "must be a Plasticity", REMEDY)
        check_rule("Program", f"projections[{p.name!r}].plasticity", p.plasticity)
    for k, m in enumerate(program.modulators):
        _modulator(program, f"modulators[{k}]", m)
    for k, i in enumerate(program.intrinsic):
        _intrinsic(program, f"intrinsic[{k}]", i)
    ordered = sorted((i.start, i.stop) for i in program.intrinsic)
    for one, other in pairwise(ordered):
        if other[0] < one[1]:
            limit = f"shares neurons with another rule, {one}: a neuron has one counter of spikes"
            refuse("Program", "intrinsic", other, limit, "Give each neuron one rule of intrinsic plasticity")


def check_rule(owner: str, where: str, rule: Plasticity, remedy: str = REMEDY) -> None:
    """Refuse, by the name of ``owner``, what the learning engine does not have.

    Raises:
        InvalidValue: the first that is wrong.
    """
    for name in ("dw", "dt", "dd"):
        products = getattr(rule, name)
        if not isinstance(products, tuple) or not all(isinstance(p, Product) for p in products):
            refuse(owner, f"{where}.{name}", products, "must be Products", remedy)
        for product in products:
            _product(owner, where, product, remedy)
    for name in ("third", "reset"):
        names = getattr(rule, name)
        if not isinstance(names, tuple) or not all(isinstance(n, str) for n in names):
            refuse(owner, f"{where}.{name}", names, "must be names of traces", remedy)
    _need(where + ".decimate", rule.decimate, 0, 30, owner=owner, remedy=remedy)
    _need(where + ".t_epoch", rule.t_epoch, 1, 1 << 14, owner=owner, remedy=remedy)
    _need(where + ".seed", rule.seed, 0, (1 << 31) - 1, owner=owner, remedy=remedy)
    if rule.stream not in (LAVA, SYNAPSE):
        refuse(owner, where + ".stream", rule.stream, f"must be {LAVA!r} or {SYNAPSE!r}", remedy)
    if not set(rule.third) <= set(SETTABLE) or not set(rule.reset) <= set(TRACES):
        refuse(owner, where, (rule.third, rule.reset), "names unknown traces", remedy)
    for name in TRACES:
        if not isinstance(getattr(rule, name), Trace):
            refuse(owner, f"{where}.{name}", getattr(rule, name), "must be a Trace", remedy)
        trace = rule.trace(name)
        _need(f"{where}.{name}.impulse", trace.impulse, 0, TRACE_MAX, owner=owner, remedy=remedy)
        number = isinstance(trace.tau, (int, float)) and not isinstance(trace.tau, bool)
        if not number or math.isnan(trace.tau) or trace.tau < 0:
            refuse(owner, f"{where}.{name}.tau", trace.tau, "must be at least 0 steps", remedy)


def _product(owner: str, where: str, p: Product, remedy: str) -> None:
    if not isinstance(p.factors, tuple) or not all(isinstance(f, Factor) for f in p.factors):
        refuse(owner, where, p.factors, "must be Factors", remedy)
    if p.dependency not in ("x0", "y0", "u") or len(p.factors) > MOST_FACTORS:
        refuse(owner, where, p, f"has an unknown dependency or more than {MOST_FACTORS} factors", remedy)
    _need(where + ".mantissa", p.mantissa, -8, 7, owner=owner, remedy=remedy)
    _need(where + ".exponent", p.exponent, *EXPONENTS, owner=owner, remedy=remedy)
    for f in p.factors:
        if not isinstance(f.variable, str) or f.variable not in WIDTHS or not isinstance(f.sign, bool):
            refuse(owner, where, (f.variable, f.sign), "is no variable of a rule, or no sign", remedy)
        _need(where + ".constant", f.constant, -256, 255, owner=owner, remedy=remedy)


def _modulator(program: Program, where: str, m: Modulator) -> None:
    if not isinstance(m, Modulator):
        refuse("Program", where, m, "must be a Modulator", REMEDY)
    _span(program, where, m.start, m.stop)
    if m.kind not in MODULATORS or m.trace not in SETTABLE:
        refuse("Program", where, (m.kind, m.trace), "has an unknown kind or trace", REMEDY)
    _need(where + ".channel", m.channel, 0, 1 << 20)
    _need(where + ".target_exp", m.target_exp, *TARGET_EXP)
    _need(where + ".shift", m.shift, *SHIFT)


def _intrinsic(program: Program, where: str, i: Intrinsic) -> None:
    if not isinstance(i, Intrinsic):
        refuse("Program", where, i, "must be an Intrinsic", REMEDY)
    _span(program, where, i.start, i.stop)
    _need(where + ".period", i.period, 1, 1 << 30)
    _need(where + ".target", i.target, 0, 1 << 30)
    _need(where + ".calibration", i.calibration, 0, MOST_CALIBRATION // i.period)
    for name, step, limits, (low, high) in (
        ("bias", i.bias_step, i.bias_limits, (-4096, 4095)), ("vth", i.vth_step, i.vth_limits, (0, 131071)),
    ):  # fmt: skip
        _need(f"{where}.{name}_step", step, 0, 131071)
        if not isinstance(limits, tuple):
            refuse("Program", f"{where}.{name}_limits", limits, "must be a pair", REMEDY)
        for limit in limits:
            _need(f"{where}.{name}_limits", limit, low, high)
        if len(limits) != 2 or not low <= limits[0] <= limits[1] <= high:
            refuse("Program", f"{where}.{name}_limits", limits, f"must be a range within {low}..{high}", REMEDY)


def _span(program: Program, where: str, start: int, stop: int) -> None:
    whole = all(isinstance(x, (int, np.integer)) and not isinstance(x, bool) for x in (start, stop))
    if not whole or not 0 <= start < stop <= program.n:
        refuse("Program", where, (start, stop), f"must be neurons within 0..{program.n}", REMEDY)


def _need(name: str, value: object, low: int, high: int, *, owner: str = "Program", remedy: str = REMEDY) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        refuse(owner, name, value, f"must be a whole number in {low}..{high}", remedy)
