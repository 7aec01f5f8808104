"""What machines would have to tell each other if they shared one network, counted from the spikes of desk_chip.py.

The network is cut by its targets, as the emulator's threads cut it: each node has as many neurons and all synapses onto them. A spike
goes once to each other node that has a target of its neuron, as a number of 4 bytes; where nodes meet once in several steps, a fifth
byte says in which of them it fired. They need to meet once in as many steps as the shortest delay lasts: 1 here, where some synapses deliver in the
next step; a spacing of 4 shows what longer ones would save. Spikes and receivers are counted, one by one. The time is a model: a message
takes 10 us of the sender, and a byte the time of a link of 10 Gbit/s.

``shared`` cuts the network that was run. ``grown`` gives each node a network of that size, with the spikes that were counted, and
draws targets from all nodes; the receivers of a spike are then their expected number.

Run:  python benchmarks/traffic.py [neurons] [steps]        (about 7 GB and 2 minutes at full size)
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import desk_chip
import numba as nb
import numpy as np
from numpy.typing import NDArray

import neurolsm as nl
from neurolsm.emulator import EmulatorSimulator
from neurolsm.errors import NeuroLSMError
from neurolsm.program import NEURON, Program

NODES, SPACINGS = (10, 100, 1000), (1, 4)
MESSAGE, BYTE = 10e-6, 8 / 10e9  # seconds
WARM_UP = 20  # steps that are not counted


@dataclass(frozen=True)
class Traffic:
    """Of one node: means over nodes and meetings, but ``most``, the bytes that the busiest node sends in a meeting."""

    kind: str
    nodes: int
    spacing: int
    receivers: float
    messages: float
    bytes: float
    most: float

    @property
    def seconds(self) -> float:
        """The model's time for a step: the busiest node's bytes, and a message to each receiver."""
        return (self.messages * MESSAGE + self.most * BYTE) / self.spacing


@nb.njit
def receivers(indptr: NDArray[np.int64], post: NDArray[np.int32], n: int, nodes: int, told: NDArray[np.bool_]) -> None:
    """Set ``told[j, k]`` where neuron j has a target on node k."""
    for j in range(indptr.size - 1):
        for s in range(indptr[j], indptr[j + 1]):
            told[j, np.int64(post[s]) * nodes // n] = True


def shared(program: Program, fired: list[NDArray[np.int32]], nodes: int, spacing: int) -> Traffic:
    """The network that was run, cut into ``nodes``."""
    told = np.zeros((program.n, nodes), np.bool_)
    for p in program.projections:
        if p.source == NEURON:
            receivers(p.indptr, p.post, program.n, nodes, told)
    home = np.arange(program.n) * nodes // program.n
    told[np.arange(program.n), home] = False  # to itself a node says nothing
    reach = told.sum(1)
    sent, messages, meetings = [], 0, 0
    for first in range(0, len(fired) - spacing + 1, spacing):
        spikes = np.concatenate(fired[first : first + spacing])
        sent.append(np.bincount(home[spikes], weights=reach[spikes], minlength=nodes) * size(spacing))
        pairs = np.zeros((nodes, nodes), np.bool_)
        for node in range(nodes):
            pairs[node] = told[spikes[home[spikes] == node]].any(0)
        messages += int(pairs.sum())
        meetings += 1
    every = np.concatenate(fired)
    return Traffic(
        "shared", nodes, spacing, float(reach[every].mean()), messages / meetings / nodes, float(np.mean(sent)), float(np.max(sent))
    )  # fmt: skip


def grown(program: Program, fired: list[NDArray[np.int32]], nodes: int, spacing: int) -> Traffic:
    """A network of the same size on each node, targets drawn from all of them."""
    fan_out = sum(p.size for p in program.projections if p.source == NEURON) / program.n
    reach = (nodes - 1) * (1 - (1 - 1 / nodes) ** fan_out)
    spikes = np.add.reduceat([f.size for f in fired], np.arange(0, len(fired) - spacing + 1, spacing))
    sent = spikes * reach * size(spacing)
    return Traffic("grown", nodes, spacing, reach, float(nodes - 1), float(sent.mean()), float(sent.max()))


def size(spacing: int) -> int:
    """Bytes that tell of a spike."""
    return 4 if spacing == 1 else 5


def run(neurons: int, steps: int) -> tuple[Program, list[NDArray[np.int32]], float]:
    """The network, who fired in each step, and synaptic operations a step."""
    program = nl.lower(desk_chip.description(neurons)).program
    simulator = EmulatorSimulator(program)
    state = simulator.state
    state.v[:] = np.random.default_rng(1).integers(0, int(program.neurons.vth[0]) << 6, program.n)
    simulator.state = state
    rng = np.random.default_rng(2)
    inputs = [nl.Spikes.from_dense(rng.random((1, k, desk_chip.INPUTS)) < 0.02) for k in (WARM_UP, steps)]
    simulator.run(inputs[0], carry=True)
    found = simulator.run(inputs[1], carry=True)
    return program, np.split(found.spikes.unit, found.spikes.indptr[1:-1]), float(found.synops.sum()) / steps


def main(neurons: int = 1_000_000, steps: int = 40) -> None:
    program, fired, events = run(neurons, steps)
    spikes = sum(f.size for f in fired) / steps
    print(
        f"{program.n:,} neurons, {program.synapses:,} synapses, {spikes:,.0f} spikes and {events:,.0f} events per step"
    )
    print(
        f"{'':8s}{'nodes':>6s}{'spacing':>9s}{'receivers':>11s}{'messages':>10s}{'KB':>10s}{'most KB':>10s}{'ms a step':>11s}{'events a node':>15s}"
    )
    for kind in (shared, grown):
        for nodes in NODES:
            for spacing in SPACINGS:
                t = kind(program, fired, nodes, spacing)
                here = events / nodes if kind is shared else events
                print(
                    f"{t.kind:8s}{nodes:6d}{spacing:9d}{t.receivers:11.1f}{t.messages:10.1f}{t.bytes / 1e3:10.2f}{t.most / 1e3:10.2f}"
                    f"{1e3 * t.seconds:11.3f}{here:15,.0f}"
                )


if __name__ == "__main__":
    try:
        main(*map(int, sys.argv[1:]))
    except NeuroLSMError as error:
        print(f"traffic: {error}", file=sys.stderr)
        sys.exit(2)
