"""Programs from neurons and synapses that were read elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.describe.draw import Edges, Network
from neurolsm.errors import refuse
from neurolsm.lowering.lower import lower_network
from neurolsm.lowering.response import peak
from neurolsm.lowering.target import DELAY_MAX
from neurolsm.program import INPUT, NEURON, Neurons, Population, Program, Projection

CONSTANT = "constant"  # the neuron that fires in every step
SHORTEST = 1e-3  # steps; the time constant of a state that is lost whole in a step


@dataclass(frozen=True, eq=False)
class Cells:
    """Neurons of one node, or of several one after the other.

    Attributes:
        name: of the node, or names with their first neurons, joined.
        du, dv: shares of u and v that are lost in a step.
        bias, threshold: in units of v.
        gain: what multiplies every synapse onto them.
        parts: names and sizes.
    """

    name: str
    du: NDArray[np.float64]
    dv: NDArray[np.float64]
    bias: NDArray[np.float64]
    threshold: NDArray[np.float64]
    gain: NDArray[np.float64]
    parts: tuple[tuple[str, int], ...] = ()

    @property
    def n(self) -> int:
        return self.du.size

    @property
    def starts(self) -> list[int]:
        return np.cumsum([0, *(size for _, size in self.parts)])[:-1].tolist()

    @staticmethod
    def join(cells: list[Cells]) -> Cells:
        def joined(field: str) -> NDArray[np.float64]:
            return np.concatenate([getattr(c, field) for c in cells])

        return Cells(
            "all", joined("du"), joined("dv"), joined("bias"), joined("threshold"), joined("gain"),
            tuple(part for c in cells for part in c.parts or ((c.name, c.n),)),
        )  # fmt: skip


class Links:
    """Synapses: source, target, what a spike adds to u, delay in steps; and what is added in every step from ``late`` on."""

    def __init__(self, n_inputs: int, n: int) -> None:
        self.n_inputs, self.n = n_inputs, n
        self.drive = np.zeros(n)
        self.late = np.zeros(n, np.int64)
        self.parts: dict[str, list[tuple[NDArray[Any], ...]]] = {INPUT: [], NEURON: []}

    def add(self, from_input: bool, source: int, target: int, delay: int, term: Any, gain: NDArray[np.float64]) -> None:
        """The synapses of a matrix [targets, sources]."""
        if delay > DELAY_MAX:
            refuse("import_nir", "delay", delay, f"steps; the limit is {DELAY_MAX}", "Choose a longer dt")
        coo = term.tocoo()
        keep = coo.data != 0
        post, pre, data = coo.row[keep], coo.col[keep], coo.data[keep] * gain[coo.row[keep]]
        columns = (pre + source, post + target, data, np.full(pre.size, delay))
        self.parts[INPUT if from_input else NEURON].append(columns)

    def all(self, source: str) -> tuple[NDArray[Any], ...]:
        """Sources, targets, weights and delays, sorted by source, target and delay."""
        parts = self.parts[source]
        if not parts:
            return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.int64)
        pre, post, weight, delay = (np.concatenate([p[k] for p in parts]) for k in range(4))
        order = np.lexsort((delay, post, pre))
        return pre[order].astype(np.int64), post[order].astype(np.int64), weight[order], delay[order].astype(np.int64)

    def groups(self, source: str) -> list[tuple[str, tuple[NDArray[Any], ...]]]:
        """Excitatory and inhibitory synapses; a pair has one in a group, so pairs with several delays make more groups."""
        pre, post, weight, delay = self.all(source)
        again = np.zeros(pre.size, np.int64)
        if pre.size:
            first = np.concatenate([[True], (np.diff(pre) != 0) | (np.diff(post) != 0)])
            starts = np.flatnonzero(first)
            again = np.arange(pre.size) - np.repeat(starts, np.diff([*starts.tolist(), pre.size]))
        found: list[tuple[str, tuple[NDArray[Any], ...]]] = []
        for sign, chosen in (("excitatory", weight > 0), ("inhibitory", weight < 0)):
            for k in range(int(again[chosen].max(initial=-1)) + 1):
                here = chosen & (again == k)
                if here.any():
                    name = f"nir/{source}" + (f"/{k}" if k else "") + f"/{sign}"
                    found.append((name, (pre[here], post[here], weight[here], delay[here])))
        return found


def float_program(cells: Cells, links: Links, dt: float, target: str, seed: int) -> Program:
    """In float arithmetic, with the constants as they are."""
    cells, links = _with_drive(cells, links)
    n, zero = cells.n, np.zeros(cells.n, np.int32)
    neurons = Neurons(cells.du, cells.dv, cells.threshold, cells.bias, zero, zero, np.zeros(n), np.ones(n))
    projections = []
    for source, sources in ((INPUT, links.n_inputs), (NEURON, n)):
        for name, (pre, post, weight, delay) in links.groups(source):
            indptr = np.concatenate([[0], np.cumsum(np.bincount(pre, minlength=sources))]).astype(np.int64)
            sign = name.rsplit("/", 1)[1]
            projections.append(
                Projection(name, source, sign, 0, indptr, post.astype(np.int32), weight, delay.astype(np.uint8))
            )
    return Program("none", "float", dt, seed, links.n_inputs, _populations(cells), neurons, tuple(projections))


def integer_program(cells: Cells, links: Links, dt: float, target: str, seed: int) -> Program:
    """Quantised for ``target`` as a description would be: in thresholds and seconds first."""
    cells, links = _with_drive(cells, links)
    if (cells.threshold <= 0).any():
        refuse("import_nir", "v_threshold", 0.0, "must be above 0 to be quantised", "Use arithmetic='float'")
    one = 1 / cells.threshold
    network = Network(links.n_inputs, inhibitory=np.zeros(cells.n, bool))
    network.liquids = [(p.name, p.start, p.stop) for p in _populations(cells)]
    network.constants = {
        "tau_syn": _tau(cells.du, dt), "tau_mem": _tau(cells.dv, dt), "t_refractory": np.zeros(cells.n),
        "v_leak": np.divide(cells.bias * one, cells.dv, out=np.zeros(cells.n), where=cells.dv > 0),
        "tau_adapt": np.full(cells.n, np.inf), "adapt_step": np.zeros(cells.n),
    }  # fmt: skip
    lost = np.maximum(np.rint(4096 * cells.du) - 1, 0), np.rint(4096 * cells.dv)
    height = peak(1 - (lost[0] + 1) / 4096, 1 - lost[1] / 4096)
    for source in (INPUT, NEURON):
        for name, (pre, post, weight, delay) in links.groups(source):
            relative = weight * one[post] * height[post]
            network.edges.append(
                Edges(name.rsplit("/", 1)[0], source, pre.astype(np.int32), post.astype(np.int32), relative, delay * dt)
            )
    return lower_network(network, dt, seed, target, "loihi").program


def _tau(share: NDArray[np.float64], dt: float) -> NDArray[np.float64]:
    tau = np.full(share.size, np.inf)
    some = (share > 0) & (share < 1)
    tau[some] = -dt / np.log1p(-share[some])
    tau[share >= 1] = SHORTEST * dt
    return tau


def _with_drive(cells: Cells, links: Links) -> tuple[Cells, Links]:
    """One neuron more that fires in every step, where there is a constant drive."""
    if not links.drive.any():
        return cells, links
    n = cells.n
    one = np.ones(1)
    extra = Cells(CONSTANT, one, one, 2 * one, one, one)
    grown = Links(links.n_inputs, n + 1)
    grown.parts = {source: list(parts) for source, parts in links.parts.items()}
    post = np.flatnonzero(links.drive)
    grown.parts[NEURON].append((np.full(post.size, n), post, links.drive[post], links.late[post]))
    return Cells.join([cells, extra]), grown


def _populations(cells: Cells) -> tuple[Population, ...]:
    edges = [0, *np.cumsum([size for _, size in cells.parts]).tolist()]
    return tuple(Population(name, a, b) for (name, _), a, b in zip(cells.parts, edges[:-1], edges[1:], strict=True))
