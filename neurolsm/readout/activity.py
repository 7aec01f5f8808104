"""A liquid that is dead, or saturated whatever its input: it runs, and no readout can use it."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.errors import warn_once, warn_unusual
from neurolsm.lowering.target import DECAY_ONE, STATE_LIMIT
from neurolsm.memory import BLOCK, blocks
from neurolsm.program import INPUT, NEURON, Program
from neurolsm.program.spikes import Spikes

SILENT = 0.95  # share of the samples without a spike at which a liquid is dead
RARE = 1e-3  # share of the steps in which a neuron fires, below which a liquid is nearly dead
SATURATED = 0.5  # share of the steps in which its neurons could fire at which it is saturated
MANY = 0.4  # share of the neurons that are saturated one by one at which a liquid is; "digits" and "vowels" have 0.34 to 0.37
OVERFLOWING = 0.1  # share of the neurons whose mean current leaves 24 bits at which a liquid is saturated, too
FEW = 1 << 16  # synapses that are looked at whatever the run
USUAL = "usual is a spike in 2 to 40 % of the steps"
LOUD = "Lower the weights of its input and within it, or the encoder's rate"


def check_activity(
    program: Program, inputs: Spikes, spikes: NDArray[np.int64], n: int | None = None, busy: float = 0.0
) -> None:
    """Warn of a dead or saturated liquid, from the spikes of each sample of a batch; one pass over samples and synapses.

    Args:
        program: what ran.
        inputs: what it was given.
        spikes: of the liquid in each sample.
        n: neurons of the liquid, the first of the program; None for all.
        busy: what ``busy_share`` says of them.

    Warns:
        UnusualValue: in nearly all samples that bring spikes no neuron fires, or neurons fire in less than a thousandth of the steps;
            or they fire, or two fifths of them do, in more than half of the steps in which they could, or would if currents did not wrap.
    """
    n = program.n if n is None else n
    heard = np.diff(inputs.indptr[inputs.offsets]) > 0
    liquid = f"{n} neurons"
    if np.count_nonzero(heard) > 1 and (spikes[heard] == 0).mean() > SILENT:
        limit = f"is dead, in more than 95 % of the samples none of them fires; {USUAL}"
        warn_unusual(
            "LSM", "liquid", liquid, limit, "Raise the weight or the density of its input, or the encoder's rate"
        )
        return
    rate = float(spikes[heard].sum()) / max(float(inputs.steps[heard].sum()) * n, 1.0)
    if np.count_nonzero(heard) > 1 and rate < RARE:
        limit = f"is nearly dead, its neurons fire in less than {RARE:g} of the steps; {USUAL}"
        warn_unusual(
            "LSM",
            "liquid",
            liquid,
            limit,
            "Raise its input, or let it find its working point: LSM(tuning=SelfTuning())",
        )
        return
    possible = float(inputs.steps.sum()) * float((1.0 / (1.0 + program.neurons.refractory[:n])).sum())
    if possible and spikes.sum() > SATURATED * possible:
        limit = f"is saturated, they fire in more than half of the steps in which they could; {USUAL}"
        warn_unusual("LSM", "liquid", liquid, limit, LOUD)
    elif busy > MANY:
        limit = f"is saturated, more than {100 * MANY:.0f} % of them fire in more than half of the steps in which they could; {USUAL}"
        warn_unusual("LSM", "liquid", liquid, limit, LOUD)
    elif np.count_nonzero(heard) > 1 and overflowing(program, inputs, int(spikes.sum()), n) > OVERFLOWING:
        limit = f"is saturated, the mean current of more than 10 % of them leaves 24 bits and wraps; {USUAL}"
        warn_unusual("LSM", "liquid", liquid, limit, LOUD)


def busy_share(
    program: Program, spikes: Spikes, n: int | None = None, counts: NDArray[np.int64] | None = None
) -> float:
    """Share of the first ``n`` neurons that fire in more than half of the steps in which each could, given what all neurons fired,
    and how often each of the first did if that is known."""
    n = program.n if n is None else n
    if counts is None:
        counts = np.bincount(spikes.unit, minlength=n)[:n]
    return float((counts * (1.0 + program.neurons.refractory[:n]) > SATURATED * float(spikes.steps.sum())).mean())


def overflowing(program: Program, inputs: Spikes, spikes: int, n: int) -> float:
    """Share of the first ``n`` neurons whose current wraps in the mean: it is beyond 24 bits at the rates of the batch.

    A current that wraps changes its sign, so such a neuron falls silent where it should fire most. The neurons of the liquid count
    as equally active.
    """
    steps = int(inputs.steps.sum())
    long = spikes > 500 * n  # a pass over the synapses takes no longer than a hundredth of such a run
    if not program.integer or not steps or (program.synapses > FEW and not long):
        return 0.0
    rates = {
        INPUT: np.bincount(inputs.unit, minlength=program.n_inputs) / steps,
        NEURON: np.r_[np.full(n, spikes / steps / n), np.zeros(program.n - n)],
    }
    mean = np.zeros(program.n)
    for p in program.projections:
        rate = np.ldexp(rates[p.source], p.weight_exp)
        for some in blocks(rate.size, max(1, BLOCK * rate.size // max(p.size, 1))):
            first, last = p.indptr[some.start], p.indptr[some.stop]
            of_each = np.repeat(rate[some], np.diff(p.indptr[some.start : some.stop + 1]))
            np.add.at(mean, p.post[first:last], p.weight[first:last] * of_each)
    current = 64 * mean[:n] * DECAY_ONE / (program.neurons.du[:n] + 1.0)
    return float((np.abs(current) > STATE_LIMIT).mean())


def listened(run: Any, samples: Any) -> tuple[Any, list[tuple[type[Warning], str]]]:
    """``run(samples)`` on a worker, and what it warned of, to be said where the user is."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        result = run(samples)
    return result, [(w.category, str(w.message)) for w in said]


def repeat(said: list[tuple[type[Warning], str]]) -> None:
    """Say here what was said on a worker."""
    for category, text in said:
        warn_once(category, text)
