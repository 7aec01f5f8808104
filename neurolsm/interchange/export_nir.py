"""A program as a NIR graph: one CubaLIF, one Linear for each source and delay, Delay nodes before them.

NIR's differential equations, stepped forward at dt (Norse, snnTorch), are the program's difference equations where

    tau = dt / d,   w_in = 1 / d_u,   r = 1 / d_v,   v_leak = bias / d_v,   v_threshold = vth,   v_reset = 0

with d the share of a state that is lost in a step; for simulators that decay exponentially, tau = -dt / ln(1 - d). Integer
programs are given in units of 64, Loihi's shift of the input. Input arrives in the step of its spike there and in the next one
here, so a graph's spikes come one step earlier; recurrent synapses take one step in both, and what they take more is a Delay.
"""

from __future__ import annotations

import io
import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.describe.lsm import LSM
from neurolsm.errors import NotAvailable, refuse
from neurolsm.files.results import write_result
from neurolsm.interchange.structure import MOST_BYTES
from neurolsm.lowering import lower
from neurolsm.program import INPUT, Program

KEY = "neurolsm"  # of the metadata
VERSION = 1
EULER, EXPONENTIAL = "euler", "exponential"
LIQUID = "z_liquid"
SCALE = 64  # of u, v and thresholds of integer programs


def export_nir(
    source: LSM | Program, path: str | Path, *, dt: float | None = None, decays: str = EULER, nested: bool = False
) -> list[str]:
    """Write a description (in float arithmetic) or a program as a NIR file; whole or not at all.

    Args:
        source: what to export.
        path: the file.
        dt: seconds per step in the file; None for those of the program. snnTorch reads files at 1e-4 alone.
        decays: ``euler`` or ``exponential``, how the reader will step the equations.
        nested: whether the recurrent part is a graph within the graph, as snnTorch writes it. snnTorch 1.0 leads the input of
            other recurrent graphs into the wrong matrix.

    Returns:
        What NIR cannot express; it is in the metadata of the graph, which only neurolsm reads.

    Raises:
        InvalidValue: constants that NIR cannot express (an infinite time constant), matrices beyond 1 GiB, or a place that cannot
            be written.
    """
    nir = import_nir_package()
    graph, left = to_nir(source, dt=dt, decays=decays, nested=nested)
    buffer = io.BytesIO()
    nir.write(buffer, graph)
    write_result(path, buffer.getvalue())
    return left


def import_nir_package() -> Any:
    """The package ``nir``."""
    try:
        import nir
    except ImportError:
        raise NotAvailable('NIR needs the package nir. Type: pip install "neurolsm[nir]"') from None
    return nir


def to_nir(
    source: LSM | Program, *, dt: float | None = None, decays: str = EULER, nested: bool = False
) -> tuple[Any, list[str]]:
    """The ``nir.NIRGraph`` that ``export_nir`` writes, and what it cannot say."""
    nir = import_nir_package()
    program = lower(source, arithmetic="float").program if isinstance(source, LSM) else source
    if decays not in (EULER, EXPONENTIAL):
        refuse("export_nir", "decays", decays, f"must be {EULER!r} or {EXPONENTIAL!r}", "Leave it out for most readers")
    if dt is not None and not (isinstance(dt, (int, float)) and 0 < dt < np.inf):
        refuse("export_nir", "dt", dt, "must be above 0 s", "Leave it out for the step of the program")
    if not program.n_inputs:
        refuse("export_nir", "n_inputs", 0, "a NIR graph needs an input", "Give the program a channel")
    step = float(dt or program.dt)
    layers = _layers(program)
    dense = sum(8 * program.n * (program.n_inputs if source == INPUT else program.n) for source, _, _ in layers)
    if dense > MOST_BYTES:
        refuse(
            "export_nir", "synapses", f"{dense:,} bytes as dense matrices, which NIR needs", f"the limit is {MOST_BYTES:,}",
            "Use fewer neurons or fewer distinct delays",
        )  # fmt: skip
    nodes: dict[str, Any] = {
        "input": nir.Input(np.array([program.n_inputs])),
        "lif": _neurons(nir, program, step, decays),
    }
    edges = []
    for (kind, delay, layer), (weight, metadata) in layers.items():
        start = "input" if kind == INPUT else "lif"
        name = (
            ("w_in" if kind == INPUT else "w_rec")
            + (f"_{delay}" if delay else "")
            + (f"_layer{layer}" if layer else "")
        )
        nodes[name] = nir.Linear(weight=weight, metadata=metadata)
        if delay:
            nodes[f"delay_{name}"] = nir.Delay(delay=np.full(weight.shape[1], delay * step))
            edges += [(start, f"delay_{name}"), (f"delay_{name}", name)]
        else:
            edges.append((start, name))
        edges.append((name, "lif"))
    nodes["output"] = nir.Output(np.array([program.n]))
    edges.append(("lif", "output"))
    metadata, left = _metadata(program, step, decays)
    if nested:
        nodes, edges = _nest(nir, nodes, edges, program.n)
    return nir.NIRGraph(nodes=nodes, edges=edges, metadata=metadata), left


def _nest(nir: Any, nodes: dict[str, Any], edges: list[Any], n: int) -> tuple[dict[str, Any], list[Any]]:
    """The neurons and all that leads from them to them as one node, whose name sorts last: snnTorch reads in that order."""
    inside = {"lif"} | {name for name in nodes if "w_rec" in name}
    within = [e for e in edges if set(e) <= inside]
    ports = {"input": nir.Input(np.array([n])), "output": nir.Output(np.array([n]))}
    liquid = nir.NIRGraph(
        nodes={**ports, **{name: nodes[name] for name in nodes if name in inside}},
        edges=[("input", "lif"), *within, ("lif", "output")], metadata={},
    )  # fmt: skip
    outside: dict[str, Any] = {}
    for name, node in nodes.items():
        if name == "lif":
            outside[LIQUID] = liquid
        elif name not in inside:
            outside[name] = node
    renamed = [tuple(LIQUID if end == "lif" else end for end in e) for e in edges if not set(e) <= inside]
    return outside, renamed


def shares(
    program: Program,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """d_u, d_v, bias and threshold of every neuron, in the units of the graph."""
    n = program.neurons
    if program.integer:
        return (n.du + 1) / 4096, n.dv / 4096, n.bias / SCALE, n.vth.astype(float)
    return n.du, n.dv, n.bias, n.vth


def _neurons(nir: Any, program: Program, dt: float, decays: str) -> Any:
    du, dv, bias, vth = shares(program)
    for name, share in (("tau_syn", du), ("tau_mem", dv)):
        if (share <= 0).any():
            refuse(
                "export_nir", name, "infinite", f"neuron {int(np.argmin(share))} keeps its state, NIR divides by tau",
                "Give it a large but finite time constant",
            )  # fmt: skip
        if decays == EXPONENTIAL and (share >= 1).any():
            refuse("export_nir", name, 0, "an exponential decay loses no whole state in a step", "Use decays='euler'")
    return nir.CubaLIF(
        tau_syn=_tau(du, dt, decays), tau_mem=_tau(dv, dt, decays), r=1 / dv, v_leak=bias / dv, v_threshold=vth.copy(),
        v_reset=np.zeros(program.n), w_in=1 / du,
    )  # fmt: skip


def _tau(share: NDArray[np.float64], dt: float, decays: str) -> NDArray[np.float64]:
    return dt / share if decays == EULER else -dt / np.log1p(-share)


def _layers(program: Program) -> dict[tuple[str, int, int], tuple[NDArray[np.float64], dict[str, Any]]]:
    """Dense matrices [n, sources] by source, delay and layer; a pair of neurons has one synapse in a layer."""
    found: dict[tuple[str, int, int], list[tuple[int, NDArray[np.int64], NDArray[np.float64]]]] = {(INPUT, 0, 0): []}
    for k, p in enumerate(program.projections):
        flat = p.post.astype(np.int64) * (p.indptr.size - 1) + p.pre
        for delay in np.unique(p.delay).tolist():
            here = p.delay == delay
            layer = 0
            while any(np.isin(flat[here], taken).any() for _, taken, _ in found.get((p.source, delay, layer), [])):
                layer += 1
            found.setdefault((p.source, delay, layer), []).append((k, flat[here], p.effective[here].astype(float)))
    return {key: _matrix(program, key[0], parts) for key, parts in found.items()}


def _matrix(program: Program, source: str, parts: list[Any]) -> tuple[NDArray[np.float64], dict[str, Any]]:
    """The matrix of some projections; its metadata say which synapse is whose, where the matrix alone does not."""
    weight = np.zeros((program.n, program.n_inputs if source == INPUT else program.n))
    for _, flat, values in parts:
        weight.ravel()[flat] = values
    if not parts:
        return weight, {}
    flat = np.concatenate([f for _, f, _ in parts])
    owner = np.concatenate([np.full(f.size, k) for k, f, _ in parts])
    order = np.argsort(flat)
    zeros = flat[order][weight.ravel()[flat[order]] == 0]
    metadata: dict[str, Any] = {
        "projection": owner[order].astype(np.int32) if len(parts) > 1 else np.array([parts[0][0]], np.int32)
    }
    if zeros.size:
        metadata["zeros"] = zeros
    return weight, metadata


def _metadata(program: Program, dt: float, decays: str) -> tuple[dict[str, Any], list[str]]:
    n = program.neurons
    header = {k: v for k, v in program.header().items() if k != "format"}
    left = [
        what
        for what, there in (
            ("refractory periods", n.refracts),
            ("adaptive thresholds", n.adapts),
            ("plasticity of synapses: rules, traces, tags, third factors, rounding streams", bool(program.plastic)),
            ("short-term plasticity", bool(program.dynamic)),
            ("modulators", bool(program.modulators)),
            ("intrinsic plasticity", bool(program.intrinsic)),
            ("rounding and saturation of integer arithmetic, and its target", program.integer),
            ("names of populations and projections, signs, exponents, the seed, the step", True),
        )
        if there
    ]
    told = {"version": VERSION, "dt": dt, "decays": decays, "header": header, "cannot_say": left}
    arrays: dict[str, Any] = {}
    for name in ("refractory", "theta_step", "theta_decay"):
        if getattr(n, name).any():
            arrays[name] = getattr(n, name)
    if program.integer and n.bias_exp.any():
        arrays["bias_exp"] = n.bias_exp
    if not program.integer:  # the last bits, which a division and its inverse may lose
        arrays |= {"du": n.du, "dv": n.dv, "bias_mant": n.bias_mant, "bias_exp": n.bias_exp}
    for k, p in enumerate(program.projections):
        if p.short_term:
            arrays |= {f"short_term_{k}_{f.name}": getattr(p.short_term, f.name) for f in fields(p.short_term)}
    return {KEY: json.dumps(told, sort_keys=True), **arrays}, left
