"""Weights of a projection, as drawn and as learned."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from neurolsm.errors import refuse
from neurolsm.execute.probed import Probed
from neurolsm.execute.quantities import weight_unit
from neurolsm.plot.over_time import over_time
from neurolsm.plot.style import BLUE, RED, axes_for, bare, key
from neurolsm.program import Program
from neurolsm.program.state import State

BINS = 40


def weights(
    subject: Program | Probed, projection: str | None = None, after: State | None = None, *, ax: Axes | None = None
) -> Axes:
    """Draw the weights of a projection as a histogram, before and after learning; or those of a probe over time.

    Weights are in thresholds: the peak of the response that one spike causes in a resting membrane.

    Args:
        subject: a program, or what a probe saw that asked for ``weight``.
        projection: its name; left out for a probe.
        after: a state of the program, such as ``Simulator.state``, whose weights are drawn next to those that it started with.
        ax: where to draw; None for a new figure.

    Raises:
        InvalidValue: an unknown projection, ``after`` of one that does not learn, or a state of another program.

    Example:
        >>> import neurolsm as nl
        >>> from neurolsm.plot import weights
        >>> lsm = nl.LSM(inputs=2, liquid=nl.Liquid(topology=nl.RandomGraph(n=20, density=0.2)), seed=1)
        >>> weights(nl.lower(lsm).program, "liquid/recurrent/excitatory").get_xlabel()
        'weight, thresholds'
    """
    if isinstance(subject, Probed):
        if projection is not None or after is not None:
            refuse("weights", "projection", projection, "is chosen by the probe already", "Leave it out, and after too")
        return over_time(subject, "weight", ax=ax)
    found = {p.name: p for p in subject.projections}
    if projection not in found:
        limit = f"is no projection of the program; there are {', '.join(found)}"
        refuse("weights", "projection", projection, limit, "Choose one of them")
    chosen = found[projection]
    unit = weight_unit(subject, chosen.post, chosen.weight_exp)
    drawn = {"before" if after else f"{chosen.size:,} synapses": chosen.weight * unit}
    if after is not None:
        if chosen.plasticity is None:
            learning = ", ".join(p.name for p in subject.plastic) or "none"
            refuse("weights", "projection", projection, f"does not learn; those that do: {learning}", "Leave out after")
        after.check(subject)
        place = [p.name for p in subject.plastic].index(projection)
        drawn["after"] = after.plastic[place].weight * unit
    ax = axes_for(ax, (6, 3.6))
    edges = np.histogram_bin_edges(np.concatenate(list(drawn.values())), BINS).tolist()
    for (name, values), color in zip(drawn.items(), (BLUE, RED), strict=False):
        ax.hist(values, edges, color=color, alpha=0.3)
        ax.hist(values, edges, color=color, histtype="step", linewidth=1.5, label=name)
    ax.set(xlabel="weight, thresholds", ylabel="synapses", xlim=(edges[0], edges[-1]))
    ax.set_title(projection, fontsize="medium", loc="left")
    key(ax, fontsize="small")
    bare(ax)
    return ax
