"""Learning rules next to their formulas: what pairs of spikes change, and where weights and rates come to rest."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from neurolsm.measure.instruments.fixed_points import approach
from neurolsm.measure.instruments.windows import window
from neurolsm.plot.style import BLUE, ORANGE, axes_for

MEASURED, OTHER = BLUE, ORANGE


def learning_window(rule: Any, ax: Axes | None = None, *, rate: float | None = None, weight: int = 128) -> Axes:
    """Draw the change by a pair of spikes over the time between them, measured on the emulator, on the rule's formula.

    Dots are means over 200 synapses that round each in its own way, the bars twice the standard error of that mean.

    Args:
        rule: ``STDP``, ``TripletSTDP``, ``RewardSTDP`` (its tag) or ``Rule``, which has no formula to show.
        ax: where to draw; None for a new figure.
        rate: pairs per second, 0 for one alone; None: 10 for ``TripletSTDP``, which depends on it, else one alone.
        weight: of the synapse before, 0..255.

    Raises:
        InvalidValue: a rule that pairs of spikes alone do not move, or a number outside its range.
    """
    found = window(rule, rate=rate, weight=weight)
    ax = axes_for(ax, (6, 4))
    ax.axhline(0, color="0.8", linewidth=0.8, zorder=0)
    ax.axvline(0, color="0.8", linewidth=0.8, zorder=0)
    if found.formula is not None:
        # A simultaneous pair counts on both sides: the curve is broken there, and a cross shows what it does.
        apart = found.gap != 0
        ax.plot(1e3 * found.gap, np.where(apart, found.formula, np.nan), color="black", label="formula")
        ax.plot(1e3 * found.gap[~apart], found.formula[~apart], "x", color="black", label="formula, both at once")
    ax.errorbar(
        1e3 * found.gap, found.measured, 2 * found.error, fmt="o", markersize=3, linewidth=0.8, color=MEASURED,
        label="measured",
    )  # fmt: skip
    spikes = f"{found.rate:g} pairs / s" if found.rate else "one pair"
    ax.set(
        xlabel="spike of the target after that of the source, ms", ylabel=f"change of the {found.what} a pair, steps",
        title=f"{type(rule).__name__}, {spikes}" + (f", weight {weight}" if found.what == "weight" else ""),
    )  # fmt: skip
    ax.legend(frameon=False)
    return ax


def fixed_point(rule: Any, ax: Axes | None = None) -> Axes:
    """Draw how a rule comes to rest from two sides on the emulator, and the level of its formula.

    Args:
        rule: ``Oja``, ``PrototypeRule`` (weights), ``SynapticScaling``, ``IntrinsicPlasticity`` or ``Homeostasis`` (rates).
        ax: where to draw; None for a new figure.

    Raises:
        InvalidValue: a rule without a fixed point of its own.
    """
    found = approach(rule)
    ax = axes_for(ax, (6, 4))
    for (name, curve), color in zip(found.curves.items(), (MEASURED, OTHER), strict=True):
        ax.plot(found.time, curve, color=color, label=name)
    ax.axhline(
        found.level, color="black", linestyle="--", linewidth=1, label=f"formula: {found.formula} = {found.level:.3g}"
    )
    ax.set(xlabel="time, s", ylabel=found.quantity, title=type(rule).__name__, xlim=(0, found.time[-1]))
    ax.set_ylim(bottom=0)
    ax.legend(frameon=False)
    return ax
