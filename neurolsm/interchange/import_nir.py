"""A NIR graph as a Program: what spikes becomes neurons, what lies between becomes synapses with delays.

    d = dt / tau (Euler) or 1 - exp(-dt / tau),   synapse = W d_u w_in d_v r,   bias = d_v v_leak,   threshold = v_threshold

An IF, which has no tau, takes synapse = W r, as Norse, Sinabs and snnTorch do. A constant drive (the bias of an Affine) comes
from one neuron more, which fires in every step. What stands between the last neurons and an output becomes a readout on the
host. Inputs, neurons and outputs keep the order in which the edges come to them. Graphs that neurolsm wrote bring back what NIR
cannot say from their metadata, so that the same program results, bit for bit.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from neurolsm.errors import FileRefused, NeuroLSMError, refuse
from neurolsm.files.unpack import parse_json
from neurolsm.interchange.build import Cells, Links, float_program, integer_program
from neurolsm.interchange.cells import Constants, cells_of
from neurolsm.interchange.export_nir import EULER, EXPONENTIAL, KEY
from neurolsm.interchange.readouts import Readout
from neurolsm.interchange.restore import restore
from neurolsm.interchange.signals import SPIKING, Tracer, Wires, flatten
from neurolsm.interchange.structure import Graph, Refuse, graph_in_memory, read_graph, refuser
from neurolsm.interchange.tails import Tails
from neurolsm.lowering.target import DELAY_MAX, REFRACTORY_MAX
from neurolsm.program import Population, Program
from neurolsm.program.wellformed import check

MOST_NEURONS = 1_000_000


@dataclass(frozen=True, eq=False)
class Imported:
    """What came of a graph.

    Attributes:
        program: ready to run.
        outputs: the populations that the graph gives out as they are.
        notes: what was left out, added or could mean something else.
        inputs: the input nodes by name, each with its channels of the program.
        readouts: what the graph makes of spikes before it gives them out, for the host; empty where it gives out spikes.
    """

    program: Program
    outputs: tuple[str, ...]
    notes: tuple[str, ...]
    inputs: tuple[Population, ...]
    readouts: tuple[Readout, ...]


def import_nir(
    source: str | Path | Any, *, dt: float | None = None, decays: str | None = None, arithmetic: str | None = None,
    target: str = "loihi2", seed: int = 0, refractory: int = 0,
) -> Imported:  # fmt: skip
    """Read a NIR file, or take a ``nir.NIRGraph``.

    Args:
        source: the file or the graph; both give the same program.
        dt: seconds of a step; None for the file's own, 1e-3 where it has none. Norse steps by 1e-3, snnTorch by 1e-4.
        decays: ``euler`` or ``exponential``; None for the file's own, Euler where it has none.
        arithmetic: ``float``, or ``loihi`` to quantise for ``target``; None for what the file was, float where it does not say.
        target, seed: of a quantised program.
        refractory: steps after a spike in which v stays 0, which NIR cannot say: 1 for tools that reset a step late, as the
            recurrent cells of snnTorch 1.0 do; 0 for those that reset at once. Unused where the file brings its own.

    Raises:
        FileRefused: not NIR, damaged, hostile, or holding what no liquid can; the message names the node.
        InvalidValue: an argument outside its range.
        TargetRefusal: the target cannot hold the network.
    """
    for name, value in (("dt", dt), ("decays", decays), ("arithmetic", arithmetic)):
        allowed = {"decays": (EULER, EXPONENTIAL), "arithmetic": ("float", "loihi")}.get(name)
        if value is not None and (value not in allowed if allowed else not _positive(value)):
            refuse(
                "import_nir",
                name,
                value,
                f"must be among {allowed}" if allowed else "must be above 0 s",
                "Leave it out",
            )
    if isinstance(refractory, bool) or not isinstance(refractory, int) or not 0 <= refractory <= REFRACTORY_MAX:
        refuse("import_nir", "refractory", refractory, f"must be 0 to {REFRACTORY_MAX} steps", "Leave it out for 0")
    file = Path(source) if isinstance(source, (str, os.PathLike)) else None
    where = "the graph" if file is None else str(file)
    graph = graph_in_memory(source, where) if file is None else read_graph(file)
    refusal = refuser(where)
    told = _told(graph, refusal)
    step = float(dt or told.get("dt") or 1e-3)
    try:
        wires = flatten(graph, refusal)
        made = _network(wires, step, decays or str(told.get("decays") or EULER), refusal)
        cells, links, notes = made.cells, made.links, made.notes
        own = told and dt is None and decays is None
        if own and arithmetic in (None, told["header"]["arithmetic"]):
            program = restore(told, graph, cells, links)
            if program is not None:
                check(program)
                return Imported(program, tuple(p.name for p in program.populations), (), made.inputs, made.readouts)
            notes.append("the graph was changed since neurolsm wrote it; its metadata was left out")
        build = integer_program if arithmetic == "loihi" else float_program
        program = build(cells, links, step, target, seed)
        if refractory:
            steps = np.full(program.n, refractory, np.int32)
            steps[program.n - int(links.drive.any()) :] = 0  # the constant neuron never rests
            program = replace(program, neurons=replace(program.neurons, refractory=steps))
        check(program)
    except NeuroLSMError:
        raise
    except Exception as error:  # metadata and fields may hold anything
        raise FileRefused(f"{where}: holds no valid network ({error}). Do not trust it, or write it again.") from error
    return Imported(program, tuple(made.outputs), tuple(notes), made.inputs, made.readouts)


def _positive(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < np.inf


def _told(graph: Graph, refusal: Refuse) -> dict[str, Any]:
    text = graph.metadata.get(KEY)
    if text is None:
        return {}
    try:
        told = parse_json(text.encode("utf8") if isinstance(text, str) else bytes(text))
        known = isinstance(told["header"], dict) and told["version"] >= 1 and told["decays"] in (EULER, EXPONENTIAL)
        if not (known and _positive(told["dt"])):
            raise ValueError
    except (ValueError, TypeError, KeyError, RecursionError):
        refusal(f"metadata {KEY!r}", "cannot be read")
    if told["version"] > 1:
        refusal(f"metadata {KEY!r}", f"has version {told['version']}, newer than 1; update neurolsm")
    return told


@dataclass(frozen=True, eq=False)
class _Network:
    """Neurons and synapses of a graph, and what ``Imported`` says of it."""

    cells: Cells
    links: Links
    outputs: list[str]
    notes: list[str]
    inputs: tuple[Population, ...]
    readouts: tuple[Readout, ...]


def _network(wires: Wires, dt: float, decays: str, refusal: Refuse) -> _Network:
    """Neurons and synapses of the whole graph."""
    tracer = Tracer(wires, dt, refusal)
    spiking = [path for path, node in wires.nodes.items() if node.kind in SPIKING]
    if not spiking:
        refusal("the graph", "has no spiking neuron")
    total = sum(tracer.widths[path] for path in spiking)
    if total > MOST_NEURONS:
        refusal("the graph", f"declares {total:,} neurons, the limit is {MOST_NEURONS:,}")
    constants = {
        path: Constants(path, node, tracer.widths[path], dt, decays, refusal) for path, node in wires.nodes.items()
    }
    tails = Tails(wires, tracer, constants, refusal)
    cells = Cells.join([cells_of(constants[path]) for path in spiking])
    inputs = {path: tracer.widths[path] for path, node in wires.nodes.items() if node.kind == "Input"}
    start = dict(zip(spiking, cells.starts, strict=True))
    channel = dict(zip(inputs, np.cumsum([0, *inputs.values()])[:-1].tolist(), strict=True))
    links = Links(sum(inputs.values()), cells.n)
    heard: dict[str, set[str]] = {}
    for path in spiking:
        signal = tracer.into(path)
        width = tracer.widths[path]
        if signal.width != width:
            refusal(f"node {path!r}", f"has {width} neurons and is given {signal.width} values")
        gain = cells.gain[start[path] : start[path] + width]
        links.drive[start[path] : start[path] + width] = signal.constant * gain
        heard[path] = {source for source, _ in signal.terms}
        for (source, delay), term in signal.terms.items():
            links.add(source in channel, channel.get(source, start.get(source, 0)), start[path], delay, term, gain)
    depths = _depths(heard, set(inputs))
    for path, depth in depths.items():  # a layer hears its bias a step later than the one before it
        links.late[start[path] : start[path] + tracer.widths[path]] = min(depth - 1, DELAY_MAX)
    readouts, notes = tails.read(start, depths, cells.n + int(links.drive.any()))
    notes += _of_resistances(wires)
    if links.drive.any():
        notes.append("biases of Affine nodes come from one neuron more, which fires in every step")
    outputs = [p for p in spiking if _reaches_output(wires, p)]
    named = tuple(Population(path, channel[path], channel[path] + width) for path, width in inputs.items())
    return _Network(cells, links, outputs, notes, named, readouts)


def _of_resistances(wires: Wires) -> list[str]:
    """Where an IF may have been meant in another way."""
    nodes = [
        path for path, node in wires.nodes.items() if node.kind == "IF" and np.any(np.asarray(node.fields["r"]) != 1)
    ]
    return [
        f"node {path!r} (IF) has an r that is not 1: a step adds r i to v here; for a tool that adds r i dt, such as "
        "SpikingJelly, multiply r by its dt"
        for path in nodes
    ]


def _depths(heard: dict[str, set[str]], inputs: set[str]) -> dict[str, int]:
    """Spiking nodes on the shortest way from an input to each spiking node, itself included; 1 where there is no way."""
    depth, now, k = dict.fromkeys(inputs, 0), set(inputs), 0
    while now:
        k += 1
        now = {path for path, sources in heard.items() if path not in depth and sources & now}
        depth |= dict.fromkeys(now, k)
    return {path: depth.get(path, 1) for path in heard}


def _reaches_output(wires: Wires, path: str) -> bool:
    """Whether the spikes of a node are given out as they are."""
    passed = {path}
    grown = True
    while grown:
        more = {
            b
            for b, feeds in wires.feeds.items()
            if wires.nodes[b].kind in ("Port", "Output", "Flatten") and passed & set(feeds)
        }
        grown = not more <= passed
        passed |= more
    return any(wires.nodes[b].kind == "Output" for b in passed)
