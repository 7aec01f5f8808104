"""The random streams of stochastic rounding, with random access, so that a run can go on anywhere from its clock alone.

``lava``: Lava draws one number per step for all synapses from PCG64 generators: traces of the source from ``seed``, traces of
the target from ``seed + 2`` (two draws per step, the second is used), weights from seed 2 (one draw per epoch). The generator's
``advance`` reaches any draw directly.

``synapse``: one 32-bit number for each seed, clock and index, all modulo 2^32:

    x = (seed * 0x9E3779B1 + clock * 0x85EBCA77) ^ (index * 0xC2B2AE3D)
    x = (x ^ (x >> 15)) * 0x2C1B3C6D;   x = (x ^ (x >> 12)) * 0x297A2D39;   x = x ^ (x >> 15)

with index 8 s for the weight and the tags of synapse s, and 8 j + 1, .. 8 j + 5 for x1, x2, y1, y2, y3 of neuron or channel j. A
trace rounds up if x / 2^32 is less than the fraction that was cut off, a weight if its accumulator modulo 128 is at least
(x >> 25) + 1. ``clock`` is the learning step, 1 for the first, all its epochs' steps counted.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from neurolsm.program.plasticity import LAVA, TRACES, Plasticity

WEIGHT_SEED = 2  # fixed in lava/magma/core/learning/random.py, whatever the rule's seed
BLOCK = 4096  # draws


def uniform(seed: int, first: int, count: int) -> NDArray[np.float64]:
    """Draws number first .. first + count - 1 of ``default_rng(seed).random``, which nobody may change."""
    block, at = divmod(first, BLOCK)
    if at + count <= BLOCK:
        return _block(seed, block)[at : at + count]
    return _draw(seed, first, count)


@lru_cache(maxsize=64)
def _block(seed: int, number: int) -> NDArray[np.float64]:
    """Kept for the steps that follow: to begin a generator takes longer than to draw."""
    drawn = _draw(seed, number * BLOCK, BLOCK)
    drawn.flags.writeable = False
    return drawn


def _draw(seed: int, first: int, count: int) -> NDArray[np.float64]:
    bits = np.random.PCG64(seed)
    bits.advance(first)
    return np.random.Generator(bits).random(count)


def trace_draws(rule: Plasticity, clock: int, count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Numbers for the decay of x and of y traces in steps clock + 1 .. clock + count (``lava`` stream)."""
    x, y = (uniform(seed, 2 * (clock + 1), 2 * count)[::2] for seed in (rule.seed, rule.seed + 2))
    return x, y


def round_up_at(rule: Plasticity, clock: int, count: int) -> NDArray[np.int64]:
    """For each of these steps: a weight rounds up when its accumulator modulo 128 reaches this (``lava`` stream)."""
    epochs = np.arange(clock + 1, clock + count + 1) // rule.t_epoch
    first = int(epochs[0]) if count else 0
    draws = uniform(WEIGHT_SEED, first, int(epochs[-1]) - first + 1 if count else 0)
    return np.floor(128 * draws[epochs - first]).astype(np.int64) + 1


def mix(seed: int, clock: int, index: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """A 32-bit number for each index (``synapse`` stream): multiply, xor, shift."""
    x = np.uint32((seed * 0x9E3779B1 + clock * 0x85EBCA77) & 0xFFFFFFFF) ^ (index * np.uint32(0xC2B2AE3D))
    x = (x ^ (x >> np.uint32(15))) * np.uint32(0x2C1B3C6D)
    x = (x ^ (x >> np.uint32(12))) * np.uint32(0x297A2D39)
    return x ^ (x >> np.uint32(15))


def trace_numbers(rule: Plasticity, name: str, clock: int, size: int) -> NDArray[np.float64]:
    """A number in [0, 1) for each neuron and the trace ``name`` at step ``clock`` (1-based), by the rule's stream."""
    if rule.stream == LAVA:
        x, y = trace_draws(rule, clock - 1, 1)
        return np.broadcast_to(x if name[0] == "x" else y, (size,))
    index = np.arange(size, dtype=np.uint32) * np.uint32(8) + np.uint32(1 + TRACES.index(name))
    return mix(rule.seed, clock, index) / 2.0**32


def weight_thresholds(rule: Plasticity, clock: int, size: int) -> NDArray[np.int64]:
    """For each synapse, the accumulator modulo 128 at which it rounds up at step ``clock`` (1-based)."""
    if rule.stream == LAVA:
        return np.broadcast_to(round_up_at(rule, clock - 1, 1), (size,))
    return (mix(rule.seed, clock, np.arange(size, dtype=np.uint32) * np.uint32(8)) >> np.uint32(25)).astype(
        np.int64
    ) + 1
