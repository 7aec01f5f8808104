"""Random plasticity: any program of ``generate`` made to learn, with every feature of the rules."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from neurolsm.conformance.generate import SIGN_RANGES, Case, inputs, program
from neurolsm.program import Program, Projection
from neurolsm.program.graded import Graded
from neurolsm.program.plasticity import (
    LAVA,
    NO_TARGET,
    SYNAPSE,
    TRACES,
    WIDTHS,
    Factor,
    Intrinsic,
    Modulator,
    Plasticity,
    Product,
    Trace,
)
from neurolsm.program.spikes import Spikes


def plastic_case(seed: int, *, largest: int = 60, stock: bool = False) -> Case:
    """A case for a program that learns: alive more often than not; ``stock`` leaves out what stock Lava cannot express."""
    case = Case.random(seed, largest=largest, stock=stock)
    rng = np.random.default_rng([seed, 7])
    lively = rng.random() < 0.8
    return (
        replace(case, regime="normal", drive=max(case.drive, 0.1), density=max(case.density, 0.2)) if lively else case
    )


def plastic_program(case: Case) -> Program:
    """The program of a case, some of its projections plastic, with modulators and intrinsic rules now and then."""
    base = program(case)
    rng = np.random.default_rng([case.seed, 3])
    modulated = rng.random() < 0.5
    third = (
        tuple(sorted(rng.choice(["y1", "y2", "y3"], int(rng.integers(1, 4)), replace=False).tolist()))
        if modulated
        else ()
    )
    projections = tuple(
        replace(p, plasticity=random_rule(rng, third)) if k == 0 or rng.random() < 0.6 else p
        for k, p in enumerate(base.projections)
    )
    modulators = []
    channel = 0
    for name in third:
        kind = str(rng.choice(["error", "direct", "each"]))
        start = int(rng.integers(0, base.n))
        stop = int(min(base.n, start + rng.integers(1, 12)))
        m = Modulator(
            name,
            start,
            stop,
            kind,
            channel,
            int(rng.integers(4, 14)),
            int(rng.integers(0, 12)),
        )
        channel += m.channels
        modulators.append(m)
    intrinsic: tuple[Intrinsic, ...] = ()
    if rng.random() < 0.4:
        stop = int(rng.integers(1, base.n + 1))
        intrinsic = (
            Intrinsic(
                0,
                stop,
                int(rng.integers(1, 20)),
                int(rng.integers(0, 4)),
                int(rng.integers(0, 50)),
                int(rng.integers(0, 20)),
            ),
        )
    own = np.random.default_rng(
        [case.seed, 8]
    )  # a stream of its own, so that the programs of old seeds are otherwise the same
    intrinsic = tuple(with_own_rate(own, rule) for rule in intrinsic)
    return replace(base, projections=projections, modulators=tuple(modulators), intrinsic=intrinsic)


def with_own_rate(rng: np.random.Generator, rule: Intrinsic) -> Intrinsic:
    """The rule, or in half of the cases one in which each neuron seeks its own rate, by steps whose shares drop fractions."""
    if rng.random() < 0.5:
        return rule
    bias, vth = (int(rng.choice([0, 1, 7, most // 10, most])) for most in (4095, 131071))
    low, high = sorted(int(x) for x in rng.integers(0, 4000, 2))
    return replace(
        rule, calibration=int(rng.integers(1, 5)), bias_step=bias, vth_step=vth, bias_limits=(-int(rng.integers(0, 4097)), 300),
        vth_limits=(low, high) if rng.random() < 0.5 else rule.vth_limits,
    )  # fmt: skip


def plastic_inputs(case: Case, learner: Program) -> tuple[Spikes, Graded]:
    """Spikes and graded values for a plastic case."""
    spikes = inputs(case)
    rng = np.random.default_rng([case.seed, 4])
    rows = spikes.indptr.size - 1
    chosen = np.flatnonzero(rng.random(rows) < 0.3)
    values = rng.integers(-128, 128, (chosen.size, learner.n_graded))
    values[rng.random(values.shape) < 0.1] = NO_TARGET
    return spikes, Graded.build(chosen, values, rows)


def random_rule(rng: np.random.Generator, third: tuple[str, ...] = ()) -> Plasticity:
    """Any rule that the engine can hold."""
    decimate = int(rng.integers(0, 4))
    series: dict[str, Any] = {"dw": _series(rng)} | {name: _series(rng) for name in ("dt", "dd") if rng.random() < 0.4}
    traces: dict[str, Any] = {
        name: Trace(float(rng.choice([0, 2, 10, 40, np.inf])), int(rng.integers(0, 60))) for name in TRACES
    }
    reset = tuple(name for name in TRACES if rng.random() < 0.6)
    return Plasticity(
        **series, **traces, decimate=decimate, third=third, t_epoch=int(rng.choice([1, 1, 1, 2, 5])),
        seed=int(rng.integers(1, 1000)), stream=str(rng.choice([LAVA, LAVA, SYNAPSE])), reset=reset,
    )  # fmt: skip


def _series(rng: np.random.Generator) -> tuple[Product, ...]:
    return tuple(_product(rng) for _ in range(int(rng.integers(1, 4))))


def _product(rng: np.random.Generator) -> Product:
    factors = []
    for name in rng.choice([n for n in WIDTHS], int(rng.integers(0, 3)), replace=False).tolist():
        sign = name in "wtd" and rng.random() < 0.3
        constant = int(rng.integers(-9, 10)) if name == "c" or rng.random() < 0.3 else 0
        factors.append(Factor(name, constant, bool(sign)))
    mantissa = int(rng.integers(1, 8)) * int(rng.choice([-1, 1]))
    return Product(str(rng.choice(["x0", "y0", "x0", "y0", "u"])), mantissa, int(rng.integers(-7, 1)), tuple(factors))


# ---------------------------------------------------------------------- what stock Lava can express

GATES = (Factor("w"), Factor("w", 0, True))
OWN = ("y1", "y2", "y3")


def stock_plastic_program(case: Case) -> Program:
    """The program of a case, some of its projections plastic in the ways that Lava's own processes can express.

    Without delay where they learn, and each in one of three forms: all pairs connected, with any sign and any factors; any
    pattern of mixed sign, with traces as factors; any pattern and sign, where each product of dw has the factor w or sgn(w).
    Third factors, if any, are all of y1, y2 and y3, from graded input.
    """
    base = program(replace(case, refractory=False, adaptive=False))
    rng = np.random.default_rng([case.seed, 5])
    third = OWN if rng.random() < 0.4 else ()
    projections = tuple(
        _stock_plastic(rng, p, base.n, third) if k == 0 or rng.random() < 0.6 else p
        for k, p in enumerate(base.projections)
    )
    modulators: list[Modulator] = []
    for name in third:
        start = int(rng.integers(0, base.n))
        stop = int(min(base.n, start + rng.integers(1, 12)))
        channel = modulators[-1].channel + modulators[-1].channels if modulators else 0
        modulators.append(Modulator(name, start, stop, str(rng.choice(["direct", "each"])), channel))
    return replace(base, projections=projections, modulators=tuple(modulators))


def _stock_plastic(rng: np.random.Generator, p: Projection, n: int, third: tuple[str, ...]) -> Projection:
    form = str(rng.choice(["all", "gated", "traces"] if p.sign_mode == "mixed" else ["all", "gated"]))
    rule = stock_rule(rng, third, form)
    p = replace(p, delay=np.zeros_like(p.delay), plasticity=rule)
    if form != "all":
        return p
    sources = p.indptr.size - 1
    low, high = (max(-100, SIGN_RANGES[p.sign_mode][0]), min(100, SIGN_RANGES[p.sign_mode][1]))
    weight = rng.integers(low, high + 1, sources * n) & (~1 if p.sign_mode == "mixed" else ~0)
    return replace(
        p, indptr=np.arange(sources + 1, dtype=np.int64) * n, post=np.tile(np.arange(n, dtype=np.int32), sources),
        weight=weight.astype(np.int16), delay=np.zeros(sources * n, np.uint8),
    )  # fmt: skip


def stock_rule(rng: np.random.Generator, third: tuple[str, ...], form: str) -> Plasticity:
    """A random rule in one of the forms of ``stock_plastic_program``."""
    rule = random_rule(rng, third)

    def expressible(product: Product, weight: bool) -> Product:
        allowed = (*TRACES, "x0", "y0", *(() if form == "traces" else ("w", "t", "d")))
        factors = tuple(f for f in product.factors if f.variable in allowed and (not f.sign or f.variable in "wtd"))
        if form == "gated" and weight:
            factors = (*factors[:2], GATES[int(rng.integers(0, 2))])
        return replace(product, factors=factors)

    series: dict[str, Any] = {
        name: tuple(expressible(product, name == "dw") for product in getattr(rule, name))
        for name in ("dw", "dt", "dd")
    }
    return replace(rule, stream=LAVA, **series)
