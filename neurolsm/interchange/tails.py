"""The ends of a NIR graph: what lies between its last neurons and its outputs, as readouts on the host."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

from neurolsm.interchange.cells import Constants, leak_of
from neurolsm.interchange.readouts import Leak, Linear, Readout
from neurolsm.interchange.signals import LEAKY, LINEAR, PASSING, SPIKING, Signal, Tracer, Wires, array, matrix
from neurolsm.interchange.structure import Refuse

PLAIN = (*PASSING, "Input")  # what changes nothing


class Tails:
    """Reads the ends of a graph; refuses a leaky integrator that feeds neurons, which no liquid can hold."""

    def __init__(self, wires: Wires, tracer: Tracer, constants: dict[str, Constants], refuse: Refuse) -> None:
        self.wires, self.tracer, self.constants, self.refuse = wires, tracer, constants, refuse
        self.leaky = self._after_leaky()

    def read(self, start: dict[str, int], depths: dict[str, int], n: int) -> tuple[tuple[Readout, ...], list[str]]:
        """Readouts of a program of ``n`` neurons, and a note for each node that is in none or in one.

        Args:
            start: first neuron of each spiking node.
            depths: spiking nodes on the shortest way from an input to each, itself included.
        """
        found: list[Readout] = []
        of: dict[str, str] = {}  # what became of a node
        for path, node in self.wires.nodes.items():
            if node.kind != "Output":
                continue
            above = self._above(path)
            if all(self.wires.nodes[p].kind in PLAIN for p in above):
                continue
            made = self._readout(path, start, depths, n)
            if isinstance(made, Readout):
                found.append(made)
            said = f", as readouts[{len(found) - 1}] does" if isinstance(made, Readout) else f": {made}"
            of |= {p: said for p in above if p not in of}
        return tuple(found), self._notes(of)

    def _notes(self, of: dict[str, str]) -> list[str]:
        """A line for each node that feeds no neuron and changes what it passes on."""
        nodes = self.wires.nodes
        needed = {path for path, node in nodes.items() if node.kind in SPIKING}
        stack = [p for path in needed for p in self.wires.feeds[path]]
        while stack:
            path = stack.pop()
            if path not in needed:
                needed.add(path)
                stack.extend(self.wires.feeds[path])
        return [
            f"node {p!r} ({node.kind}) feeds no neuron and was left out: read out on the host{of.get(p, '')}"
            for p, node in nodes.items()
            if p not in needed and node.kind not in PLAIN
        ]

    def _after_leaky(self) -> set[str]:
        """Leaky integrators and all that receives their output."""
        nodes = self.wires.nodes
        fed: dict[str, list[str]] = {path: [] for path in nodes}
        for path, feeds in self.wires.feeds.items():
            for source in feeds:
                fed[source].append(path)
        found: set[str] = set()
        for first in [path for path, node in nodes.items() if node.kind in LEAKY]:
            name, seen, stack = f"node {first!r}", {first}, list(fed[first])
            while stack:
                path = stack.pop()
                if nodes[path].kind in SPIKING:
                    limit = f"is a {nodes[first].kind} that feeds the neurons {path!r}; it can stand behind all neurons alone"
                    self.refuse(name, limit)
                if path == first:
                    self.refuse(name, "feeds itself without a spiking neuron in between")
                if path not in seen:
                    seen.add(path)
                    stack.extend(fed[path])
            found |= seen
        return found

    def _above(self, path: str) -> list[str]:
        """A node and all that leads to it, up to neurons and inputs."""
        found, stack = [path], list(self.wires.feeds[path])
        while stack:
            now = stack.pop()
            if now not in found and self.wires.nodes[now].kind not in SPIKING:
                found.append(now)
                stack.extend(self.wires.feeds[now])
        return found

    def _readout(self, output: str, start: dict[str, int], depths: dict[str, int], n: int) -> Readout | str:
        """The readout of an output, or why it is none."""
        later: list[Linear | Leak] = []
        path = output
        while path in self.leaky:
            node, feeds = self.wires.nodes[path], self.wires.feeds[path]
            width = self.tracer.widths[path]
            if len(feeds) > 1 and any(p in self.leaky for p in feeds):
                return f"several nodes lead to {path!r}"
            taken = matrix(node, path, self.refuse).shape[1] if node.kind in LINEAR else width
            for source in feeds:
                if self.tracer.widths[source] != taken:
                    self.refuse(f"node {path!r}", f"takes {taken} values and is given {self.tracer.widths[source]}")
            if node.kind in LEAKY:
                later.append(leak_of(self.constants[path]))
            elif node.kind in LINEAR:
                weight = matrix(node, path, self.refuse)
                bias = array(node, path, "bias", self.refuse, 0.0) if node.kind == "Affine" else np.zeros(1)
                later.append(Linear(sp.csr_array(weight), np.broadcast_to(bias.ravel(), (width,))))
            elif node.kind == "Scale":
                scale = np.broadcast_to(array(node, path, "scale", self.refuse).ravel(), (width,))
                later.append(Linear(sp.diags_array(scale).tocsr(), np.zeros(width)))
            elif node.kind not in PASSING:
                return f"{path!r} is a {node.kind}"
            if node.kind in LEAKY and not any(p in self.leaky for p in feeds):
                return self._made(output, self.tracer.into(path), later, start, depths, n)
            path = feeds[0]
        self.tracer.settle(path)
        return self._made(output, self.tracer.out[path], later, start, depths, n)

    def _made(
        self, output: str, signal: Signal, later: list[Any], start: dict[str, int], depths: dict[str, int], n: int
    ) -> Readout | str:
        if any(source not in start or delay for source, delay in signal.terms):
            return f"it reads {'inputs' if any(s not in start for s, _ in signal.terms) else 'delayed spikes'}"
        rows, columns, data = [], [], []
        for (source, _), term in signal.terms.items():
            coo = term.tocoo()
            rows.append(coo.row)
            columns.append(coo.col + start[source])
            data.append(coo.data)
        weight = sp.csr_array(
            (np.concatenate(data), (np.concatenate(rows), np.concatenate(columns))) if data else (signal.width, n),
            shape=(signal.width, n),
        )
        stages = (Linear(weight, np.broadcast_to(signal.constant, (signal.width,))), *reversed(later))
        return Readout(output, stages, min((depths[source] for source, _ in signal.terms), default=0))
