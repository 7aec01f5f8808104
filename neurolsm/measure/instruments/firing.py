"""Firing statistics: who fires, how often, how regularly and how much together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurolsm.program.spikes import Spikes


@dataclass(frozen=True)
class Firing:
    """Statistics of a population.

    Attributes:
        rate: mean spikes per neuron and step.
        rate_sd: standard deviation of the rate over the neurons.
        silent: share of the neurons that never fire.
        saturated: share that fire in more than half of the steps.
        cv: coefficient of variation of the intervals between spikes, mean over neurons with at least three intervals;
            0 for a clock, 1 for a Poisson process. 0 where no neuron has three.
        synchrony: variance of the mean activity over the mean variance of a neuron, times N; 1 for independent neurons, N
            where all fire together. 0 where nothing fires.
    """

    rate: float
    rate_sd: float
    silent: float
    saturated: float
    cv: float
    synchrony: float


def firing(spikes: Spikes) -> Firing:
    """Statistics over all steps of all samples; intervals do not reach from one sample into the next.

    Source: Gerstner, Kistler, Naud and Paninski, Neuronal Dynamics (2014), section 7.3, for the interval statistics; Golomb
    and Rinzel, Physica D 72 (1994), for the synchrony, here times N.
    """
    rows, n = int(spikes.steps.sum()), spikes.units
    counts = np.bincount(spikes.unit, minlength=n)
    rate = counts / max(rows, 1)
    population = np.diff(spikes.indptr)
    single = (rate * (1 - rate)).sum()
    return Firing(
        rate=float(rate.mean()),
        rate_sd=float(rate.std()),
        silent=float((counts == 0).mean()),
        saturated=float((rate > 0.5).mean()),
        cv=_irregularity(spikes),
        synchrony=float(population.var() / single) if single > 0 else 0.0,
    )


def _irregularity(spikes: Spikes) -> float:
    sample = np.repeat(np.arange(len(spikes)), spikes.steps)[spikes.row]
    order = np.lexsort((spikes.row, spikes.unit))
    unit, row, owner = spikes.unit[order], spikes.row[order], sample[order]
    same = (np.diff(unit) == 0) & (np.diff(owner) == 0)
    interval, neuron = np.diff(row)[same].astype(float), unit[1:][same]
    n = spikes.units
    count, total, square = (np.bincount(neuron, w, n) for w in (np.ones_like(interval), interval, interval**2))
    enough = count >= 3
    if not enough.any():
        return 0.0
    mean = total[enough] / count[enough]
    variance = np.maximum(square[enough] / count[enough] - mean**2, 0)
    return float((np.sqrt(variance) / mean).mean())
