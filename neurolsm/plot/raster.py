"""Spike rasters, and the rasters of several backends on top of each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from neurolsm.errors import refuse
from neurolsm.execute.recording import Recording
from neurolsm.plot.style import KINDS, axes_for, key, kinds
from neurolsm.program import Program
from neurolsm.program.spikes import Spikes

RINGS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7")  # Okabe and Ito: apart for every kind of vision
SIZE = (9, 4.5)
DOT, RING = 2.2, 3.4  # diameter of the dot, and how much wider each ring around it is; points


def raster(
    spikes: Recording | Spikes,
    sample: int = 0,
    *,
    units: slice = slice(None),
    program: Program | None = None,
    ax: Axes | None = None,
    **style: Any,
) -> Axes:
    """A mark for each spike of one sample, time along x and units along y.

    Args:
        spikes: a recording, or spikes of inputs or neurons.
        sample: its number in the batch.
        units: which units.
        program: what ran: time is in milliseconds, and excitatory and inhibitory neurons have colours of their own. None: time is in
            steps, and all marks are black.
        ax: where to draw; None for a new figure.
        style: passed on to ``Axes.scatter``.

    Raises:
        InvalidValue: no such sample, or spikes that are not of the program.

    Example:
        >>> import neurolsm as nl
        >>> from neurolsm.plot import raster
        >>> lsm = nl.LSM(inputs=2, liquid=nl.Liquid(topology=nl.RandomGraph(n=20, density=0.2)), seed=1)
        >>> program = nl.lower(lsm).program
        >>> with nl.open_simulator(program) as simulator:
        ...     recording = simulator.run(nl.Spikes.from_events([([0, 5], [0, 1])], steps=30, units=2))
        >>> raster(recording, program=program).get_xlabel()
        'time, ms'
    """
    step, unit = _events(spikes, sample, units)
    found = spikes.spikes if isinstance(spikes, Recording) else spikes
    if program is not None and found.units not in (program.n, program.n_inputs):
        limit = f"are not of the program, which has {program.n} neurons and {program.n_inputs} channels"
        refuse("raster", "spikes.units", found.units, limit, "Give the program that ran")
    ax = axes_for(ax, SIZE)
    plain = {"s": 3, "linewidths": 0, **style}
    if program is None:
        ax.scatter(step, unit, **{"color": "black", **plain})
        return _label(ax, spikes, sample, units)
    ms = 1e3 * program.dt
    if found.units != program.n or (not isinstance(spikes, Recording) and program.n == program.n_inputs):
        ax.scatter(ms * step, unit, **{"color": "black", **plain})
    else:
        for sign, members in kinds(program).items():
            name, color = KINDS[sign]
            of_kind = np.isin(unit, members)
            ax.scatter(ms * step[of_kind], unit[of_kind], label=name, **{"color": color, **plain})
        key(ax, markerscale=2.5)
    _label(ax, spikes, sample, units)
    ax.set(xlim=(-ms, ms * int(found.steps[sample])), xlabel="time, ms")
    return ax


def overlay(
    runs: Mapping[str, Recording | Spikes], sample: int = 0, *, units: slice = slice(None), ax: Axes | None = None
) -> Axes:
    """The rasters of several runs in one picture: a ring for each, one inside the other, and a dot for the last.

    Where all agree every mark is a full target; a spike that only some have shows as a lone ring or dot.

    Args:
        runs: recordings or spikes by name, at least one.
        sample, units, ax: as in ``raster``.

    Raises:
        InvalidValue: no runs, or no such sample.
    """
    if not runs:
        refuse("overlay", "runs", runs, "needs at least one run", 'Give {"emulator": recording, ...}')
    events = {name: _events(run, sample, units) for name, run in runs.items()}
    ax = axes_for(ax, SIZE)
    for k, (name, (step, unit)) in enumerate(events.items()):
        rings = len(events) - 1 - k  # how many marks have to fit inside this one
        ring: dict[str, Any] = {"facecolors": "none", "edgecolors": RINGS[k % len(RINGS)], "linewidths": 1.2}
        dot: dict[str, Any] = {"color": "black", "linewidths": 0}
        ax.scatter(
            step, unit, s=(DOT + RING * rings) ** 2, label=f"{name}\n{step.size:,} spikes", **(ring if rings else dot)
        )  # fmt: skip
    ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False, borderaxespad=0, labelspacing=1)
    return _label(ax, next(iter(runs.values())), sample, units)


def _events(run: Recording | Spikes, sample: int, units: slice) -> tuple[NDArray[Any], NDArray[Any]]:
    spikes = run.spikes if isinstance(run, Recording) else run
    if not 0 <= sample < len(spikes):
        refuse(
            "raster", "sample", sample, f"must be 0 to {len(spikes) - 1}, the samples of the run", "Choose one of them"
        )
    step, unit = spikes.events(sample)
    chosen = np.isin(unit, np.arange(spikes.units)[units])
    return step[chosen], unit[chosen]


def _label(ax: Axes, run: Recording | Spikes, sample: int, units: slice) -> Axes:
    spikes = run.spikes if isinstance(run, Recording) else run
    shown = np.arange(spikes.units)[units]
    ax.set(
        xlim=(-1, int(spikes.steps[sample])), xlabel="step", ylabel="neuron" if isinstance(run, Recording) else "unit"
    )
    if shown.size:
        ax.set_ylim(shown.min() - 1, shown.max() + 1)
    return ax
