"""Random programs and inputs that reach every corner of the semantics.

Programs are drawn on the hardware's lattice directly, not by describing and lowering a network, so that the extremes
(saturation, wrap-around, silence, one neuron, delay 62) are common instead of rare.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurolsm.program import INPUT, NEURON, Neurons, Population, Program, Projection
from neurolsm.program.spikes import Spikes

CURRENT_LIMIT = 1 << 17  # bound on the summed input of a step; above it u could leave 24 bits
SIGN_RANGES = {"excitatory": (0, 255), "inhibitory": (-255, 0), "mixed": (-256, 254)}


@dataclass(frozen=True)
class Case:
    """One random case: sizes and what it may use.

    Attributes:
        seed: draws everything that is not a field.
        n: neurons, 1..300.
        n_inputs: input channels, 1..60.
        steps: steps of each sample.
        samples: number of samples.
        max_delay: largest delay, 0..62.
        density: share of pairs that are connected.
        drive: probability of an input spike.
        regime: ``normal``, ``wrap`` (currents leave 24 bits), ``saturate`` (every neuron near always fires or v at its
            limit), or ``silent``.
        refractory, adaptive: whether neurons have a refractory period or an adaptive threshold.
    """

    seed: int = 0
    n: int = 50
    n_inputs: int = 10
    steps: int = 40
    samples: int = 2
    max_delay: int = 5
    density: float = 0.1
    drive: float = 0.1
    regime: str = "normal"
    refractory: bool = False
    adaptive: bool = False

    @staticmethod
    def random(seed: int, *, stock: bool = False, largest: int = 300) -> Case:
        """A case drawn from the whole space; ``stock`` leaves out what stock Lava cannot express."""
        rng = np.random.default_rng(seed)
        n = int(rng.choice([1, 2, 3, int(rng.integers(4, 40)), int(rng.integers(40, largest + 1))]))
        regime = str(rng.choice(["normal", "wrap", "saturate", "silent"], p=[0.5, 0.25, 0.15, 0.1]))
        strong = regime == "wrap"  # reached only where many strong synapses are active
        return Case(
            seed=seed,
            n=n,
            n_inputs=int(rng.integers(1, 61)),
            steps=int(rng.integers(1, 81)),
            samples=int(rng.integers(1, 4)),
            max_delay=int(rng.choice([0, 0, int(rng.integers(1, 8)), int(rng.integers(1, 63)), 62])),
            density=float(rng.choice([0.5, 1.0] if strong else [0.0, 0.05, 0.2, 1.0])),
            drive=float(rng.choice([0.2, 0.5, 1.0] if strong else [0.0, 0.02, 0.1, 0.5, 1.0])),
            regime=regime,
            refractory=bool(rng.random() < 0.5) and not stock,
            adaptive=bool(rng.random() < 0.3) and not stock,
        )


def program(case: Case) -> Program:
    """The program of a case."""
    rng = np.random.default_rng([case.seed, 1])
    n, wrap = case.n, case.regime == "wrap"
    shape = rng.integers(0, 2)  # constants per population or per neuron

    def constant(low: int, high: int) -> NDArray[np.int32]:
        values = rng.integers(low, high, n) if shape else np.full(n, rng.integers(low, high))
        return values.astype(np.int32)

    vth = {
        "normal": constant(2, int(rng.choice([30, 300, 3000]))),
        "wrap": constant(20000, 131072),
        "saturate": constant(0, 50),
        "silent": np.full(n, 131071, np.int32),
    }[case.regime]
    mant = {
        "normal": rng.integers(0, 100, n),
        "wrap": rng.integers(-4096, 4096, n),
        "saturate": rng.integers(-100, 4096, n),
        "silent": rng.integers(-4096, 1, n),
    }[case.regime].astype(np.int32)
    neurons = Neurons(
        du=constant(0, 8 if wrap else 4096),
        dv=constant(0, 4097 if case.regime == "normal" else 300),
        vth=vth,
        bias_mant=mant,
        bias_exp=rng.integers(0, 8 if case.regime in ("wrap", "saturate") else 3, n).astype(np.int32),
        refractory=rng.integers(0, 64 if rng.random() < 0.2 else 5, n).astype(np.int32) * case.refractory,
        theta_step=rng.integers(0, 1 << int(rng.integers(8, 23)), n).astype(np.int32) * case.adaptive,
        theta_decay=constant(0, 4097),
    )
    signs = {"excitatory", "inhibitory"} if rng.random() < 0.5 else {"mixed"}
    projections = [
        _projection(rng, case, f"net/{source}/{sign}", source, sign, wrap)
        for source in (INPUT, NEURON)
        for sign in sorted(signs)
    ]
    return Program(
        "loihi2",
        "loihi",
        1e-3,
        case.seed,
        case.n_inputs,
        (Population("net", 0, n),),
        neurons,
        tuple(_bounded(projections, n)),
    )


def inputs(case: Case) -> Spikes:
    """Random input spikes of a case; samples differ in length now and then."""
    rng = np.random.default_rng([case.seed, 2])
    ragged = rng.random() < 0.3
    lengths = [int(rng.integers(1, case.steps + 1)) if ragged else case.steps for _ in range(case.samples)]
    return Spikes.from_list([rng.random((steps, case.n_inputs)) < case.drive for steps in lengths])


def _projection(rng: np.random.Generator, case: Case, name: str, source: str, sign: str, strong: bool) -> Projection:
    sources = case.n_inputs if source == INPUT else case.n
    density = max(case.density, 0.3) if source == INPUT else case.density
    pre, post = np.nonzero(rng.random((sources, case.n)) < density)
    low, high = SIGN_RANGES[sign]
    if not strong:
        low, high = max(low, -100), min(high, 100)
    weight = rng.integers(low, high + 1, pre.size)
    if sign == "mixed":
        weight &= ~1
    keep = weight != 0
    pre, post, weight = pre[keep], post[keep], weight[keep]
    delay = rng.integers(0, case.max_delay + 1, pre.size)
    if delay.size and case.max_delay:
        delay[0] = case.max_delay
    indptr = np.concatenate([[0], np.cumsum(np.bincount(pre, minlength=sources))])
    return Projection(
        name,
        source,
        sign,
        int(rng.integers(0, 7 if strong else 3)),
        indptr.astype(np.int64),
        post.astype(np.int32),
        weight.astype(np.int16),
        delay.astype(np.uint8),
    )


def _bounded(projections: list[Projection], n: int) -> list[Projection]:
    """Lower the weight exponents until no neuron can receive CURRENT_LIMIT or more in one step; then drop synapses."""
    from dataclasses import replace

    while True:
        load = np.zeros(n, np.int64)
        for p in projections:
            np.add.at(load, p.post, np.abs(p.effective))
        if load.max(initial=0) < CURRENT_LIMIT:
            return projections
        widest = max(range(len(projections)), key=lambda k: int(np.abs(projections[k].effective).sum()))
        p = projections[widest]
        if p.weight_exp:
            projections[widest] = replace(p, weight_exp=p.weight_exp - 1)
        else:
            keep = np.arange(p.size) % 2 == 0
            pre = p.pre[keep]
            indptr = np.concatenate([[0], np.cumsum(np.bincount(pre, minlength=p.indptr.size - 1))]).astype(np.int64)
            projections[widest] = replace(
                p, indptr=indptr, post=p.post[keep], weight=p.weight[keep], delay=p.delay[keep]
            )
