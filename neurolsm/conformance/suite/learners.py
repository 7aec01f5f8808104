"""A small program that learns as plainly as can be, and the features that a backend may lack, added one at a time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from neurolsm.learn.language import parse
from neurolsm.program import INPUT, Neurons, Population, Program, Projection
from neurolsm.program.graded import Graded
from neurolsm.program.plasticity import SYNAPSE, Factor, Intrinsic, Modulator, Plasticity, Trace
from neurolsm.program.spikes import Spikes

SOURCES, N, STEPS = 4, 3, 30
RULE = Plasticity(dw=parse("2^-1*x1*y0 - 2^-2*y1*x0").products, x1=Trace(10.0, 16), y1=Trace(10.0, 16))


def learner_with(feature: str = "") -> tuple[Program, Spikes, Graded]:
    """Pair STDP between all inputs and all neurons, without delay; with one feature of ``subject.FEATURES`` added."""
    rule, delay = RULE, 0
    modulators: tuple[Modulator, ...] = ()
    intrinsic: tuple[Intrinsic, ...] = ()
    keep = np.ones(SOURCES * N, bool)
    if feature == "learning/delay":
        delay = 2
    elif feature == "learning/intrinsic":
        intrinsic = (Intrinsic(0, N, 5, 1, 3),)
    elif feature == "learning/stream":
        rule = replace(rule, stream=SYNAPSE)
    elif feature == "learning/error":
        rule = replace(rule, dw=parse("2^-3*u0*x1*y2").products, third=("y2",), y1=Trace())
        modulators = (Modulator("y2", 0, N, "error", 0, 6, 4),)
    elif feature == "learning/both":
        rule = replace(rule, dw=(*rule.dw, *parse("2^-3*u0*x1*y2").products), third=("y2",))
        modulators = (Modulator("y2", 0, N),)
    elif feature == "learning/pattern":
        keep[::5] = False
    elif feature == "learning/constant":
        rule = replace(rule, dw=tuple(replace(p, factors=(*p.factors, Factor("c", 2))) for p in rule.dw))
    pre, post = np.divmod(np.arange(SOURCES * N)[keep], N)
    synapses = Projection(
        "net/input", INPUT, "excitatory", 0, np.concatenate([[0], np.cumsum(np.bincount(pre, minlength=SOURCES))]),
        post.astype(np.int32), np.full(pre.size, 100, np.int16), np.full(pre.size, delay, np.uint8), rule,
    )  # fmt: skip
    constants = {"du": 1000, "dv": 500, "vth": 300, "bias_mant": 0, "bias_exp": 0}
    neurons = Neurons(
        **{name: np.full(N, constants.get(name, 0), np.int32) for name in Neurons.__dataclass_fields__}
    )  # fmt: skip
    program = Program(
        "loihi2", "loihi", 1e-3, 0, SOURCES, (Population("net", 0, N),), neurons, (synapses,), modulators, intrinsic
    )
    rng = np.random.default_rng(0)
    spikes = Spikes.from_list([rng.random((STEPS, SOURCES)) < 0.3 for _ in range(2)])
    rows = np.flatnonzero(rng.random(2 * STEPS) < 0.5)
    graded = Graded.build(rows, rng.integers(-100, 100, (rows.size, program.n_graded)), 2 * STEPS)
    return program, spikes, graded
