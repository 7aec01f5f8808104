"""Rates of populations over time."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from neurolsm.errors import refuse
from neurolsm.execute.recording import Recording
from neurolsm.measure.instruments.rates import rates
from neurolsm.plot.style import KINDS, axes_for, bare, key, kinds
from neurolsm.program import Program
from neurolsm.program.spikes import Spikes


def rate(
    run: Recording | Spikes, program: Program, sample: int = 0, *, window: float = 10e-3, ax: Axes | None = None
) -> Axes:
    """Draw the mean rate of the excitatory and of the inhibitory neurons over time, Hz.

    Args:
        run: a recording, or spikes of the neurons.
        program: what ran.
        sample: its number in the batch.
        window: seconds over which spikes are counted, as in ``neurolsm.measure.instruments.rates``.
        ax: where to draw; None for a new figure.

    Raises:
        InvalidValue: spikes of another program, no such sample, or a window that does not fit.

    Example:
        >>> import neurolsm as nl
        >>> from neurolsm.plot import rate
        >>> lsm = nl.LSM(inputs=2, liquid=nl.Liquid(topology=nl.RandomGraph(n=20, density=0.2)), seed=1)
        >>> program = nl.lower(lsm).program
        >>> with nl.open_simulator(program) as simulator:
        ...     recording = simulator.run(nl.Spikes.from_events([([0, 5], [0, 1])], steps=30, units=2))
        >>> rate(recording, program).get_ylabel()
        'mean rate, Hz'
    """
    spikes = run.spikes if isinstance(run, Recording) else run
    if spikes.units != program.n:
        refuse("rate", "run", spikes.units, f"units, the program has {program.n} neurons", "Give the program that ran")
    found = rates(spikes, sample, dt=program.dt, window=window)
    half = 5e2 * found.window
    edges = np.append(found.ms - half, found.ms[-1] + half) + 5e2 * program.dt  # the start of step t lies at t dt
    ax = axes_for(ax, (9, 2.8))
    for sign, members in kinds(program).items():
        name, color = KINDS[sign]
        ax.stairs(
            found.population(members),
            edges,
            baseline=None,
            color=color,
            linewidth=1.5,
            label=f"{name}, {members.size:,} neurons",
        )
    ax.set(xlabel="time, ms", ylabel="mean rate, Hz", xlim=(0, edges[-1]))
    ax.set_ylim(bottom=0)
    key(ax, fontsize="small")
    bare(ax)
    return ax
