"""What a probe saw, over time."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from neurolsm.execute.probed import Probed
from neurolsm.plot.style import BLUE, LINES, axes_for, bare, key

APART = len(LINES)  # lines that keep a colour of their own; more are drawn as quantiles
BANDS = ((0.05, 0.95, "5 to 95 %", 0.18), (0.25, 0.75, "25 to 75 %", 0.32))


def over_time(seen: Probed, name: str, *, sample: int | None = None, ax: Axes | None = None) -> Axes:
    """Draw a quantity of a probe over time: a line for each of up to six neurons or synapses, else median and quantiles.

    Args:
        seen: what a probe saw.
        name: one of the quantities that it asked for, such as ``x1``.
        sample: its number in the batch; None for all of them, one after the other.
        ax: where to draw; None for a new figure.

    Raises:
        InvalidValue: what the probe did not ask for, or no such sample.

    Example:
        >>> import neurolsm as nl
        >>> from neurolsm.plot import over_time
        >>> lsm = nl.LSM(inputs=2, liquid=nl.Liquid(topology=nl.RandomGraph(n=20, density=0.2)), seed=1)
        >>> spikes = nl.Spikes.from_events([([0, 5], [0, 1])], steps=30, units=2)
        >>> over_time(nl.record(lsm, spikes, nl.Probe(what="rate", every=10)), "rate").get_ylabel()
        'rate, Hz'
    """
    values = seen[name]
    dt, offsets = seen.program.dt, seen.recording.spikes.offsets
    if sample is None:
        seconds, length = dt * (offsets[seen.sample] + seen.step), dt * int(offsets[-1])
    else:
        rows = seen.rows(sample)
        seconds, length, values = dt * seen.step[rows], dt * int(seen.recording.spikes.steps[sample]), values[rows]
    long = length > 2
    time = seconds if long else 1e3 * seconds
    ax = axes_for(ax, (7, 3.6))
    if values.shape[1] <= APART:
        for k in range(values.shape[1]):
            ax.plot(time, values[:, k], color=LINES[k], linewidth=1.4, label=seen.label(name, k))
    else:
        for low, high, label, alpha in BANDS:
            below, above = np.quantile(values, (low, high), axis=1) if len(values) else ([], [])
            ax.fill_between(time, below, above, color=BLUE, alpha=alpha, linewidth=0, label=label)
        middle = np.median(values, axis=1) if len(values) else []
        ax.plot(time, middle, color=BLUE, linewidth=1.6, label=f"median of {values.shape[1]:,}")
    ax.set(
        xlabel="time, s" if long else "time, ms", ylabel=f"{name}, {seen.unit(name)}",
        xlim=(0, max(length * (1 if long else 1e3), 1e-9)),
    )  # fmt: skip
    key(ax, fontsize="small")
    bare(ax)
    return ax
