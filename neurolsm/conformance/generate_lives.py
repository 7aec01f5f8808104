"""Random lives: what a deployment does to a program, in an order that nobody would think of.

A deployed readout differs from a random network in ways that fast paths are made for, and may be wrong about: few targets with a
third factor, many more sources than spikes, samples of darkness, lessons in few steps for few targets, epochs longer than a
sample, several modulators on one trace, samples that carry on and samples that do not, learning switched off and on, runs cut in the
middle of a sample, states handed from one simulator to another or set from outside.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.conformance.generate_plastic import random_rule, with_own_rate
from neurolsm.program import INPUT, NEURON, Neurons, Population, Program, Projection
from neurolsm.program.currents import HARMLESS
from neurolsm.program.decay import WEIGHT_RANGE
from neurolsm.program.graded import Graded
from neurolsm.program.plasticity import (
    NO_TARGET,
    TRACES,
    Factor,
    Intrinsic,
    Modulator,
    Plasticity,
    Product,
    Trace,
)
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State

THIRD = ("y1", "y2", "y3")


@dataclass(frozen=True, eq=False)
class Episode:
    """One call of ``run``, and what happens before it.

    Attributes:
        spikes, graded, learn, carry: as ``Simulator.run`` takes them.
        cut: row at which the one sample is cut and run as two, carried on; 0 for none.
        handed: ``over``: the simulator takes the reference's state; ``back``: the reference takes the simulator's; ``outside``: both
            take the state that ``disturbed`` makes of the reference's; ``kept``: each goes on from its own.
    """

    spikes: Spikes
    graded: Graded
    learn: bool
    carry: bool
    cut: int
    handed: str


@dataclass(frozen=True, eq=False)
class Life:
    """A program, and what happens to it."""

    seed: int
    program: Program
    episodes: tuple[Episode, ...]


def life(seed: int) -> Life:
    """The life of a seed."""
    rng = np.random.default_rng([seed, 11])
    program, own = deployed(rng), np.random.default_rng([seed, 13])  # apart, so that old seeds are otherwise the same
    program = replace(program, intrinsic=tuple(with_own_rate(own, rule) for rule in program.intrinsic))
    return Life(seed, program, tuple(_episode(rng, program) for _ in range(int(rng.integers(3, 7)))))


# ---------------------------------------------------------------------- the program


def deployed(rng: np.random.Generator) -> Program:
    """Inputs, a liquid and few readout neurons behind it, which learn."""
    inputs, liquid, readout = (int(rng.integers(low, high)) for low, high in ((1, 300), (1, 150), (1, 24)))
    n = liquid + readout

    def constants(low: int, high: int) -> NDArray[np.int32]:
        return rng.integers(low, high, n).astype(np.int32)

    quiet = int(rng.choice([60, 400, 4000]))
    neurons = Neurons(
        du=constants(0, 4096), dv=constants(0, 4097), vth=constants(1, quiet), bias_mant=constants(-2, 3),
        bias_exp=constants(0, 3), refractory=constants(0, 4) * (rng.random() < 0.3),
        theta_step=constants(0, 4000) * (rng.random() < 0.3), theta_decay=constants(0, 4097),
    )  # fmt: skip
    neurons = replace(
        neurons, refractory=neurons.refractory.astype(np.int32), theta_step=neurons.theta_step.astype(np.int32)
    )
    third = tuple(sorted(rng.choice(THIRD, int(rng.integers(1, 3)), replace=False).tolist()))
    modulators = _modulators(rng, third, liquid, n) if rng.random() < 0.85 else ()
    heard = INPUT if rng.random() < 0.6 else NEURON
    sources = inputs if heard == INPUT else n
    projections = [
        _connect(rng, "net/in", INPUT, inputs, 0, liquid, n, 0.2),
        _connect(rng, "net/readout", heard, sources, liquid, n, n, float(rng.choice([0.3, 1.0]))),
    ]
    projections[1] = replace(projections[1], plasticity=lesson_rule(rng, third))
    if rng.random() < 0.5:
        recurrent = _connect(rng, "net/liquid", NEURON, n, 0, liquid, n, 0.1)
        ruled = rng.random() < 0.6
        projections.append(replace(recurrent, plasticity=lesson_rule(rng, third)) if ruled else recurrent)
    return Program(
        "loihi2", "loihi", 1e-3, 0, inputs, (Population("net", 0, n),), neurons, tuple(projections), modulators,
        _intrinsic(rng, n),
    )  # fmt: skip


def _connect(
    rng: np.random.Generator, name: str, source: str, sources: int, first: int, last: int, n: int, density: float
) -> Projection:
    sign = str(rng.choice(["excitatory", "inhibitory", "mixed"], p=[0.5, 0.15, 0.35]))
    pre, post = np.nonzero(rng.random((sources, last - first)) < density)
    low, high = (max(-90, WEIGHT_RANGE[sign][0]), min(90, WEIGHT_RANGE[sign][1]))
    weight = rng.integers(low, high + 1, pre.size) & (~1 if sign == "mixed" else ~0)
    delay = rng.integers(0, int(rng.choice([1, 1, 4, 20])), pre.size)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(pre, minlength=sources))]).astype(np.int64)
    exponent = int(rng.integers(0, 5))
    while exponent and (sources * 256 << exponent) > HARMLESS // 4:
        exponent -= 1  # four projections at most reach a neuron, and all their weights may grow
    return Projection(
        name, source, sign, exponent, indptr, (post + first).astype(np.int32), weight.astype(np.int16),
        delay.astype(np.uint8),
    )  # fmt: skip


def lesson_rule(rng: np.random.Generator, third: tuple[str, ...]) -> Plasticity:
    """A rule as readouts and rewarded liquids have them, or any other."""
    kind = rng.choice(["delta", "reward", "pairs", "any"], p=[0.45, 0.2, 0.15, 0.2])
    seed, exponent = int(rng.integers(1, 1000)), int(rng.integers(-5, 1))
    reset = {0: TRACES, 1: (), 2: tuple(t for t in TRACES if rng.random() < 0.5)}[int(rng.choice([0, 0, 1, 2]))]
    epoch = int(rng.choice([1, 1, 1, 2, 3, 7, 40]))
    x1, y1, y3 = (Trace(float(rng.choice([0, 5, 60, np.inf])), int(rng.integers(1, 128))) for _ in range(3))
    spoken, decimate = third[int(rng.integers(len(third)))], int(rng.choice([0, 0, 0, 1]))
    common: dict[str, Any] = dict(
        seed=seed, reset=reset, t_epoch=epoch, decimate=decimate, stream=str(rng.choice(["lava", "lava", "synapse"]))
    )
    if kind == "delta":
        taught: tuple[Product, ...] = (
            Product("u", int(rng.choice([-2, 1, 3])), exponent, (Factor("x1"), Factor(spoken))),
        )
        if rng.random() < 0.4:
            more = (Factor("x2", int(rng.integers(0, 2))), Factor(third[0], int(rng.integers(0, 2))))
            taught = (*taught, Product(str(rng.choice(["u", "u", "x0", "y0"])), 1, exponent, more))
        return Plasticity(dw=taught, third=third, x1=x1, x2=Trace(3.0, 20), y1=y1, y3=y3, **common)
    if kind == "reward":
        own = next(name for name in THIRD if name not in third)
        tag: tuple[Product, ...] = (
            Product("y0", 1, exponent, (Factor("x1"),)),
            Product("x0", -1, exponent, (Factor(own),)),
            Product("u", -1, -3, (Factor("t"),)),
        )
        paid = (Product("u", 1, exponent, (Factor("t"), Factor(spoken))),)
        tag = tag[: int(rng.integers(1, 4))]
        return Plasticity(dw=paid, dt=tag, third=third, x1=x1, y1=y1, y2=y1, y3=y3, **common)
    if kind == "pairs":
        pair = (Product("x0", -1, exponent, (Factor("y1"),)), Product("y0", 1, exponent, (Factor("x1"),)))
        common |= {"stream": "lava", "t_epoch": 1 if rng.random() < 0.7 else epoch}
        return Plasticity(dw=pair, x1=x1, y1=y1, **common)
    return replace(random_rule(rng, third), t_epoch=epoch, reset=reset)


def _modulators(rng: np.random.Generator, third: tuple[str, ...], liquid: int, n: int) -> tuple[Modulator, ...]:
    """One or several for each third factor, over parts of the readout or of everything, which may overlap."""
    found: list[Modulator] = []
    for name in third:
        for _ in range(int(rng.choice([1, 1, 2, 3]))):
            low = liquid if rng.random() < 0.7 else 0
            start = int(rng.integers(low, n)) if rng.random() < 0.5 else low
            stop = int(rng.integers(start + 1, n + 1)) if rng.random() < 0.5 else n
            channel = found[-1].channel + found[-1].channels if found and rng.random() < 0.9 else 0
            kind = str(rng.choice(["error", "each", "direct"]))
            found.append(
                Modulator(name, start, stop, kind, channel, int(rng.integers(3, 12)), int(rng.integers(0, 10)))
            )
    return tuple(found)


def _intrinsic(rng: np.random.Generator, n: int) -> tuple[Intrinsic, ...]:
    if rng.random() < 0.6:
        return ()
    edge = int(rng.integers(0, n))
    first = Intrinsic(
        edge, n, int(rng.integers(1, 30)), int(rng.integers(0, 4)), int(rng.integers(0, 50)), int(rng.integers(0, 20))
    )
    return (
        (first,) if rng.random() < 0.5 or not edge else (replace(first, start=0, stop=edge, period=7, target=1), first)
    )


# ---------------------------------------------------------------------- what happens to it


def _episode(rng: np.random.Generator, program: Program) -> Episode:
    alone = rng.random() < 0.3
    samples = 1 if alone else int(rng.integers(0, 6))
    steps = rng.choice([0, 1, 2, 5, 13, 30, 110], samples, p=[0.1, 0.1, 0.15, 0.2, 0.25, 0.17, 0.03])
    spikes = Spikes.from_list(
        [_sample(rng, int(t), program.n_inputs) for t in steps] or [np.zeros((0, program.n_inputs))]
    )
    spikes = spikes[: len(steps)]
    cut = int(rng.integers(0, steps[0] + 1)) if alone else 0
    handed = str(rng.choice(["kept", "over", "back", "outside"], p=[0.55, 0.15, 0.15, 0.15]))
    return Episode(
        spikes, _lessons(rng, spikes, program), bool(rng.random() < 0.8), bool(rng.random() < 0.4), cut, handed
    )


def _sample(rng: np.random.Generator, steps: int, channels: int) -> NDArray[np.bool_]:
    """Darkness, a few channels that fire now and then, or a crowd."""
    kind = rng.choice(["dark", "few", "crowd"], p=[0.4, 0.4, 0.2])
    if kind == "dark":
        return np.zeros((steps, channels), bool)
    active = rng.random(channels) < (1.0 if kind == "crowd" else 3 / channels)
    return (rng.random((steps, channels)) < 0.3) & active


def _lessons(rng: np.random.Generator, spikes: Spikes, program: Program) -> Graded:
    """In few steps, often the last of a sample, to few targets."""
    rows = int(spikes.steps.sum())
    ends = spikes.offsets[1:][spikes.steps > 0] - 1
    chosen = np.union1d(
        ends[rng.random(ends.size) < 0.7], np.flatnonzero(rng.random(rows) < rng.choice([0.0, 0.05, 0.3]))
    )
    values = rng.integers(-128, 128, (chosen.size, program.n_graded))
    values[rng.random(values.shape) < rng.choice([0.2, 0.8, 0.95])] = 0
    values[rng.random(values.shape) < 0.05] = NO_TARGET
    return Graded.build(chosen.astype(np.int64), values, rows)


def disturbed(state: State, program: Program, seed: int) -> State:
    """Another state that a run of ``program`` could be in at the same clock: other weights, traces, spike times, voltages."""
    rng = np.random.default_rng([seed, 12])
    changed = state.copy()
    changed.u[:] = rng.integers(-5000, 5000, changed.u.size)
    changed.v[:] = np.minimum(rng.integers(-5000, 5000, changed.v.size), changed.vth.astype(np.int64) << 6)
    own = np.random.default_rng([seed, 14])
    for excitability in program.intrinsic:
        here = slice(excitability.start, excitability.stop)
        size, period = excitability.stop - excitability.start, excitability.period
        changed.calibrated[here] = own.integers(0, excitability.calibration + 1, size)
        changed.own[here] = own.integers(0, changed.calibrated[here] * period + 1)
        changed.count[here] = own.integers(0, state.clock % period + 1, size)
    for projection, memory in zip(program.plastic, changed.plastic, strict=True):
        rule = projection.plasticity
        assert rule is not None
        low, high = WEIGHT_RANGE[projection.sign_mode]
        some = rng.random(projection.size) < 0.5
        memory.weight[some] = rng.integers(low, high + 1, projection.size)[some]
        if rule.dt:
            memory.tag1[:] = rng.integers(-257, 256, projection.size) * (rng.random(projection.size) < 0.2)
        for name in TRACES:
            values = getattr(memory, name)
            if rule.trace(name).impulse:
                values[:] = rng.integers(0, 128, values.size) * (rng.random(values.size) < 0.3)
            elif name in rule.third:
                values[:] = rng.integers(-128, 128, values.size)
        for times in (memory.tx, memory.ty):
            times[:] = rng.integers(0, state.clock % rule.t_epoch + 1, times.size)
    return changed
