"""What reaches each node of a NIR graph: linear maps of the spikes of inputs and neurons, each with its delay, and a constant.

in(node) = sum over edges;   Linear: W s;   Affine: W s + b;   Scale: c s;   Delay: s, later;   Flatten and graphs: s
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from neurolsm.interchange.structure import Graph, Node, Refuse

SPIKING = ("CubaLIF", "LIF", "IF")
LEAKY = ("CubaLI", "LI", "I")  # the same without a threshold: the ends of networks, which the host reads
LINEAR = ("Linear", "Affine")
PASSING = ("Port", "Flatten", "Output")
KNOWN = (*SPIKING, *LEAKY, *LINEAR, *PASSING, "Input", "Scale", "Delay")
SIZED = {
    "CubaLIF": "v_threshold", "LIF": "v_threshold", "IF": "v_threshold", "CubaLI": "tau_mem", "LI": "tau", "I": "r",
    "Scale": "scale", "Delay": "delay",
}  # fmt: skip
STEP_TOLERANCE = 1e-6  # steps; a delay this near to a whole number of them is one


@dataclass(frozen=True, eq=False)
class Signal:
    """A sum over sources of matrix times spikes some steps ago, and a constant.

    Attributes:
        width: of the signal.
        terms: sparse [width, source] by (name of the source, delay in steps).
        constant: [width].
    """

    width: int
    terms: dict[tuple[str, int], Any]
    constant: NDArray[np.float64]


@dataclass(eq=False)
class Wires:
    """A graph without graphs inside: nodes by path, and who feeds whom."""

    nodes: dict[str, Node] = field(default_factory=dict)
    feeds: dict[str, list[str]] = field(default_factory=dict)


def flatten(graph: Graph, refuse: Refuse) -> Wires:
    """Dissolve graphs within the graph; their inputs and outputs become ports."""
    wires = Wires()
    _flatten(graph, "", wires, refuse)
    return wires


def _flatten(graph: Graph, prefix: str, wires: Wires, refuse: Refuse) -> tuple[dict[str, str], dict[str, str]]:
    entry: dict[str, str] = {}
    leave: dict[str, str] = {}
    inner: dict[str, tuple[str, str]] = {}
    for name in in_order(graph):
        node, path = graph.nodes[name], prefix + name
        if path in wires.nodes:
            refuse(f"node {path!r}", "is there twice, in a graph and in a graph within it; rename one")
        if isinstance(node, Graph):
            inputs, outputs = _flatten(node, f"{path}/", wires, refuse)
            if len(inputs) != 1 or len(outputs) != 1:
                refuse(f"node {path!r}", f"has {len(inputs)} inputs and {len(outputs)} outputs; one of each is known")
            inner[name] = (next(iter(inputs.values())), next(iter(outputs.values())))
            continue
        if node.kind not in KNOWN:
            refuse(
                f"node {path!r}",
                f"is a {node.kind}, which no liquid can hold; known are {', '.join(k for k in KNOWN if k != 'Port')}",
            )
        inside = bool(prefix) and node.kind in ("Input", "Output")
        wires.nodes[path] = Node("Port", node.fields) if inside else node
        wires.feeds[path] = []
        if node.kind == "Input":
            entry[name] = path
        if node.kind == "Output":
            leave[name] = path
        inner[name] = (path, path)
    for a, b in graph.edges:
        wires.feeds[inner[b][0]].append(inner[a][1])
    return entry, leave


def in_order(graph: Graph) -> list[str]:
    """The names of the nodes in the order in which the edges come to them, which a file keeps: HDF5 sorts the nodes by name."""
    named = dict.fromkeys(end for edge in graph.edges for end in edge)
    return [*named, *sorted(graph.nodes.keys() - named.keys())]


def array(node: Node, path: str, name: str, refuse: Refuse, default: float | None = None) -> NDArray[np.float64]:
    """A field as finite numbers."""
    value = node.fields.get(name)
    if value is None:
        if default is None:
            refuse(f"node {path!r}", f"has no {name}")
        return np.array(default, float)
    try:
        given = np.asarray(value)
    except Exception:  # a graph in memory may hold anything
        given = np.zeros(0, object)
    if given.dtype.kind not in "biuf" or np.ma.isMaskedArray(value):
        refuse(f"node {path!r}", f"has a {name} that is no number")
    found = given.astype(float)
    if not np.isfinite(found).all():
        refuse(f"node {path!r}", f"has a {name} that is not finite")
    return found


def matrix(node: Node, path: str, refuse: Refuse) -> NDArray[np.float64]:
    found = array(node, path, "weight", refuse)
    if found.ndim != 2:
        refuse(f"node {path!r}", f"has a weight of shape {found.shape}; [targets, sources] is known")
    return found


class Tracer:
    """Works out signals and widths, each once, without recursion, so that long chains are no danger."""

    def __init__(self, wires: Wires, dt: float, refuse: Refuse) -> None:
        self.wires, self.dt, self.refuse = wires, dt, refuse
        self.widths: dict[str, int] = {}
        self.out: dict[str, Signal] = {}
        for path in wires.nodes:
            self._find_width(path)

    # ------------------------------------------------------------------ widths

    def _find_width(self, start: str) -> int:
        """The number of values a node gives; scalar constants take the width of what feeds them."""
        path, chain = start, []
        while path not in self.widths:
            known = self._own_width(path)
            if known:
                self.widths[path] = known
                break
            chain.append(path)
            before = [p for p in self.wires.feeds[path] if p not in chain]
            if not before:
                if self.wires.nodes[path].kind in SPIKING:  # nothing says more: one neuron
                    self.widths[path] = 1
                    break
                self.refuse(f"node {path!r}", "is fed by nothing, so its size is unknown (a missing edge?)")
            path = before[0]
        for earlier in reversed(chain):
            self.widths[earlier] = self.widths[path]
        return self.widths[start]

    def _own_width(self, path: str) -> int:
        node = self.wires.nodes[path]
        if node.kind in LINEAR:
            return matrix(node, path, self.refuse).shape[0]
        if node.kind == "Input":
            shape = array(node, path, "shape", self.refuse) if "shape" in node.fields else _declared(node, "input")
            size = int(np.prod(shape)) if shape is not None else 0
            if size < 1:
                self.refuse(f"node {path!r}", f"declares the shape {shape}")
            return size
        size = array(node, path, SIZED[node.kind], self.refuse).size if node.kind in SIZED else 0
        return size if size > 1 else 0

    # ------------------------------------------------------------------ signals

    def into(self, path: str) -> Signal:
        """What a node receives."""
        pending = [p for p in self.wires.feeds[path]]
        for source in pending:
            self.settle(source)
        return self._sum(path, [self.out[p] for p in pending])

    def settle(self, start: str) -> None:
        """Depth first, on a stack: a node is done when all that feed it are."""
        stack, open_now = [start], set()
        while stack:
            path = stack[-1]
            if path in self.out:
                stack.pop()
                continue
            node = self.wires.nodes[path]
            if node.kind == "Input" or node.kind in SPIKING:
                width = self.widths[path]
                self.out[path] = Signal(width, {(path, 0): sp.eye_array(width, format="csr")}, np.zeros(width))
                continue
            waiting = [p for p in self.wires.feeds[path] if p not in self.out]
            if not waiting:
                self.out[path] = self._through(
                    path, node, self._sum(path, [self.out[p] for p in self.wires.feeds[path]])
                )
                open_now.discard(path)
                continue
            if path in open_now and any(p in open_now for p in waiting):
                self.refuse(f"node {path!r}", "feeds itself without a spiking neuron in between")
            open_now.add(path)
            stack.extend(waiting)

    def _sum(self, path: str, signals: list[Signal]) -> Signal:
        if not signals:
            return Signal(self.widths[path], {}, np.zeros(self.widths[path]))
        for k, signal in enumerate(signals):
            if signal.width != signals[0].width:
                self.refuse(
                    f"edge {self.wires.feeds[path][k]!r} -> {path!r}",
                    f"brings {signal.width} values where another brings {signals[0].width}",
                )
        terms: dict[tuple[str, int], Any] = {}
        for signal in signals:
            for key, term in signal.terms.items():
                terms[key] = terms[key] + term if key in terms else term
        return Signal(signals[0].width, terms, np.sum([s.constant for s in signals], axis=0))

    def _through(self, path: str, node: Node, given: Signal) -> Signal:
        """What a node that does not spike makes of its input; ``Tails`` sees to it that no leaky one is asked."""
        if node.kind in PASSING:
            return given
        if node.kind in LINEAR:
            weight = matrix(node, path, self.refuse)
            if weight.shape[1] != given.width:
                self.refuse(f"node {path!r}", f"takes {weight.shape[1]} values and is given {given.width}")
            bias = array(node, path, "bias", self.refuse, 0.0) if node.kind == "Affine" else np.zeros(1)
            if bias.size not in (1, weight.shape[0]):
                self.refuse(f"node {path!r}", f"has {bias.size} biases for {weight.shape[0]} values")
            sparse = sp.csr_array(weight)
            terms = {key: sparse @ term for key, term in given.terms.items()}
            return Signal(weight.shape[0], terms, weight @ given.constant + bias.ravel())
        values = array(node, path, "scale" if node.kind == "Scale" else "delay", self.refuse).ravel()
        if values.size not in (1, given.width):
            self.refuse(f"node {path!r}", f"has {values.size} values and is given {given.width}")
        values = np.broadcast_to(values, (given.width,))
        if node.kind == "Scale":
            terms = {key: sp.csr_array(term.multiply(values[:, None])) for key, term in given.terms.items()}
            return Signal(given.width, terms, given.constant * values)
        return self._delayed(path, values, given)

    def _delayed(self, path: str, delay: NDArray[np.float64], given: Signal) -> Signal:
        steps = np.rint(delay / self.dt)
        if (delay < 0).any():
            self.refuse(f"node {path!r}", f"has a negative delay, {delay.min():g} s")
        if (np.abs(steps - delay / self.dt) > STEP_TOLERANCE).any() or steps.max() > 1000:
            worst = delay[np.argmax(np.abs(steps - delay / self.dt))]
            self.refuse(
                f"node {path!r}",
                f"delays by {worst:g} s, which is no whole number of steps of {self.dt:g} s up to 1,000",
            )
        if given.constant.any():
            self.refuse(f"node {path!r}", "delays a constant; put the bias behind the delay")
        terms: dict[tuple[str, int], Any] = {}
        for (source, before), term in given.terms.items():
            for k in np.unique(steps).tolist():
                chosen = sp.diags_array((steps == k).astype(float)).tocsr() @ term
                key = (source, before + int(k))
                terms[key] = terms[key] + chosen if key in terms else chosen
        return Signal(given.width, terms, given.constant)


def _declared(node: Node, key: str) -> Any:
    """The shape of an Input made in memory: ``input_type``."""
    value = node.fields.get(f"{key}_type")
    return value.get(key) if isinstance(value, dict) else value
