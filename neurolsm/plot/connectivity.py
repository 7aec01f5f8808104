"""Who is connected to whom: as a matrix, and in space."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from numpy.typing import NDArray

from neurolsm.describe.checks import argument
from neurolsm.describe.draw import draw_graph
from neurolsm.describe.lsm import LSM, Liquid
from neurolsm.errors import refuse
from neurolsm.execute.quantities import weight_unit
from neurolsm.plot.style import EXCITATORY, INHIBITORY, KINDS, axes_for, kinds
from neurolsm.program import NEURON, Program

CELLS = 160  # rows and columns that are told apart
SIGNED = LinearSegmentedColormap.from_list("signed", [INHIBITORY, "#F3C6A5", "white", "#A6CDE6", EXCITATORY])
NARROW = 0.15  # share of the neurons that is named
SHOWN = 300  # connections drawn in space


def connectivity(program: Program, *, ax: Axes | None = None) -> Axes:
    """Draw the recurrent weights as a matrix: sources by row, targets by column, excitatory neurons before inhibitory ones.

    Of more than 160 neurons, neighbours share a cell, which shows the mean weight of its pairs, 0 for those without a synapse.

    Args:
        program: whose neurons; learned weights count as they start.
        ax: where to draw; None for a new figure.

    Raises:
        InvalidValue: a program without synapses between neurons, or with thresholds of 0.

    Example:
        >>> import neurolsm as nl
        >>> from neurolsm.plot import connectivity
        >>> lsm = nl.LSM(inputs=2, liquid=nl.Liquid(topology=nl.RandomGraph(n=20, density=0.2)), seed=1)
        >>> connectivity(nl.lower(lsm).program).get_ylabel()
        'source neuron'
    """
    recurrent = [p for p in program.projections if p.source == NEURON and p.size]
    if not recurrent:
        refuse("connectivity", "program", program.sha256[:8], "has no synapses between neurons", "Draw another program")
    groups = kinds(program)
    order = np.concatenate([groups[sign] for sign in KINDS if sign in groups])
    rank = np.empty(program.n, np.int64)
    rank[order] = np.arange(program.n)
    block = -(-program.n // CELLS)
    cells = -(-program.n // block)
    total = np.zeros((cells, cells))
    for p in recurrent:
        weight = p.weight * weight_unit(program, p.post, p.weight_exp)
        np.add.at(total, (rank[p.pre] // block, rank[p.post] // block), weight)
    mean = total / block**2
    most = np.quantile(np.abs(mean[mean != 0]), 0.95) if mean.any() else 1.0
    ax = axes_for(ax, (6.2, 5.2))
    extent = (0, cells * block, cells * block, 0)
    image = ax.imshow(mean, cmap=SIGNED, vmin=-most, vmax=most, extent=extent, interpolation="nearest")
    bar = ax.figure.colorbar(image, ax=ax, shrink=0.85, extend="both", pad=0.03)
    bar.set_label("weight, thresholds" if block == 1 else f"mean weight of {block} × {block} pairs, thresholds")
    edge, middle, names = 0, [], []
    for sign in KINDS:
        if sign in groups:
            if groups[sign].size > NARROW * program.n:  # else names would lie on one another
                middle.append(edge + groups[sign].size / 2)
                names.append(f"{KINDS[sign][0]}, {groups[sign].size:,}")
            edge += groups[sign].size
            if edge < program.n:
                ax.axhline(edge, color="0.4", linewidth=0.8)
                ax.axvline(edge, color="0.4", linewidth=0.8)
    ax.set_xticks(middle, names)
    ax.set_yticks(middle, names, rotation=90, va="center")
    ax.tick_params(length=0)
    ax.set(xlim=(0, program.n), ylim=(program.n, 0), xlabel="target neuron", ylabel="source neuron")
    return ax


def column(lsm: LSM, *, connections: int = SHOWN, ax: Any = None) -> Any:
    """Draw the neurons of a liquid where they sit, and some of their connections in the colour of the source.

    The longest axis stands upright.

    Args:
        lsm: with one liquid whose topology has positions in two or three dimensions (``Column``, ``SmallWorld``).
        connections: how many are shown, drawn at random; at most all.
        ax: three-dimensional axes; None for a new figure.

    Raises:
        InvalidValue: several liquids, or a topology without positions.

    Example:
        >>> import neurolsm as nl
        >>> from neurolsm.plot import column
        >>> column(nl.LSM(inputs=2, liquid=nl.Liquid(topology=nl.Column(shape=(3, 3, 4))))).get_zlabel()
        ''
    """
    from mpl_toolkits.mplot3d.art3d import Line3DCollection

    if not isinstance(lsm.liquid, Liquid):
        kind = type(lsm.liquid).__name__
        refuse("column", "lsm.liquid", kind, "must be one Liquid", "Draw each liquid in an LSM of its own")
    graph = draw_graph(lsm.liquid, "liquid", lsm.seed)
    if graph.position is None or graph.position.shape[1] not in (2, 3):
        kind = type(lsm.liquid.topology).__name__
        refuse("column", "lsm.liquid.topology", kind, "has no positions in space", "Use Column or SmallWorld")
    position = _upright(graph.position)
    argument("column", "connections", connections, 0, 2**31 - 1, "Give how many to show", whole=True)
    chosen = np.random.default_rng(0).permutation(graph.pre.size)[:connections]
    ax = axes_for(ax, (5, 6), subplot_kw={"projection": "3d"})
    inhibits = graph.inhibitory
    for k, (_, color) in enumerate((KINDS[1], KINDS[-1])):
        of_kind = chosen[inhibits[graph.pre[chosen]] == k]
        lines = np.stack([position[graph.pre[of_kind]], position[graph.post[of_kind]]], axis=1)
        ax.add_collection3d(Line3DCollection(lines, colors=color, linewidths=0.6, alpha=0.4))
        here = position[inhibits == k]
        ax.scatter(*here.T, s=22, color=color, edgecolors="white", linewidths=0.4, depthshade=True,
                   label=f"{KINDS[1 - 2 * k][0]}, {len(here):,}")  # fmt: skip
    ax.set_box_aspect(np.maximum(np.ptp(position, axis=0), 0.5), zoom=0.95)
    ax.set_proj_type("ortho")
    ax.view_init(elev=16, azim=-68)
    ax.set_axis_off()
    shown = f"{chosen.size:,} of {graph.pre.size:,} synapses shown"
    ax.legend(title=shown, loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=2, frameon=False, handletextpad=0.2)
    return ax


def _upright(position: NDArray[np.float64]) -> NDArray[np.float64]:
    """Positions in three dimensions, the longest upwards; the shortest is 0 where there are two."""
    three = np.pad(position, ((0, 0), (3 - position.shape[1], 0)))
    return three[:, np.argsort(np.ptp(three, axis=0), kind="stable")]
