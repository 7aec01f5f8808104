"""A random signal for a liquid, and the states it leaves: what measures of memory start from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurolsm.errors import refuse
from neurolsm.execute.backend import open_simulator
from neurolsm.measure.instruments.trajectory import trajectory
from neurolsm.program import Program
from neurolsm.program.spikes import Spikes

HOLD, WARM_UP = 10, 50  # steps per value, values that are dropped at the start


def drive(u: NDArray[np.float64], channels: int, rate: float, hold: int = HOLD, seed: int = 0) -> Spikes:
    """One long sample of random spikes whose rates follow a signal.

    Each value is held for ``hold`` steps, in which channel c fires with the probability rate (1 + s_c u); s_c is +1 for half of
    the channels and -1 for the others, so that the mean input stays.

    Args:
        u: values in -1..1 [T].
        channels: number of input channels.
        rate: mean spikes per channel and step, above 0 and at most one half.
        hold: steps, at least 1.
        seed: of signs and spikes.
    """
    if not 0 < rate <= 0.5:
        refuse("drive", "rate", rate, "must be above 0 and at most 0.5 spikes per step", "Take the rate of real inputs")
    if not (np.abs(u) <= 1).all():
        refuse("drive", "u", u, "must lie in -1..1", "Scale it")
    rng = np.random.default_rng([seed, 19])
    sign = np.where(rng.permutation(channels) % 2, 1.0, -1.0)
    probability = rate * (1 + u.repeat(hold)[:, None] * sign)
    return Spikes.from_dense((rng.random(probability.shape) < probability)[None])


def driven_states(
    program: Program, rate: float, *, values: int = 5000, neurons: int = 100, hold: int = HOLD, seed: int = 0,
    backend: str = "emulator",
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:  # fmt: skip
    """An i.i.d. signal u [values], uniform in -1..1, and the states [values, neurons] that it leaves in a liquid.

    The state of a value is the low-passed spikes after its last step, of ``neurons`` neurons drawn among those that fire: the
    capacities of ``memory_capacity`` and ``processing_capacity`` cannot exceed their number, and need many more values
    than neurons.
    """
    u = np.random.default_rng([seed, 23]).uniform(-1, 1, values + WARM_UP)
    with open_simulator(program, backend) as simulator:
        spikes = simulator.run(drive(u, program.n_inputs, rate, hold, seed), learn=False).spikes
    firing = np.unique(spikes.unit)
    chosen = np.sort(np.random.default_rng([seed, 29]).permutation(firing)[:neurons])
    place = np.full(program.n, -1)
    place[chosen] = np.arange(chosen.size)
    keep = place[spikes.unit] >= 0
    part = Spikes.from_events([(spikes.row[keep], place[spikes.unit[keep]])], int(spikes.steps[0]), max(chosen.size, 1))
    states = trajectory(part)[0, hold - 1 :: hold]
    return u[WARM_UP:], states[WARM_UP:]
