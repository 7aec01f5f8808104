"""From a description to one drawn network, still in physical units: every random choice is made here."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace

import numpy as np
from numpy.typing import NDArray

from neurolsm.describe.delay import ByDistance
from neurolsm.describe.graph import Graph
from neurolsm.describe.input_map import INPUT_MAPS, InputMap
from neurolsm.describe.laws import draw_law, draw_pairs
from neurolsm.describe.lsm import LSM, TOPOLOGIES, Liquid, LiquidLike, Series
from neurolsm.describe.neuron import AdaptiveLIF, Neuron
from neurolsm.describe.own import check_dale, graph_of, laws_of, pairs_of
from neurolsm.describe.rule import ExcitabilityRule, LearningRule
from neurolsm.errors import refuse
from neurolsm.memory import blocks
from neurolsm.program.short_term import ShortTerm
from neurolsm.random import stream

INPUT, NEURON = "input", "neuron"


@dataclass(frozen=True, eq=False)
class Edges:
    """Synapses of one kind, sorted by (pre, post). ``pre`` counts channels (``source`` input) or neurons; ``delay`` is in
    seconds."""

    name: str
    source: str
    pre: NDArray[np.int32]
    post: NDArray[np.int32]
    weight: NDArray[np.float64]
    delay: NDArray[np.float64]
    excitatory_rule: LearningRule | None = None
    inhibitory_rule: LearningRule | None = None
    short_term: ShortTerm | None = None


@dataclass(eq=False)
class Network:
    """All liquids of an LSM, drawn: constants per neuron in seconds and thresholds, and all synapses.

    Attributes:
        liquids: name, first neuron and end of each liquid.
        constants: one array [n] for each field of ``AdaptiveLIF``.
        inhibitory: bool [n].
        edges: in the order in which they were described.
        intrinsic: rule, first neuron and end, where a liquid has one.
    """

    n_inputs: int
    liquids: list[tuple[str, int, int]] = field(default_factory=list)
    constants: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    inhibitory: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))
    edges: list[Edges] = field(default_factory=list)
    intrinsic: list[tuple[ExcitabilityRule, int, int]] = field(default_factory=list)

    @property
    def n(self) -> int:
        return self.inhibitory.size


def draw(lsm: LSM) -> Network:
    """Make every random choice of ``lsm`` from its named streams."""
    network = Network(lsm.inputs)
    _add(network, lsm.liquid, "liquid", None, lsm.seed)
    return network


def expected_synapses(liquid: LiquidLike, sources: int) -> tuple[float, int]:
    """About how many synapses a liquid fed by ``sources`` will have, and how many neurons it offers to the next one.

    Own parts that do not say how many count as none.
    """
    if isinstance(liquid, Liquid):
        recurrent = getattr(liquid.topology, "expected_synapses", 0.0)
        feeding = getattr(liquid.input, "expected_synapses", None)
        return recurrent + (feeding(sources, liquid.n) if feeding else 0.0), liquid.n
    total, outputs = 0.0, 0
    for part in liquid.liquids:
        synapses, offered = expected_synapses(part, sources)
        total += synapses
        outputs = offered if isinstance(liquid, Series) else outputs + offered
        if isinstance(liquid, Series):
            sources = outputs
    return total, outputs


def _add(
    network: Network, liquid: LiquidLike, name: str, sources: NDArray[np.int64] | None, seed: int
) -> NDArray[np.int64]:
    """Add a liquid fed by the channels (None) or by neurons; returns the neurons it offers to the next one."""
    if isinstance(liquid, Liquid):
        return _add_liquid(network, liquid, name, sources, seed)
    outputs = []
    for k, part in enumerate(liquid.liquids):
        outputs.append(_add(network, part, f"{name}{k}" if name == "liquid" else f"{name}.{k}", sources, seed))
        if isinstance(liquid, Series):
            sources = outputs[-1]
    return outputs[-1] if isinstance(liquid, Series) else np.concatenate(outputs)


def draw_graph(liquid: Liquid, name: str, seed: int) -> Graph:
    """The synapses of the liquid of that name in an LSM of that seed; those of an own topology are checked."""
    rng = stream(seed, f"{name}/topology")
    return liquid.topology.draw(rng) if type(liquid.topology) in TOPOLOGIES else graph_of(liquid.topology, rng)


def _add_liquid(
    network: Network, liquid: Liquid, name: str, sources: NDArray[np.int64] | None, seed: int
) -> NDArray[np.int64]:
    start = network.n
    graph = draw_graph(liquid, name, seed)
    network.liquids.append((name, start, start + liquid.n))
    network.inhibitory = np.concatenate([network.inhibitory, graph.inhibitory])
    drawn = _constants(liquid, graph, seed, name)
    for key, values in drawn.items():
        network.constants[key] = np.concatenate([network.constants.get(key, np.zeros(0)), values])
    feed = _input_edges(network, liquid.input, name, start, liquid.n, sources, seed)
    network.edges.append(
        replace(feed, excitatory_rule=liquid.input_plasticity, inhibitory_rule=liquid.input_plasticity)
    )
    recurrent = _recurrent_edges(liquid, graph, name, start, seed)
    network.edges.append(
        replace(recurrent, excitatory_rule=liquid.plasticity, inhibitory_rule=liquid.inhibitory_plasticity)
    )
    if liquid.intrinsic is not None:
        network.intrinsic.append((liquid.intrinsic, start, start + liquid.n))
    return np.arange(start, start + liquid.n)


def _constants(liquid: Liquid, graph: Graph, seed: int, name: str) -> dict[str, NDArray[np.float64]]:
    n, inhibitory = liquid.n, graph.inhibitory
    other: Neuron = liquid.inhibitory_neuron or liquid.neuron
    found = {}
    for f in fields(AdaptiveLIF):
        columns = [
            draw_law(
                getattr(neuron, f.name, 0.0 if f.name == "adapt_step" else np.inf),
                stream(seed, f"{name}/neuron/{f.name}/{kind}"),
                n,
                above_zero=f.name.startswith("tau"),
                finite=not f.name.startswith("tau"),
            )
            for kind, neuron in (("e", liquid.neuron), ("i", other))
        ]
        found[f.name] = np.where(inhibitory, columns[1], columns[0])
    return found


def _input_edges(
    network: Network, mapping: InputMap, name: str, start: int, n: int, sources: NDArray[np.int64] | None, seed: int
) -> Edges:
    count = network.n_inputs if sources is None else sources.size
    rng, given = stream(seed, f"{name}/input/pairs"), None
    if type(mapping) in INPUT_MAPS:
        pre, post = mapping.pairs(count, n, rng)
    else:
        pre, post, given = pairs_of(mapping, count, n, rng)
    laws = laws_of(mapping, needed=given is None)
    if sources is not None:
        pre = sources[pre]
    if given is None:
        weight = draw_law(laws.weight, stream(seed, f"{name}/input/weight"), pre.size)
        if sources is None:
            negative = stream(seed, f"{name}/input/sign").random(pre.size) < laws.inhibitory
        else:
            negative = network.inhibitory[pre]
        np.negative(weight, out=weight, where=negative)
    else:
        weight = given
        if sources is not None:
            check_dale(mapping, "pairs", weight, network.inhibitory[pre], pre, post)
    delay = draw_law(laws.delay, stream(seed, f"{name}/input/delay"), pre.size)
    return Edges(
        f"{name}/input",
        INPUT if sources is None else NEURON,
        pre.astype(np.int32),
        (post + start).astype(np.int32),
        weight,
        delay,
    )


def _recurrent_edges(liquid: Liquid, graph: Graph, name: str, start: int, seed: int) -> Edges:
    source, target = graph.inhibitory[graph.pre], graph.inhibitory[graph.post]
    if graph.weight is not None:
        weight = graph.weight
    else:
        weight = draw_pairs(liquid.weights, source, target, stream(seed, f"{name}/recurrent/weight"))
        np.negative(weight, out=weight, where=source)
    if graph.delay is not None:
        if liquid.delays != 0:
            remedy = "Leave delays out, or the delays of the topology"
            refuse("Liquid", "delays", liquid.delays, "are given twice: the topology brings its own", remedy)
        delay = graph.delay
    elif isinstance(liquid.delays, ByDistance):
        if graph.position is None:
            refuse(
                "Liquid",
                "delays",
                liquid.delays,
                "needs a topology with positions",
                "Use Column or SmallWorld, or give delays in seconds",
            )
        delay = np.empty(graph.pre.size)
        for part in blocks(delay.size):
            distance = np.linalg.norm(graph.position[graph.pre[part]] - graph.position[graph.post[part]], axis=1)
            delay[part] = distance / liquid.delays.speed
    else:
        delay = draw_pairs(liquid.delays, source, target, stream(seed, f"{name}/recurrent/delay"))
    dynamic = None
    if liquid.short_term is not None:
        drawn = {
            f.name: draw_pairs(
                getattr(liquid.short_term, f.name),
                source,
                target,
                stream(seed, f"{name}/short_term/{f.name}"),
                above_zero=f.name != "use",
            )
            for f in fields(ShortTerm)
        }
        dynamic = ShortTerm(np.minimum(drawn["use"], 1.0), drawn["recovery"], drawn["facilitation"])
    return Edges(
        f"{name}/recurrent", NEURON, graph.pre + start, graph.post + start, weight, delay, short_term=dynamic
    )  # fmt: skip
