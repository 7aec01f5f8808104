"""What happens on the chip while a placed program runs: every event that costs energy or time, counted from a real run."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from neurolsm.execute.backend import open_simulator
from neurolsm.hardware.place import Placement
from neurolsm.program import INPUT, NEURON, Program, Projection
from neurolsm.program.graded import Graded
from neurolsm.program.spikes import Spikes

MESH_COLUMNS = 8  # the routers of a chip as a mesh of 8 x 4 tiles of four cores; the arrangement is not public


@dataclass(frozen=True, eq=False)
class Events:
    """Counts of a run. Arrays are int64 [steps, cores], steps of all samples after one another.

    Attributes:
        samples, steps: how many; steps over all samples.
        synops: synaptic operations, one for each synapse that a spike reached.
        active: updates of compartments that are not at rest: u or v is not 0 after the step, or a bias drives them.
        inactive: updates of compartments at rest.
        plastic: synapses that a product of their rule looked at, at the end of an epoch.
        received: spike messages that arrived, one for each list of synapses.
        spikes, input_spikes: of the neurons; of the channels.
        within, across, outside: messages to the own core, to another core, and from the channels.
        hops_x, hops_y: hops between tiles, along and across the mesh; messages within a tile make none.
        between_chips: messages to another chip, which make no hops here.
    """

    samples: int
    steps: int
    synops: NDArray[np.int64]
    active: NDArray[np.int64]
    inactive: NDArray[np.int64]
    plastic: NDArray[np.int64]
    received: NDArray[np.int64]
    spikes: int
    input_spikes: int
    within: int
    across: int
    outside: int
    hops_x: int
    hops_y: int
    between_chips: int

    def totals(self) -> dict[str, int]:
        """One number for each count."""
        return {f.name: int(np.sum(getattr(self, f.name))) for f in fields(self)}


def count_events(
    program: Program, placement: Placement, inputs: Spikes, *, graded: Graded | None = None, learn: bool = True,
    backend: str = "emulator",
) -> Events:  # fmt: skip
    """Run ``inputs`` one sample after the other and count.

    Args:
        program, placement: what runs, and where its neurons are.
        inputs: spikes of the channels, each sample from rest.
        graded: graded input of the batch; None for none.
        learn: whether the program learns meanwhile.
        backend: what runs it; the counts do not depend on it.
    """
    cores, core = placement.cores, placement.core
    learn = learn and program.learns
    reach = {source: _reach(program, core, cores, source) for source in (INPUT, NEURON)}
    lists = {source: _lists(program, core, cores, source) for source in (INPUT, NEURON)}
    compartments = np.where(program.neurons.theta_step != 0, 2, 1)
    members = sp.csr_array((compartments, (np.arange(program.n), core)), (program.n, cores)).astype(np.int64)
    driven = _always_active(program)
    plastic = [Updates.of(p, core, cores) for p in program.plastic] if learn else []
    parts: dict[str, list[NDArray[np.int64]]] = {k: [] for k in ("synops", "active", "plastic", "received")}
    edges = inputs.offsets
    fired, fed, clock = np.zeros(program.n, np.int64), np.zeros(program.n_inputs, np.int64), 0
    with open_simulator(program, backend) as simulator:
        for k in range(len(inputs)):
            sample = inputs[k]
            given = graded.part(int(edges[k]), int(edges[k + 1])) if graded else None
            out = simulator.run(sample, graded=given, learn=learn, trace=("u", "v"))
            heard, sent = _matrix(sample), _matrix(out.spikes)
            parts["synops"].append((heard @ reach[INPUT] + sent @ reach[NEURON]).toarray())
            parts["received"].append((heard @ lists[INPUT] + sent @ lists[NEURON]).toarray())
            busy = (out.traces["u"] != 0) | (out.traces["v"] != 0) | (sent.toarray() > 0) | driven
            parts["active"].append(sp.csr_array(busy.astype(np.int64)) @ members)
            parts["plastic"].append(_plastic(plastic, heard, sent, clock, cores))
            clock += int(sample.steps[0])
            fired += np.bincount(out.spikes.unit, minlength=program.n)
            fed += np.bincount(sample.unit, minlength=program.n_inputs)
    arrays = {
        name: np.concatenate([np.zeros((0, cores), np.int64), *map(_dense, found)]) for name, found in parts.items()
    }
    everyone = np.asarray(members.sum(axis=0)).ravel()
    sums = {name: int(fired @ per_spike) for name, per_spike in _travel(lists[NEURON], placement).items()}
    return Events(
        samples=len(inputs), steps=int(inputs.steps.sum()), synops=arrays["synops"], active=arrays["active"],
        inactive=everyone - arrays["active"], plastic=arrays["plastic"], received=arrays["received"],
        spikes=int(fired.sum()), input_spikes=int(fed.sum()), within=sums["within"], across=sums["across"],
        outside=int(fed @ _dense(lists[INPUT]).sum(axis=1)), hops_x=sums["hops_x"], hops_y=sums["hops_y"],
        between_chips=sums["between_chips"],
    )  # fmt: skip


def _dense(array: Any) -> NDArray[np.int64]:
    return array.toarray() if sp.issparse(array) else np.asarray(array)


def _matrix(spikes: Spikes) -> Any:
    """Who fired, sparse [steps, units]."""
    ones = np.ones(spikes.count, np.int64)
    return sp.csr_array((ones, spikes.unit, spikes.indptr), (spikes.indptr.size - 1, spikes.units))


def _by_core(p: Projection, core: NDArray[np.int64], cores: int) -> Any:
    """Synapses of each source in each core, sparse [sources, cores]."""
    shape = (p.indptr.size - 1, cores)
    return sp.coo_array((np.ones(p.size, np.int64), (p.pre, core[p.post])), shape).tocsr()


def _reach(program: Program, core: NDArray[np.int64], cores: int, source: str) -> Any:
    units = program.n_inputs if source == INPUT else program.n
    empty = sp.csr_array((units, cores), dtype=np.int64)
    return sum((_by_core(p, core, cores) for p in program.projections if p.source == source), empty)


def _lists(program: Program, core: NDArray[np.int64], cores: int, source: str) -> Any:
    """Messages that a spike of each source sends to each core, sparse [sources, cores]."""
    units = program.n_inputs if source == INPUT else program.n
    empty = sp.csr_array((units, cores), dtype=np.int64)
    return sum(
        ((_by_core(p, core, cores) > 0).astype(np.int64) for p in program.projections if p.source == source), empty
    )


def _always_active(program: Program) -> NDArray[np.bool_]:
    """Neurons that never rest: a bias drives them, or their excitability or their threshold has a state of its own."""
    found = (program.neurons.bias != 0) | (program.neurons.theta_step != 0)
    for rule in program.intrinsic:
        found[rule.start : rule.stop] = True
    return found


def _travel(lists: Any, placement: Placement) -> dict[str, NDArray[np.int64]]:
    """What one spike of each neuron sends: messages within and across cores and chips, and their hops."""
    sent = lists.tocoo()
    chip = placement.chip
    a, b = placement.core[sent.row], sent.col
    here = a // chip.cores.value == b // chip.cores.value
    (ax, ay), (bx, by) = (_tile(x % chip.cores.value, chip.tile.value) for x in (a, b))
    counts = {
        "within": a == b, "across": a != b, "hops_x": np.abs(ax - bx) * here, "hops_y": np.abs(ay - by) * here,
        "between_chips": ~here,
    }  # fmt: skip
    return {
        name: np.bincount(sent.row, sent.data * each, lists.shape[0]).astype(np.int64) for name, each in counts.items()
    }


def _tile(core: NDArray[np.int64], cores_of_a_tile: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    tile = core // cores_of_a_tile
    return tile % MESH_COLUMNS, tile // MESH_COLUMNS


@dataclass(eq=False)
class Updates:
    """Counts the synapses of one plastic projection that its rule looks at.

    A product looks at a synapse where its dependency holds: x0 where the source fired in the epoch, y0 where the target did,
    u in every 2^k-th epoch.
    """

    p: Projection
    pre: NDArray[np.int64]
    core: NDArray[np.int64]
    cores: int
    sources: NDArray[np.bool_]
    targets: NDArray[np.bool_]

    @staticmethod
    def of(p: Projection, core: NDArray[np.int64], cores: int) -> Updates:
        return Updates(p, p.pre, core[p.post], cores, np.zeros(p.indptr.size - 1, bool), np.zeros(core.size, bool))

    def step(self, heard: NDArray[np.bool_], sent: NDArray[np.bool_], clock: int) -> NDArray[np.int64]:
        """Updates of each core at the learning step ``clock`` (1-based)."""
        rule = self.p.plasticity
        assert rule is not None
        self.sources |= heard if self.p.source == INPUT else sent
        self.targets |= sent
        if clock % rule.t_epoch:
            return np.zeros(self.cores, np.int64)
        needs = {product.dependency for product in rule.products}
        if "u" in needs and (clock // rule.t_epoch) % (1 << rule.decimate) == 0:
            looked = np.ones(self.pre.size, bool)
        else:
            looked = ("x0" in needs) & self.sources[self.pre] | ("y0" in needs) & self.targets[self.p.post]
        self.sources[:] = False
        self.targets[:] = False
        return np.bincount(self.core[looked], minlength=self.cores)


def _plastic(updates: list[Updates], heard: Any, sent: Any, clock: int, cores: int) -> NDArray[np.int64]:
    found = np.zeros((sent.shape[0], cores), np.int64)
    if updates:
        channels, neurons = heard.toarray() > 0, sent.toarray() > 0
        for t in range(sent.shape[0]):
            for each in updates:
                found[t] += each.step(channels[t], neurons[t], clock + t + 1)
    return found
