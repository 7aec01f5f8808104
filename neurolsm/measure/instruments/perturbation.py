"""Perturbation growth: does one spike more change everything, or is it forgotten? The edge of chaos lies between."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurolsm.errors import refuse
from neurolsm.execute.backend import open_simulator
from neurolsm.program import Program
from neurolsm.program.spikes import Spikes


@dataclass(frozen=True, eq=False)
class Perturbation:
    """What one input spike more or less came to.

    Attributes:
        distance: neurons that fire in one run and not in the other, per step, mean over the samples [T - at]; entry 0 is the
            step of the extra spike.
        growth: slope of the logarithm of the distance over the steps after the spike in which it changes most directly, in
            1 / step; below 0 it dies out, above 0 it grows. 0 where no neuron ever differs.
        surviving: share of the samples in which any neuron differs in the last tenth of the steps.
    """

    distance: NDArray[np.float64]
    growth: float
    surviving: float


def perturbation(
    program: Program, inputs: Spikes, *, at: int | None = None, span: int = 20, seed: int = 0, backend: str = "emulator"
) -> Perturbation:
    """Run each sample twice, the second time with the spike of one random channel at one step flipped.

        d(t) = #{i : spike_i(t) differs},   growth = slope of ln mean d(t) from the first difference on, over ``span`` steps

    Args:
        program: the liquid.
        inputs: samples of one length.
        at: step of the flipped spike; None for a quarter of the sample.
        span: steps for the slope, at least 2.
        seed: of the channels.
        backend: what runs it.

    Source: Legenstein and Maass, Neural Networks 20 (2007), and Bertschinger and Natschlaeger, Neural Computation 16
    (2004), for the idea; a logarithm of a count instead of a norm is ours.
    """
    steps = int(inputs.steps[0]) if len(inputs) else 0
    start = steps // 4 if at is None else at
    if not len(inputs) or (inputs.steps != steps).any() or not 0 <= start < steps - span - 1 or span < 2:
        limit = f"needs samples of one length, above {start + span + 1} steps"
        refuse("perturbation", "inputs", inputs, limit, "Give longer samples, or another step and span")
    channel = np.random.default_rng([seed, 31]).integers(0, inputs.units, len(inputs))
    raster = inputs.dense()
    raster[np.arange(len(inputs)), start, channel] ^= True
    with open_simulator(program, backend) as simulator:
        plain = simulator.run(inputs, learn=False).spikes
        other = simulator.run(Spikes.from_dense(raster), learn=False).spikes
    differ = (plain.dense() ^ other.dense()).sum(axis=2)[:, start:]  # [B, T - start]
    distance = differ.mean(axis=0)
    first = int(np.argmax(distance > 0))
    part = distance[first : first + span + 1]
    seen = np.flatnonzero(part > 0)
    growth = float(np.polyfit(seen, np.log(part[seen]), 1)[0]) if seen.size > 1 else (-np.inf if seen.size else 0.0)
    tail = max(differ.shape[1] // 10, 1)
    return Perturbation(distance, growth, float((differ[:, -tail:].any(axis=1)).mean()))
