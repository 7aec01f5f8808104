"""Programs that neurolsm wrote as NIR, from the graph and what its metadata adds. The graph decides; metadata only completes it."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.interchange.build import Cells, Links
from neurolsm.interchange.export_nir import SCALE
from neurolsm.interchange.structure import Graph, walk
from neurolsm.program import INPUT, Program
from neurolsm.program.short_term import ShortTerm

CLOSE = 1e-9  # relative; farther from what the metadata says, a constant was changed


def restore(told: dict[str, Any], graph: Graph, cells: Cells, links: Links) -> Program | None:
    """The program; None if the graph no longer has the form in which it was written."""
    header = dict(told["header"])
    integer = header["arithmetic"] == "loihi"
    owners = _owners(graph, cells.n, links.n_inputs, float(told["dt"]))
    if links.drive.any() or owners is None or (cells.gain != 1).any():
        return None
    if header["n_inputs"] != links.n_inputs or header["populations"][-1]["stop"] != cells.n:
        return None
    neurons = _integer_neurons(graph, cells) if integer else _float_neurons(graph, cells)
    arrays = {f"neurons/{name}": values for name, values in neurons.items()}
    for k, entry in enumerate(header["projections"]):
        sources = links.n_inputs if entry["source"] == INPUT else cells.n
        arrays |= {
            f"projections/{k}/{name}": values
            for name, values in _projection(owners, k, entry, sources, cells.n, integer).items()
        }
        if entry.get("short_term"):
            names = [f.name for f in fields(ShortTerm)]
            arrays |= {
                f"projections/{k}/{name}": np.asarray(graph.metadata[f"short_term_{k}_{name}"]) for name in names
            }
    return Program.from_parts({**header, "format": 1}, arrays)


def _owners(
    graph: Graph, n: int, n_inputs: int, dt: float
) -> list[tuple[int, NDArray[Any], NDArray[Any], NDArray[Any], int]] | None:
    """For each projection in each Linear node: number, sources, targets, weights and delay."""
    found = []
    nodes = {path.rsplit("/", 1)[-1]: node for path, node in walk(graph)}
    for name, node in nodes.items():
        if node.kind != "Linear":
            continue
        given = node.fields.get("metadata", {})
        weight = np.asarray(node.fields["weight"], float)
        if not isinstance(given, dict) or (weight.any() and "projection" not in given):
            return None
        if "projection" not in given:
            continue
        flat = np.union1d(np.flatnonzero(weight), np.asarray(given.get("zeros", []), np.int64)).astype(np.int64)
        owner = np.asarray(given["projection"])
        owner = np.full(flat.size, owner[0]) if owner.size == 1 else owner
        if owner.size != flat.size:
            return None
        before = nodes.get(f"delay_{name}")
        delay = round(float(np.asarray(before.fields["delay"]).ravel()[0]) / dt) if before else 0
        post, pre = np.divmod(flat, weight.shape[1])
        for k in np.unique(owner).tolist():
            mine = owner == k
            found.append((k, pre[mine], post[mine], weight.ravel()[flat[mine]], delay))
    return found


def _projection(
    owners: list[Any], k: int, entry: dict[str, Any], sources: int, n: int, integer: bool
) -> dict[str, NDArray[Any]]:
    mine = [part for part in owners if part[0] == k]
    pre, post, weight = (np.concatenate([np.zeros(0, np.int64), *(part[c] for part in mine)]) for c in (1, 2, 3))
    delay = np.concatenate([np.zeros(0, np.int64), *(np.full(part[1].size, part[4]) for part in mine)])
    order = np.lexsort((post, pre))
    pre, post, weight, delay = pre[order].astype(np.int64), post[order], weight[order], delay[order]
    if integer:
        weight = np.rint(weight / (1 << int(entry["weight_exp"]))).astype(np.int16)
    return {
        "indptr": np.concatenate([[0], np.cumsum(np.bincount(pre, minlength=sources))]).astype(np.int64),
        "post": post.astype(np.int32), "weight": weight, "delay": delay.astype(np.uint8),
    }  # fmt: skip


def _integer_neurons(graph: Graph, cells: Cells) -> dict[str, NDArray[Any]]:
    def whole(values: NDArray[np.float64]) -> NDArray[np.int32]:
        return np.rint(values).astype(np.int32)

    exponent = _stored(graph, "bias_exp", np.zeros(cells.n, np.int32))
    return {
        "du": whole(4096 * cells.du) - 1, "dv": whole(4096 * cells.dv), "vth": whole(cells.threshold),
        "bias_mant": whole(SCALE * cells.bias / (1 << exponent)), "bias_exp": exponent, **_rest(graph, cells.n, np.int32),
    }  # fmt: skip


def _float_neurons(graph: Graph, cells: Cells) -> dict[str, NDArray[Any]]:
    def last_bits(name: str, values: NDArray[np.float64]) -> NDArray[np.float64]:
        stored = _stored(graph, name, values)
        return stored if np.allclose(stored, values, rtol=CLOSE, atol=0) else values

    return {
        "du": last_bits("du", cells.du), "dv": last_bits("dv", cells.dv), "vth": cells.threshold,
        "bias_mant": last_bits("bias_mant", cells.bias), "bias_exp": _stored(graph, "bias_exp", np.zeros(cells.n, np.int32)),
        **_rest(graph, cells.n, np.float64),
    }  # fmt: skip


def _rest(graph: Graph, n: int, kind: Any) -> dict[str, NDArray[Any]]:
    return {
        "refractory": _stored(graph, "refractory", np.zeros(n, np.int32)),
        "theta_step": _stored(graph, "theta_step", np.zeros(n, kind)),
        "theta_decay": _stored(graph, "theta_decay", np.zeros(n, kind)),
    }


def _stored(graph: Graph, name: str, default: NDArray[Any]) -> NDArray[Any]:
    found = graph.metadata.get(name)
    return default if found is None else np.asarray(found).astype(default.dtype)
