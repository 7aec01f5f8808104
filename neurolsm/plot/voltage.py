"""Voltages and the thresholds that they approach."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from neurolsm.errors import refuse
from neurolsm.execute.probe import INTEGERS
from neurolsm.execute.probed import Probed
from neurolsm.plot.style import KINDS, QUIET, axes_for, bare
from neurolsm.program.signs import signs

MOST = 12  # neurons in one picture
ROW, BAR = 1.45, 0.2  # from row to row, and the height of a spike; the range of a row is 1


def voltage(seen: Probed, sample: int = 0, *, ax: Axes | None = None) -> Axes:
    """Draw v of each chosen neuron in a row of its own, with its threshold and its spikes.

    Each row has a scale of its own, shown on its right, a line at rest and a dashed one at the threshold, moving where the probe
    asked for ``threshold`` too; a spike is a bar that stands on the threshold. Excitatory and inhibitory neurons have the colours of ``raster``.

    Args:
        seen: of a probe that asked for ``v`` of at most 12 neurons; with ``every=1`` nothing between is missed.
        sample: its number in the batch.
        ax: where to draw; None for a new figure.

    Raises:
        InvalidValue: no voltages, too many of them, or no such sample.

    Example:
        >>> import neurolsm as nl
        >>> from neurolsm.plot import voltage
        >>> lsm = nl.LSM(inputs=2, liquid=nl.Liquid(topology=nl.RandomGraph(n=20, density=0.2)), seed=1)
        >>> spikes = nl.Spikes.from_events([([0, 5], [0, 1])], steps=30, units=2)
        >>> voltage(nl.record(lsm, spikes, nl.Probe(what=("v", "threshold"), neurons=[0, 3]))).get_xlabel()
        'time, ms'
    """
    v, rows = seen["v"], seen.rows(sample)
    if v.shape[1] > MOST:
        refuse("voltage", "seen.neurons", v.shape[1], f"must be at most {MOST} to be told apart", "Probe fewer neurons")
    program, ms, v = seen.program, seen.ms[rows], v[rows]
    one = np.ones(seen.neurons.size)
    if seen.probe.units == INTEGERS:
        one = program.neurons.vth[seen.neurons] * (64 if program.integer else 1.0)
    line = seen["threshold"][rows] if "threshold" in seen.values else np.broadcast_to(one, v.shape)
    v, line = v / np.maximum(one, 1e-300), line / np.maximum(one, 1e-300)
    step, unit = seen.recording.spikes.events(sample)
    dt = 1e3 * program.dt
    ax = axes_for(ax, (9, 0.9 + 0.85 * v.shape[1]))
    kind = signs(program)[seen.neurons]
    for k, neuron in enumerate(seen.neurons):
        low, high = min(v[:, k].min(initial=0), 0), max(line[:, k].max(initial=1), v[:, k].max(initial=1))
        rest, height = -k * ROW, 1 / (high - low)
        color = KINDS[int(kind[k])][1]
        ax.axhline(rest - low * height, color=QUIET, linewidth=0.6, zorder=0)
        ax.plot(ms, rest + (line[:, k] - low) * height, color="0.35", linewidth=0.9, linestyle=(0, (4, 2.5)), zorder=1)
        ax.plot(ms, rest + (v[:, k] - low) * height, color=color, linewidth=1.3, zorder=2)
        at = step[unit == neuron]
        foot = rest + (np.interp(dt * at, ms, line[:, k]) - low) * height if ms.size else np.full(at.size, rest + 1)
        ax.vlines(dt * at, foot, foot + BAR, color="black", linewidth=1.4, zorder=3)
        _scale(ax, rest - low * height, high - low)
    ax.set_yticks(-ROW * np.arange(v.shape[1]) + 0.5, [f"neuron {n}" for n in seen.neurons])
    ax.tick_params(axis="y", length=0)
    last = dt * max(int(seen.recording.spikes.steps[sample]) - 1, 1)
    ax.set(xlabel="time, ms", xlim=(-0.004 * last, 1.004 * last), ylim=(-ROW * (v.shape[1] - 1) - 0.1, 1 + BAR + 0.05))
    bare(ax)
    ax.spines["left"].set_visible(False)
    return ax


def _scale(ax: Axes, rest: float, span: float) -> None:
    """A bar on the right of a row: 1 threshold, or another round number where the row shows much more or less."""
    size = next(n for n in (1.0, 2.0, 5.0, *(m * 10.0**e for e in range(1, 9) for m in (1, 2, 5))) if n >= 0.22 * span)
    size = size if size <= span else 1.0
    place, across = 1.01, ax.get_yaxis_transform()
    top = rest + size / span if rest + size / span <= rest + 1 else rest
    low = top - size / span
    ax.plot([place, place], [low, top], color="black", linewidth=1.2, transform=across, clip_on=False)
    name = "1 threshold" if size == 1 else f"{size:g} thresholds"
    ax.text(place + 0.008, (low + top) / 2, name, va="center", fontsize="small", transform=across)
