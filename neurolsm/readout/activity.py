"""A liquid that says nothing, or the same whatever it hears: it runs, and no readout can make anything of it."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.errors import outside, warn_unusual
from neurolsm.program import Program
from neurolsm.spikes import Spikes

SILENT = 0.95  # share of the samples without a spike at which a liquid is dead
SATURATED = 0.5  # share of the steps in which its neurons could fire at which it is saturated
USUAL = "usual is a spike in 2 to 40 % of the steps"


def check_activity(program: Program, inputs: Spikes, spikes: NDArray[np.int64]) -> None:
    """Warn of a dead or saturated liquid, from the spikes of each sample of a batch; one pass over samples and neurons.

    Warns:
        UnusualValue: in nearly all samples that bring spikes no neuron fires, or all neurons fire nearly all the time.
    """
    heard = np.diff(inputs.indptr[inputs.offsets]) > 0
    liquid = f"{program.n} neurons"
    if np.count_nonzero(heard) > 1 and (spikes[heard] == 0).mean() > SILENT:
        limit = f"is dead, in more than 95 % of the samples none of them fires; {USUAL}"
        warn_unusual(
            "LSM", "liquid", liquid, limit, "Raise the weight or the density of its input, or the encoder's rate"
        )
    possible = float(inputs.steps.sum()) * float((1.0 / (1.0 + program.neurons.refractory)).sum())
    if possible and spikes.sum() > SATURATED * possible:
        limit = f"is saturated, they fire in more than half of the steps in which they could; {USUAL}"
        warn_unusual(
            "LSM", "liquid", liquid, limit, "Lower the weights of its input and within it, or the encoder's rate"
        )


def listened(run: Any, samples: Any) -> tuple[Any, list[tuple[type[Warning], str]]]:
    """``run(samples)`` on a worker, and what it warned of, to be said where the user is."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        result = run(samples)
    return result, [(w.category, str(w.message)) for w in said]


def repeat(said: list[tuple[type[Warning], str]]) -> None:
    """Say here what was said on a worker."""
    for category, text in said:
        warnings.warn(text, category, stacklevel=outside())
