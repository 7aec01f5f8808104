"""Multi-tasking: seven readouts of one circuit, all at once, on four Poisson trains whose rates change every 30 ms.

Trains 1 and 2 share a rate that is drawn anew from 0 to 80 Hz for each segment of 30 ms; trains 3 and 4 share another. At the end of
each segment the readouts are to give, with rates in units of 80 Hz:

    f1, f2   mean rate of trains 1 and 2, and of 3 and 4, in the last 30 ms
    f3       f1 + f2 of the segment before
    f4       mean of f1 + f2 over the last 150 ms
    f5       spikes of train 1 with one of train 3 within 5 ms, in the last 20 ms
    f6       f1 f2
    f7       2 f1 - 4 f1^2 + 3/2 (f2 - 0.3)^2

Source: Maass, Natschlaeger and Markram, Computational models for generic cortical microcircuits, in Computational Neuroscience: A
Comprehensive Approach (2004), figure 2 and its text.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurolsm.program.spikes import Spikes
from neurolsm_models.maass.column import DT

PUBLISHED = (0.91, 0.92, 0.79, 0.75, 0.68, 0.87, 0.65)
SEGMENT, HIGHEST = 30e-3, 80.0  # s, Hz
SEGMENTS, FIRST = 33, 5  # 0.99 s per sample; targets need 150 ms of past
STEPS = round(SEGMENT / DT)
COINCIDENT, RECENT = round(5e-3 / DT), round(20e-3 / DT)  # steps


def draw(samples: int, seed: int) -> NDArray[np.bool_]:
    """Spikes of the four trains [B, T, 4]."""
    rng = np.random.default_rng([seed, 41])
    rate = rng.uniform(0, HIGHEST, (samples, SEGMENTS, 2)).repeat(2, axis=2).repeat(STEPS, axis=1)
    return np.asarray(rng.random(rate.shape) < rate * DT)


def targets(raster: NDArray[np.bool_]) -> NDArray[np.float64]:
    """f1 to f7 at the ends of the segments from ``FIRST`` on, [B, segments, 7]."""
    samples = len(raster)
    rate = raster.reshape(samples, SEGMENTS, STEPS, 2, 2).sum(axis=(2, 4)) / (2 * SEGMENT * HIGHEST)
    f1, f2 = rate[..., 0], rate[..., 1]
    both = f1 + f2
    before = np.pad(both, ((0, 0), (1, 0)))[:, :-1]
    past = np.cumsum(np.pad(both, ((0, 0), (5, 0))), axis=1)
    long = (past[:, 5:] - past[:, :-5]) / 5
    near = np.zeros(raster.shape[:2], bool)
    for shift in range(-COINCIDENT, COINCIDENT + 1):
        other = np.roll(raster[:, :, 2], shift, axis=1)
        if shift > 0:
            other[:, :shift] = False
        elif shift < 0:
            other[:, shift:] = False
        near |= raster[:, :, 0] & other
    coincident = near.reshape(samples, SEGMENTS, STEPS)[:, :, -RECENT:].sum(axis=2)
    nonlinear = 2 * f1 - 4 * f1**2 + 1.5 * (f2 - 0.3) ** 2
    return np.stack([f1, f2, before, long, coincident, f1 * f2, nonlinear], axis=2)[:, FIRST:]


def at_ends(states: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of states [B, T, N] those at the ends of the segments from ``FIRST`` on."""
    return states[:, STEPS - 1 :: STEPS][:, FIRST:]


def spikes(raster: NDArray[np.bool_]) -> Spikes:
    return Spikes.from_dense(raster)


def correlations(truth: NDArray[np.float64], said: NDArray[np.float64]) -> NDArray[np.float64]:
    """Correlation of target and output in each sample, mean over the samples in which both change, [7]."""
    a, b = truth - truth.mean(axis=1, keepdims=True), said - said.mean(axis=1, keepdims=True)
    norm = np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
    found = np.where(norm > 0, (a * b).sum(axis=1) / np.where(norm > 0, norm, 1), np.nan)
    return np.asarray(np.nanmean(found, axis=0))
