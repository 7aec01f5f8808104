"""The one workload that the emulator, the plain kernel and every peer are timed on.

1,000 neurons with 50 recurrent synapses each and delays of 0 to 5 steps, a fifth of them inhibitory and four times as strong;
300 inputs with 30 synapses each that fire with probability 0.02; 100 steps per sample. About 5 % of the neurons fire in a step,
which makes about 255,000 synaptic events per sample.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.learn.rules import STDP
from neurolsm.program import INPUT, NEURON, Neurons, Population, Program, Projection
from neurolsm.program.spikes import Spikes

N, INPUTS, FAN_OUT, STEPS, MAX_DELAY, RATE = 1000, 300, 50, 100, 5, 0.02
DU, DV, VTH = 409, 200, 3000
RULE = STDP(a_plus=0.5, a_minus=0.5)


def program(
    n: int = N, fan_out: int = FAN_OUT, inputs: int = INPUTS, max_delay: int = MAX_DELAY, seed: int = 3
) -> Program:
    """The network; each input reaches 3 % of the neurons."""
    rng = np.random.default_rng(seed)
    inhibitory = rng.random(n) < 0.2
    strength = rng.integers(6, 40, (n, fan_out)) * 0.6
    recurrent = (np.where(inhibitory[:, None], -4 * strength, strength).astype(np.int64) // 2 * 2).clip(-256, 254)
    feed = rng.integers(40, 250, (inputs, max(1, int(0.03 * n)))) // 2 * 2
    constant = lambda value: np.full(n, value, np.int32)  # noqa: E731
    neurons = Neurons(
        du=constant(DU), dv=constant(DV), vth=constant(VTH), bias_mant=(rng.integers(0, 40, n) * 4).astype(np.int32),
        bias_exp=constant(0), refractory=constant(0), theta_step=constant(0), theta_decay=constant(0),
    )  # fmt: skip
    projections = (
        _projection("recurrent", NEURON, n, recurrent, rng.integers(0, max_delay + 1, recurrent.shape), rng),
        _projection("feed", INPUT, n, feed, np.zeros(feed.shape), rng),
    )
    return Program("loihi2", "loihi", 1e-3, seed, inputs, (Population("liquid", 0, n),), neurons, projections)


def _projection(
    name: str, source: str, n: int, weight: NDArray[Any], delay: NDArray[Any], rng: np.random.Generator
) -> Projection:
    sources, fan_out = weight.shape
    post = np.concatenate([np.sort(rng.choice(n, fan_out, replace=False)) for _ in range(sources)])
    indptr = np.arange(sources + 1, dtype=np.int64) * fan_out
    return Projection(
        name, source, "mixed", 0, indptr, post.astype(np.int32), weight.ravel().astype(np.int16),
        delay.ravel().astype(np.uint8),
    )  # fmt: skip


def plastic(static: Program) -> Program:
    """The same network with pair STDP on every recurrent synapse."""
    recurrent, feed = static.projections
    return replace(static, projections=(replace(recurrent, plasticity=RULE.lower(static.dt)), feed))


def inputs(samples: int, steps: int = STEPS, channels: int = INPUTS, rate: float = RATE, seed: int = 7) -> Spikes:
    """Independent random spikes."""
    rng = np.random.default_rng(seed)
    return Spikes.concatenate([Spikes.from_dense(rng.random((1, steps, channels)) < rate) for _ in range(samples)])
